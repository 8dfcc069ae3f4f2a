import type { Command } from 'commander'
import type { SigningKey } from '../store/signing-keys.ts'
import { addSettings, withKeyRing } from './environment.ts'
import { Failure } from './failure.ts'
import { printJson, printRows } from './output.ts'
import type { Terminal } from './terminal.ts'

type Options = Record<string, unknown>

const ofKeys = [
  'database',
  'valkey',
  'secretFile',
  'secretPreviousFile',
  'algorithm',
  'keyRotationSeconds',
  'jwksMaxAgeSeconds',
] as const

export function addKeys(program: Command, terminal: Terminal): void {
  const keys = program.command('keys').description('The keys that sign tokens.')
  const list = keys
    .command('list')
    .description(
      'Lists the keys: next ones are published, active ones sign, retiring ones verify, gone ones do nothing.',
    )
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  hallpass keys list')
    .action((options: Options) =>
      withKeyRing(terminal, options, async (ring) => printRows(terminal, (await ring.list()).map(keyRow), options)),
    )
  const rotate = keys
    .command('rotate')
    .description('The next key signs from now on; the one before verifies until its last token has ended.')
    .option('--now', 'also where others may not have the next key yet: they refuse its tokens until they fetch it')
    .addHelpText('after', '\nExample:\n  hallpass keys rotate')
    .action((options: Options & { readonly now?: boolean }) =>
      withKeyRing(terminal, options, async (ring) => {
        await ring.open()
        const due = await ring.rotate({ immediately: options.now ?? false })
        if (due !== undefined) {
          throw new Failure(
            `Not yet: others may not have the next key before ${due.toISOString()}. Run this again then, or with --now`,
          )
        }
        const active = (await ring.list()).findLast(({ state }) => state === 'active')
        terminal.stdout.write(`Signing with ${active?.kid}\n`)
      }),
    )
  const revoke = keys
    .command('revoke <kid>')
    .description('Takes a key away at once, and every token that it signed. An active one is replaced by the next.')
    .addHelpText('after', '\nExample:\n  hallpass keys revoke 3uE8Yq0bq3mZC5c7mWkq2mBqK0kR8i1d0m2jX0yZ2aA')
    .action((kid: string, options: Options) =>
      withKeyRing(terminal, options, async (ring) => {
        await ring.open()
        if (!(await ring.revoke(kid))) throw new Failure('There is no such key, or it is gone')
        terminal.stdout.write('Revoked 1 key\n')
      }),
    )
  const rewrap = keys
    .command('rewrap')
    .description('Encrypts the keys under the present secret. The one before is needed no more after it.')
    .addHelpText('after', '\nExample:\n  hallpass keys rewrap')
    .action((options: Options) =>
      withKeyRing(terminal, options, async (ring) => {
        await ring.open()
        const count = await ring.rewrap()
        terminal.stdout.write(`Encrypted ${count} ${count === 1 ? 'key' : 'keys'} anew\n`)
      }),
    )
  const exportPublic = keys
    .command('export-public')
    .description('Prints the public keys, as /.well-known/jwks.json does.')
    .option('--pem', 'as PEM, each under its kid')
    .addHelpText('after', '\nExample:\n  hallpass keys export-public > jwks.json')
    .action((options: Options & { readonly pem?: boolean }) =>
      withKeyRing(terminal, options, async (ring) => {
        await ring.read()
        if (!options.pem) return printJson(terminal, ring.keySet.toJwks())
        for (const { kid, verifyingKey } of ring.keySet) {
          if (verifyingKey?.type !== 'public') continue
          terminal.stdout.write(`# ${kid}\n${verifyingKey.export({ format: 'pem', type: 'spki' })}`)
        }
      }),
    )
  for (const command of [list, rotate, revoke, rewrap, exportPublic]) addSettings(command, ofKeys)
}

function keyRow({ kid, algorithm, state, createdAt, signsFrom, activatedAt, verifiesUntil, revokedAt }: SigningKey) {
  return {
    kid,
    algorithm,
    state,
    created_at: createdAt.toISOString(),
    signs_from: (activatedAt ?? signsFrom).toISOString(),
    verifies_until: verifiesUntil?.toISOString() ?? null,
    revoked_at: revokedAt?.toISOString() ?? null,
  }
}
