import type { AuditEvent } from '../store/audit.ts'
import { type Database, openDatabase } from '../store/database.ts'
import { migrate } from '../store/migrate.ts'
import { deleteEndedRevocations, listRevocations } from '../store/revocations.ts'
import { Limits } from './limits.ts'
import { type AccountsOptions, type AuthOptions, settle } from './options.ts'
import type { Parts } from './parts.ts'
import { Passwords } from './passwords.ts'
import { Revocations } from './revocations.ts'
import { Sessions } from './sessions.ts'
import { yieldToEventLoop } from './thread-priority.ts'
import { Users } from './users.ts'

/** Accounts without tokens and routes: what a command line needs. */
export interface Accounts {
  readonly users: Users
  readonly sessions: Sessions
  readonly database: Database
  readonly close: () => Promise<void>
}

/** The parts that need no key. */
export type AccountParts = Pick<Parts, 'database' | 'passwords' | 'limits' | 'revocations' | 'announce' | 'now'>

/**
 * Opens the database, brings it up to date, and loads the revocations that still matter.
 * @throws {ConfigurationError} `option_invalid`, `database_invalid`, `database_newer`, `package_missing`
 */
export async function openParts(
  options: Pick<AuthOptions, 'database' | 'passwords' | 'limits' | 'onEvent'>,
  { revocations, now }: Pick<Parts, 'revocations' | 'now'>,
): Promise<AccountParts> {
  const passwords = new Passwords(options.passwords ?? {})
  const database = await openDatabase(options.database)
  try {
    await migrate(database)
    await deleteEndedRevocations(database.sql, now())
    revocations.add(await listRevocations(database.sql))
  } catch (error) {
    await database.close()
    throw error
  }
  await yieldToEventLoop()
  const limits = new Limits(database.query, options.limits)
  return { database, passwords, limits, revocations, announce: announcer(options.onEvent), now }
}

/** The time of day, as everything here asks for it. */
export function clockOf({ clock = () => Date.now() / 1000 }: Pick<AuthOptions, 'clock'>): () => Date {
  return () => new Date(clock() * 1000)
}

/** A listener that fails must not fail the request whose change is done. */
function announcer(onEvent: AccountsOptions['onEvent']): (event: AuditEvent) => void {
  return function announce(event) {
    try {
      onEvent?.(event)
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : String(error))
    }
  }
}

/**
 * Accounts for a program that neither makes nor checks tokens.
 * @throws {ConfigurationError} as `openParts`
 */
export async function openAccounts(options: AccountsOptions): Promise<Accounts> {
  const settings = settle(options)
  const now = clockOf(settings)
  const parts = await openParts(settings, { revocations: new Revocations(() => now().getTime()), now })
  const all = { ...parts, lifetimes: settings }
  return { users: new Users(all), sessions: new Sessions(all), database: parts.database, close: parts.database.close }
}
