import type { Command } from 'commander'
import { makeSecret } from '../server/secret.ts'
import type { Terminal } from './terminal.ts'

export function addSecret(program: Command, terminal: Terminal): void {
  program
    .command('secret')
    .description('Prints a new secret: 32 random bytes in base64url.')
    .addHelpText('after', '\nExample:\n  hallpass secret > hallpass.secret && chmod 600 hallpass.secret')
    .action(() => {
      terminal.stdout.write(`${makeSecret()}\n`)
    })
}
