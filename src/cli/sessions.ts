import type { Command } from 'commander'
import { addSettings, withAccounts } from './environment.ts'
import { exitCodes, Failure } from './failure.ts'
import { printRows, type Row, sessionRow } from './output.ts'
import { resolveUser } from './users.ts'

type Options = Record<string, unknown>

export function addSessions(program: Command): void {
  const sessions = program.command('sessions').description('Where users are logged in.')
  const list = sessions
    .command('list <user>')
    .description('Lists the sessions of a user that live, newest first.')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  hallpass sessions list alice')
    .action((user: string, options: Options) =>
      withAccounts(options, async (accounts) => {
        const { id } = await resolveUser(accounts, user)
        const rows: Row[] = []
        for (let after: string | null | undefined; after !== null; ) {
          const { sessions, next } = await accounts.sessions.list(id, { after })
          rows.push(...sessions.map(sessionRow))
          after = next
        }
        await printRows(rows, options)
      }),
    )
  const revoke = sessions
    .command('revoke [id]')
    .description('Ends a session, or all of a user. Its refresh token is refused at once.')
    .option('--user <user>', 'end all sessions of this user')
    .addHelpText('after', '\nExample:\n  hallpass sessions revoke --user alice')
    .action((id: string | undefined, options: Options & { readonly user?: string }) => {
      if ((id === undefined) === (options.user === undefined)) {
        throw new Failure('Name a session, or a user with --user', exitCodes.usage)
      }
      return withAccounts(options, async (accounts) => {
        if (id !== undefined) {
          if (!(await accounts.sessions.end(id))) throw new Failure('There is no such session, or it is over')
          process.stdout.write('Ended 1 session\n')
          return
        }
        const user = await resolveUser(accounts, options.user as string)
        const count = await accounts.sessions.endAll(user.id)
        process.stdout.write(`Ended ${count} ${count === 1 ? 'session' : 'sessions'}\n`)
      })
    })
  addSettings(list, ['database'])
  addSettings(revoke, ['database', 'valkey'])
}
