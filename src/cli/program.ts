import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { addClients } from './commands/clients.ts'
import { addInit } from './commands/init/init.ts'
import { addKeys } from './commands/keys.ts'
import { addMail } from './commands/mail.ts'
import { addMigrate } from './commands/migrate.ts'
import { addSecret } from './commands/secret.ts'
import { addServe } from './commands/serve.ts'
import { addSessions } from './commands/sessions.ts'
import { addToken } from './commands/token.ts'
import { addUsers } from './commands/users/users.ts'
import type { Terminal } from './terminal.ts'

/** The version of the package. */
export const version: string = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version

/** The command line. What a command needs is loaded when it runs: the help is there at once. */
export function makeProgram(terminal: Terminal): Command {
  const program = new Command('hallpass')
    .description('Accounts, sessions and JSON Web Tokens: runs the server and manages it.')
    .version(version)
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
      getOutHelpWidth: () => terminal.stdout.columns ?? 80,
      getErrHelpWidth: () => terminal.stderr.columns ?? 80,
      outputError: (text, write) => write(text.replace(/^error: /, 'hallpass: ')),
    })
    .showHelpAfterError('(add --help for usage)')
    .exitOverride()
  addServe(program, version, terminal)
  addInit(program, version, terminal)
  addMigrate(program, terminal)
  addUsers(program, terminal)
  addSessions(program, terminal)
  addKeys(program, terminal)
  addClients(program, terminal)
  addMail(program, terminal)
  addSecret(program, terminal)
  addToken(program, terminal)
  return program
}
