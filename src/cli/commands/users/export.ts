import type { Command } from 'commander'
import type { UserWithHash } from '../../../store/users/users.ts'
import { addSettings, withAccounts } from '../../environment.ts'
import { printableLines } from '../../printable.ts'
import type { Terminal } from '../../terminal.ts'

/** The most that one query returns. */
const usersOfPage = 1000

export function addUsersExport(users: Command, terminal: Terminal): void {
  const command = users
    .command('export')
    .description('Prints all accounts with their password hashes, in the format that users import reads.')
    .addHelpText(
      'after',
      `
The output is JSON Lines, oldest account first, with the names that 'users import' reads. It contains password hashes: keep
it from other users of the machine, and delete it afterwards. It contains no sessions, second factors or linked accounts.

Example:
  (umask 077 && hallpass users export > users.jsonl)`,
    )
    .action((options: Record<string, unknown>) =>
      withAccounts(terminal, options, async ({ users }) => {
        for (let after: string | undefined; ; ) {
          const page = await users.listWithHashes({ after, limit: usersOfPage })
          for (const user of page) terminal.stdout.write(`${printableLines(JSON.stringify(recordOf(user)))}\n`)
          if (page.length < usersOfPage) return
          after = page.at(-1)?.id
        }
      }),
    )
  addSettings(command, ['database'])
}

function recordOf(user: UserWithHash): Readonly<Record<string, unknown>> {
  return {
    id: user.id,
    username: user.username,
    email: user.email,
    email_verified: user.emailVerifiedAt?.toISOString() ?? false,
    roles: user.roles,
    disabled: user.disabledAt !== null,
    created_at: user.createdAt.toISOString(),
    password_hash: user.passwordHash,
  }
}
