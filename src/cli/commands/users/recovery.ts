import type { Command } from 'commander'
import type { Accounts } from '../../../accounts/accounts.ts'
import { pagesUrlOf } from '../../../accounts/page-settings.ts'
import type { Factors } from '../../../accounts/users/factors.ts'
import type { UserDetails } from '../../../accounts/users/recovery.ts'
import type { User } from '../../../store/users/users.ts'
import { addSettings, readOf, withAccounts } from '../../environment.ts'
import { exitCodes, Failure } from '../../failure.ts'
import { printOne, type Row, userRow } from '../../output.ts'
import type { Terminal } from '../../terminal.ts'
import { resolveUser } from './resolve-user.ts'

interface Options extends Record<string, unknown> {
  readonly json?: boolean
  readonly hours?: string
  readonly resetFactors?: boolean
}

/** Commands that help a user who cannot log in, and show an operator why. */
export function addUsersRecovery(users: Command, terminal: Terminal): void {
  function add(
    name: string,
    description: string,
    work: (accounts: Accounts, user: User, options: Options) => Promise<Row | undefined>,
  ): Command {
    const [verb = ''] = name.split(' ')
    const command = users
      .command(name)
      .description(description)
      .option('--json', 'print JSON')
      .addHelpText('after', `\nExample:\n  hallpass users ${verb} alice`)
      .action((user: string, options: Options) =>
        withAccounts(terminal, options, async (accounts) => {
          const found = await resolveUser(accounts, user)
          const row = await work(accounts, found, options)
          if (row === undefined) throw new Failure(`No such user: ${user}`)
          printOne(terminal, row, options)
        }),
      )
    return addSettings(command, ['database', 'valkey'])
  }
  const rowOf = (user: User | undefined) => user && userRow(user)

  const show = add(
    'show <user>',
    'Shows an account: its e-mail address, second factors, sessions and failed logins.',
    async (accounts, { id }, options) => {
      const details = await accounts.users.details(id)
      return details && detailsRow(details, options)
    },
  )
  addSettings(show, ['attemptsPerAccount'])
  add(
    'reset-factors <user>',
    'Removes the second factors of a user who lost them, and ends every session.',
    async (accounts, { id }) => rowOf(await accounts.users.resetFactors(id)),
  )
  add('verify-email <user>', 'Marks the e-mail address of a user as verified.', async (accounts, { id }) => {
    const user = await accounts.users.verifyEmail(id)
    return user && { ...userRow(user), email_verified_at: isoOf(user.emailVerifiedAt) }
  })
  add('unlock <user>', 'Clears the failed logins and wrong codes of a user.', async (accounts, { id }) =>
    rowOf(await accounts.users.unlock(id)),
  )
  const link = add(
    'one-time-link <user>',
    'Prints a link, or without --issuer its token, with which a user sets a new password. It works once, and cannot be shown again.',
    async (accounts, { id }, options) => {
      const hours = hoursOf(options)
      // Read before anything is changed: the link cannot be shown again.
      const { issuer = '', pages } = readOf(['issuer', 'pages'], terminal, options)
      if (options.resetFactors) await accounts.users.resetFactors(id)
      const made = await accounts.users.oneTimeLink(id, { hours })
      if (made === undefined) return undefined
      const { user, token, expiresAt } = made
      const { makeLinks } = await import('../../../mail/links.ts')
      const where = /^https?:/i.test(issuer) ? pagesUrlOf({ pages }, issuer.replace(/\/+$/, '')) : undefined
      return {
        username: user.username,
        ...(where === undefined ? {} : { link: makeLinks(where).to('one-time-link', token) }),
        token,
        expires_at: expiresAt.toISOString(),
      }
    },
  )
  link
    .option('--hours <number>', 'hours for which the link is valid, 1 to 24', '1')
    .option('--reset-factors', 'also remove the second factors, and end every session now')
  addSettings(link, ['issuer', 'pages'])
}

function hoursOf({ hours = '1' }: Options): number {
  if (!/^(?:[1-9]|1\d|2[0-4])$/.test(hours))
    throw new Failure('--hours must be a whole number, 1 to 24', exitCodes.usage)
  return Number(hours)
}

function detailsRow(
  { user, factors, identities, sessions, failedAttempts, isLimited, wrongFactors }: UserDetails,
  { json }: Options,
): Row {
  const rowsOf = (type: string, list: Factors['totp']) =>
    list.map(({ id, name, createdAt, lastUsedAt }) => {
      return { type, id, name, created_at: createdAt.toISOString(), last_used_at: isoOf(lastUsedAt) }
    })
  const all = [...rowsOf('totp', factors.totp), ...rowsOf('passkey', factors.passkeys)]
  const linked = identities.map(({ id, provider, email, createdAt, lastUsedAt }) => {
    return { id, provider, email, created_at: createdAt.toISOString(), last_used_at: isoOf(lastUsedAt) }
  })
  return {
    ...userRow(user),
    email_verified_at: isoOf(user.emailVerifiedAt),
    second_factors: json ? all : all.map(({ name, id }) => `${name} (${id})`),
    recovery_codes_left: factors.recoveryCodesLeft,
    linked_accounts: json ? linked : linked.map(({ provider, email, id }) => `${provider} (${email ?? id})`),
    sessions,
    failed_logins: failedAttempts,
    limited: isLimited,
    wrong_codes: wrongFactors,
  }
}

function isoOf(date: Date | null): string | null {
  return date?.toISOString() ?? null
}
