import type { Command } from 'commander'
import type { Accounts } from '../../../accounts/accounts.ts'
import type { User } from '../../../store/users/users.ts'
import { addSettings, withAccounts } from '../../environment.ts'
import { exitCodes, Failure } from '../../failure.ts'
import { confirm, readNewPassword } from '../../input.ts'
import { printOne, printRows, userRow } from '../../output.ts'
import type { Terminal } from '../../terminal.ts'
import { addUsersExport } from './export.ts'
import { addUsersImport } from './import/import.ts'
import { addUsersRecovery } from './recovery.ts'
import { resolveUser } from './resolve-user.ts'

/** The most that one query returns. */
const usersOfPage = 1000

interface Options extends Record<string, unknown> {
  readonly json?: boolean
  readonly yes?: boolean
}

export function addUsers(program: Command, terminal: Terminal): void {
  const users = program.command('users').description('Manages accounts. Commands take a username or an id.')

  /** Adds a command that changes one user and shows the result. */
  function addChange(
    name: string,
    description: string,
    example: string,
    change: (accounts: Accounts, user: User, options: Options, rest: readonly string[]) => Promise<User | undefined>,
  ): Command {
    const command = users
      .command(name)
      .description(description)
      .option('--json', 'print JSON')
      .addHelpText('after', `\nExample:\n  ${example}`)
      .action((user: string, ...rest: unknown[]) => {
        const options = rest.at(-2) as Options
        return withAccounts(terminal, options, async (accounts) => {
          const found = await resolveUser(accounts, user)
          const words = Array.isArray(rest[0]) ? (rest[0] as string[]) : []
          printOne(terminal, userRow((await change(accounts, found, options, words)) ?? found), options)
        })
      })
    return addSettings(command, ['database', 'valkey'])
  }

  const add = users
    .command('add <username>')
    .description(
      'Creates an account, even if registration is closed. Prompts for the password, or reads it from standard input.',
    )
    .showHelpAfterError('(a password is never an argument: hallpass prompts for it, or reads it from standard input)')
    .option('--email <address>', 'e-mail address of the account')
    .option('--role <role...>', 'roles of the account')
    .option('--json', 'print JSON')
    .addHelpText('after', "\nExample:\n  echo 'wonderland at tea time' | hallpass users add alice --role admin")
    .action((username: string, options: Options & { readonly email?: string; readonly role?: string[] }) =>
      withAccounts(
        terminal,
        options,
        async (accounts) => {
          const password = await readNewPassword(terminal)
          const { email, role = [] } = options
          const user = { username, password, roles: role, ...(email !== undefined && { email }) }
          printOne(terminal, userRow(await accounts.users.add(user)), options)
        },
        { mayMake: true },
      ),
    )
  addSettings(add, ['database', 'valkey', 'passwordMinLength'])

  const list = users
    .command('list')
    .description('Lists the accounts, oldest first.')
    .option('--after <id>', 'start after this account')
    .option('--limit <number>', 'list at most this many', '100')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  hallpass users list --limit 10 --json')
    .action((options: Options & { readonly after?: string; readonly limit: string }) =>
      withAccounts(terminal, options, async ({ users }) => {
        const limit = Number(options.limit)
        if (!Number.isInteger(limit) || limit < 1)
          throw new Failure('--limit must be a whole number, 1 or more', exitCodes.usage)
        const found: User[] = []
        for (let { after } = options; found.length < limit; after = found.at(-1)?.id) {
          const wanted = Math.min(limit - found.length, usersOfPage)
          const page = await users.list({ after, limit: wanted })
          found.push(...page)
          if (page.length < wanted) break
        }
        await printRows(terminal, found.map(userRow), options)
      }),
    )
  addSettings(list, ['database'])

  addChange(
    'disable <user>',
    "Disables an account, until 'users enable': ends its sessions and rejects its logins.",
    'hallpass users disable alice',
    ({ users }, { id }) => users.disable(id),
  )
  addChange(
    'enable <user>',
    'Lets a disabled user log in again. Ended sessions stay ended.',
    'hallpass users enable alice',
    ({ users }, { id }) => users.enable(id),
  )
  addChange(
    'delete <user>',
    'Deletes an account and its sessions. This cannot be undone.',
    'hallpass users delete alice --yes',
    async ({ users }, { id, username }, options) => {
      await confirm(terminal, `Delete ${username}?`, options)
      return users.delete(id)
    },
  ).option('--yes', 'do not ask for confirmation')
  const setPassword = addChange(
    'set-password <user>',
    'Sets a password and ends every session. Prompts for the password, or reads it from standard input.',
    "echo 'wonderland at tea time' | hallpass users set-password alice",
    async ({ users }, { id }) => users.setPassword(id, await readNewPassword(terminal)),
  )
  addSettings(setPassword, ['passwordMinLength'])
  addChange(
    'roles <user> [roles...]',
    'Sets the roles of a user. Without roles, removes them all.',
    'hallpass users roles alice admin editor',
    ({ users }, { id }, _options, roles) => users.setRoles(id, roles),
  )
  addUsersRecovery(users, terminal)
  addUsersImport(users, terminal)
  addUsersExport(users, terminal)
}
