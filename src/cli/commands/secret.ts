import type { Command } from 'commander'
import { makeSecret } from '../../server/config/secret.ts'
import type { Terminal } from '../terminal.ts'

export function addSecret(program: Command, terminal: Terminal): void {
  program
    .command('secret')
    .description(
      'Prints a new secret, 32 random bytes in base64url, to encrypt the keys of a server or to sign the tokens of an app.',
    )
    .addHelpText('after', '\nExample:\n  (umask 077 && hallpass secret > hallpass.secret)')
    .action(() => {
      terminal.stdout.write(`${makeSecret()}\n`)
    })
}
