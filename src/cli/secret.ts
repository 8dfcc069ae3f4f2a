import type { Command } from 'commander'
import { makeSecret } from '../server/secret.ts'

export function addSecret(program: Command): void {
  program
    .command('secret')
    .description('Prints a new secret: 32 random bytes in base64url.')
    .addHelpText('after', '\nExample:\n  hallpass secret > hallpass.secret && chmod 600 hallpass.secret')
    .action(() => {
      process.stdout.write(`${makeSecret()}\n`)
    })
}
