import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * The files that take longest, whatever their size: they start many processes, or wait for time to pass. If one of them
 * started last, the other processors would be idle until it ended.
 */
const longest = [
  'test/runtimes.test.ts',
  'examples/next.test.ts',
  // Next those that mostly wait, while the first keeps every processor busy.
  'test/server/slow.test.ts',
  'test/nodes/clocks.test.ts',
  'test/store/trouble.test.ts',
  'test/browser/client.test.ts',
  'test/cli/cli.test.ts',
  'test/browser/pages.test.ts',
  'test/browser/topologies.test.ts',
  'test/nodes/faults.test.ts',
  'test/cli/init-runs.test.ts',
  'test/server/crash.test.ts',
  'test/nodes/revocation.test.ts',
  'test/package.test.ts',
  'test/browser/passkeys.test.ts',
  'test/browser/providers.test.ts',
  'test/frameworks.test.ts',
  'test/services/rotation.test.ts',
  'test/auth/changes.test.ts',
  'test/nodes/workers.test.ts',
  'test/server/serve.test.ts',
  'test/browser/example.test.ts',
  'examples/migrating/tutorial.test.ts',
  'test/tutorial.test.ts',
  'test/nodes/remote-service.test.ts',
  'test/server/balancers.test.ts',
  'examples/migrating/better-auth.test.ts',
  'test/services/rolling-restart.test.ts',
  'examples/migrating/flask.test.ts',
  'test/nodes/limits.test.ts',
  'test/server/mail.test.ts',
  'test/mail/commands.test.ts',
  'test/mail/outbox.test.ts',
  'test/server/reset.test.ts',
  'test/store/pooler.test.ts',
  'test/store/migrations.test.ts',
  'test/server/postgres-starts.test.ts',
  'src/accounts/passwords/formats.test.ts',
  'test/auth/limits-owner.test.ts',
  'test/auth/judgement.test.ts',
  'test/auth/declared.test.ts',
  'test/auth/races.test.ts',
  'test/services/jwks.test.ts',
  'test/auth/key-ring.test.ts',
  'test/auth/bounds.test.ts',
  'test/auth/limits.test.ts',
  'test/browser/pictures.test.ts',
  'test/browser/localhost.test.ts',
  'test/nodes/failover.test.ts',
  'test/auth/email/invalid.test.ts',
  'test/auth/mfa/owner.test.ts',
  'test/auth/mfa/keys.test.ts',
  'test/auth/storm.test.ts',
  'test/auth/mfa/replay.test.ts',
  'test/cli/import-sources.test.ts',
  'test/cli/init.test.ts',
  'test/auth/identities/sign-in.test.ts',
  'test/auth/email/flows.test.ts',
  'src/accounts/passwords/limits/tries.test.ts',
  'test/auth/mfa/matrix.test.ts',
  'test/auth/mfa/devices.test.ts',
  'test/store/store.test.ts',
  'src/token/remote/remote-keys.test.ts',
]

/** Starts with the longest files, so that the short ones fill the remaining time. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification) => {
      // Each of these ends the process that it finds. At the start, there is none.
      if (project.config.isolate) return -1
      const place = longest.findIndex((file) => moduleId.endsWith(`/${file}`))
      return place === -1 ? longest.length : place
    }
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other))
  }
}
