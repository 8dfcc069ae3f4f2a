import { RevocationSet } from '../revocations/revocation-set.ts'
import type { AuditEvent } from '../store/audit.ts'
import { type Database, openDatabase } from '../store/database.ts'
import { migrate } from '../store/migrate.ts'
import { openValkey, type Valkey } from '../store/valkey.ts'
import { Clients } from './clients.ts'
import { Limits } from './limits.ts'
import { type AccountsOptions, type AuthOptions, settle } from './options.ts'
import type { Parts } from './parts.ts'
import { Passwords } from './passwords.ts'
import { Sessions } from './sessions.ts'
import { yieldToEventLoop } from './thread-priority.ts'
import { Users } from './users.ts'

/** Accounts without tokens and routes: what a command line needs. */
export interface Accounts {
  readonly users: Users
  readonly sessions: Sessions
  readonly clients: Clients
  readonly database: Database
  readonly close: () => Promise<void>
}

/** The parts that need no key. */
export interface AccountParts
  extends Pick<Parts, 'database' | 'passwords' | 'limits' | 'revocations' | 'announce' | 'signal' | 'now'> {
  readonly valkey: Valkey | undefined
  readonly close: () => Promise<void>
}

/**
 * Opens the database, and Valkey where there is one, and brings the database up to date.
 * @throws {ConfigurationError} `option_invalid`, `database_invalid`, `database_newer`, `package_missing`
 */
export async function openParts(
  options: Pick<AuthOptions, 'database' | 'valkey' | 'passwords' | 'limits' | 'onEvent' | 'onFault' | 'clock'>,
): Promise<AccountParts> {
  const now = clockOf(options)
  const passwords = new Passwords(options.passwords ?? {})
  const database = await openDatabase(options.database)
  let valkey: Valkey | undefined
  async function close() {
    valkey?.close()
    await database.close()
  }
  try {
    if (options.valkey !== undefined) valkey = await openValkey(options.valkey, options.onFault ?? warn)
    await migrate(database)
  } catch (error) {
    await close()
    throw error
  }
  await yieldToEventLoop()
  return {
    database,
    valkey,
    passwords,
    limits: new Limits(database.query, options.limits, valkey?.client),
    revocations: new RevocationSet(),
    announce: announcer(options.onEvent),
    signal: () => valkey?.announceChange(),
    now,
    close,
  }
}

/** What goes wrong beside requests is a warning of the process, where nobody wants to know. */
export function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error))
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
      warn(error)
    }
  }
}

/**
 * Accounts for a program that neither makes nor checks tokens.
 * @throws {ConfigurationError} as `openParts`
 */
export async function openAccounts(options: AccountsOptions): Promise<Accounts> {
  const settings = settle(options)
  const parts = await openParts(settings)
  return {
    users: new Users(parts),
    sessions: new Sessions(parts),
    clients: new Clients(parts),
    database: parts.database,
    close: parts.close,
  }
}
