import type { Command } from 'commander'
import type { SigningKey } from '../../store/keys/signing-keys.ts'
import { addSettings, readOf, withKeyRing } from '../environment.ts'
import { Failure } from '../failure.ts'
import { printJson, printRows } from '../output.ts'
import type { Terminal } from '../terminal.ts'

type Options = Record<string, unknown>

/** The settings of commands that change keys. The other commands read keys, and need fewer. */
const ofChanges = [
  'database',
  'valkey',
  'encryptionSecretFile',
  'previousEncryptionSecretFile',
  'algorithm',
  'keyRotationSeconds',
  'jwksMaxAgeSeconds',
] as const

export function addKeys(program: Command, terminal: Terminal): void {
  const keys = program.command('keys').description('Manages the keys that sign tokens.')
  const list = keys
    .command('list')
    .description(
      'Lists the keys. Their states: next (published), active (signs), retiring (only verifies), gone (no longer accepted).',
    )
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  hallpass keys list')
    .action(async (options: Options) => {
      const { listKeys } = await import('../../keys/open-key-ring.ts')
      printRows(terminal, (await listKeys(readOf(['database'], terminal, options))).map(keyRow), options)
    })
  const rotate = keys
    .command('rotate')
    .description(
      'Makes the next key the active one, if every service has had time to fetch it. The previous key verifies until its last token expires.',
    )
    .option('--now', 'rotate even if some services have not fetched the next key; they reject its tokens until they do')
    .addHelpText('after', '\nExample:\n  hallpass keys rotate')
    .action((options: Options & { readonly now?: boolean }) =>
      withKeyRing(terminal, options, async (ring) => {
        await ring.open()
        const due = await ring.rotate({ immediately: options.now ?? false })
        if (due !== undefined) {
          throw new Failure(
            `Not yet: services may not have the next key before ${due.toISOString()}. Run this again then, or now with --now`,
          )
        }
        const active = (await ring.list()).findLast(({ state }) => state === 'active')
        terminal.stdout.write(`Signing with ${active?.kid}\n`)
      }),
    )
  const revoke = keys
    .command('revoke <kid>')
    .description(
      'Revokes a key and every token that it signed, at once. If it is the active key, the next key takes over.',
    )
    .addHelpText('after', '\nExample:\n  hallpass keys revoke 3uE8Yq0bq3mZC5c7mWkq2mBqK0kR8i1d0m2jX0yZ2aA')
    .action((kid: string, options: Options) =>
      withKeyRing(terminal, options, async (ring) => {
        await ring.open()
        if (!(await ring.revoke(kid))) throw new Failure('No such key, or it is already gone')
        terminal.stdout.write('Revoked 1 key\n')
      }),
    )
  const rewrap = keys
    .command('rewrap')
    .description(
      'Re-encrypts everything that was encrypted with the previous secret. Run it again once no node uses that secret any more, then remove the secret.',
    )
    .addHelpText('after', '\nExample:\n  hallpass keys rewrap')
    .action((options: Options) =>
      withKeyRing(terminal, options, async (ring) => {
        await ring.open()
        const count = await ring.rewrap()
        terminal.stdout.write(`Re-encrypted ${count} ${count === 1 ? 'key' : 'keys'}\n`)
        const others = await ring.rewrapOthers()
        for (const { what, count } of others) {
          if (count > 0) terminal.stdout.write(`Re-encrypted ${what}: ${count}\n`)
        }
        const locked = others.filter(({ locked }) => locked > 0).map(({ what, locked }) => `${what}: ${locked}`)
        if (locked.length > 0) {
          throw new Failure(
            `Neither the current nor the previous secret decrypts ${locked.join(', ')}. Set the secret that encrypted them as HALLPASS_PREVIOUS_ENCRYPTION_SECRET and run this again`,
          )
        }
      }),
    )
  const exportPublic = keys
    .command('export-public')
    .description('Prints the public keys, as /.well-known/jwks.json does.')
    .option('--pem', 'print PEM, each key below its kid')
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
  addSettings(list, ['database'], ofChanges)
  for (const command of [rotate, revoke, rewrap]) addSettings(command, ofChanges)
  addSettings(exportPublic, ['database', 'encryptionSecretFile', 'previousEncryptionSecretFile'], ofChanges)
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
