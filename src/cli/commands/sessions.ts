import type { Command } from 'commander'
import { addSettings, withAccounts } from '../environment.ts'
import { exitCodes, Failure } from '../failure.ts'
import { printRows, type Row, sessionRow } from '../output.ts'
import type { Terminal } from '../terminal.ts'
import { resolveUser } from './users/resolve-user.ts'

type Options = Record<string, unknown>

export function addSessions(program: Command, terminal: Terminal): void {
  const sessions = program.command('sessions').description('Manages the sessions of users.')
  const list = sessions
    .command('list <user>')
    .description('Lists the active sessions of a user, newest first.')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  hallpass sessions list alice')
    .action((user: string, options: Options) =>
      withAccounts(terminal, options, async (accounts) => {
        const { id } = await resolveUser(accounts, user)
        const rows: Row[] = []
        for (let after: string | null | undefined; after !== null; ) {
          const { sessions, next } = await accounts.sessions.list(id, { after })
          rows.push(...sessions.map(sessionRow))
          after = next
        }
        await printRows(terminal, rows, options)
      }),
    )
  const revoke = sessions
    .command('revoke [id]')
    .description('Ends a session, or all sessions of a user. Their tokens are rejected at once.')
    .option('--user <user>', 'end all sessions of this user')
    .addHelpText('after', '\nExample:\n  hallpass sessions revoke --user alice')
    .action((id: string | undefined, options: Options & { readonly user?: string }) => {
      if ((id === undefined) === (options.user === undefined)) {
        throw new Failure('Pass the id of a session, or a user with --user', exitCodes.usage)
      }
      return withAccounts(terminal, options, async (accounts) => {
        if (id !== undefined) {
          if (!(await accounts.sessions.end(id))) throw new Failure('No such session, or it has already ended')
          terminal.stdout.write('Ended 1 session\n')
          return
        }
        const user = await resolveUser(accounts, options.user as string)
        const count = await accounts.sessions.endAll(user.id)
        terminal.stdout.write(`Ended ${count} ${count === 1 ? 'session' : 'sessions'}\n`)
      })
    })
  addSettings(list, ['database'])
  addSettings(revoke, ['database', 'valkey'])
}
