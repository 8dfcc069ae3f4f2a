import { type Core, type OpenCoreOptions, openCore } from '../core/open-core.ts'
import { pick } from '../core/settings/setting.ts'
import type { Outbox, OutboxParts } from '../mail/outbox/outbox.ts'
import type { Database } from '../store/engine/database.ts'
import { type AccountsOptions, type AuthOptions, settle } from './options.ts'
import { Limits } from './passwords/limits/limits.ts'
import type { PasswordParts } from './passwords/parts.ts'
import { Passwords } from './passwords/passwords.ts'
import { yieldToEventLoop } from './passwords/queue/thread-priority.ts'
import { Clients } from './services/clients.ts'
import { Sessions } from './sessions/sessions.ts'
import type { UserParts } from './users/register.ts'
import { Users } from './users/users.ts'

/** Accounts without tokens and routes, as a command line needs them. */
export interface Accounts {
  /** Adds, finds, lists, changes, disables, imports and deletes accounts. */
  readonly users: Users
  /** Lists and ends the sessions of users. */
  readonly sessions: Sessions
  /** The services that may introspect tokens and follow revocations. */
  readonly clients: Clients
  readonly database: Database
  /** Closes the database. */
  readonly close: () => Promise<void>
}

/** The parts that need no key. */
export interface AccountParts extends Core, Pick<PasswordParts, 'passwords' | 'limits'> {}

/**
 * Opens the database, and Valkey if it is configured, and migrates the database.
 * @throws {ConfigurationError} `option_invalid`, `database_invalid`, `database_newer`, `package_missing`
 */
export async function openParts(
  options: Pick<
    AuthOptions,
    'database' | 'valkey' | 'passwords' | 'passwordMinLength' | 'limits' | 'onEvent' | 'onFault' | 'clock' | 'actor'
  >,
  how?: OpenCoreOptions,
): Promise<AccountParts> {
  const passwords = new Passwords({ ...options.passwords, ...pick(options, ['passwordMinLength']) })
  await yieldToEventLoop()
  const core = await openCore(options, how)
  const { now, database, counters } = core
  const limits = new Limits({ query: database.query, now, valkey: counters }, options.limits)
  return { ...core, passwords, limits }
}

/**
 * Opens accounts for a program that neither issues nor verifies tokens.
 * @throws {ConfigurationError} as `openParts`
 */
export async function openAccounts(options: AccountsOptions): Promise<Accounts> {
  return makeAccounts(await openParts(settle(options)))
}

/**
 * Opens accounts on a database that is up to date already. It does not migrate one, because that would affect running
 * servers.
 * @param how.mayMake Whether to create the database if there is none.
 * @param how.secrets Encrypts the secrets of authenticator apps.
 * @param how.outbox Queues notices to users; without it none are sent.
 * @throws {ConfigurationError} as `openParts`
 */
export async function openCurrentAccounts(
  options: AccountsOptions & Pick<AuthOptions, 'limits'>,
  {
    mayMake,
    ...own
  }: { readonly mayMake: boolean; readonly outbox?: Outbox | undefined; readonly secrets?: UserParts['secrets'] },
): Promise<Accounts> {
  return makeAccounts(await openParts(settle(options), { preparing: mayMake ? 'make' : 'nothing' }), own)
}

function makeAccounts(
  parts: AccountParts,
  { outbox, secrets }: Pick<UserParts, 'secrets'> & Partial<OutboxParts> = {},
): Accounts {
  return {
    users: new Users({ ...parts, outbox, secrets }),
    sessions: new Sessions(parts),
    clients: new Clients(parts),
    database: parts.database,
    close: parts.close,
  }
}
