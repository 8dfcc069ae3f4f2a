import { RevocationSet } from '../revocations/revocation-set.ts'
import type { AuditEvent } from '../store/audit.ts'
import { readClock } from '../store/clock.ts'
import { type Database, openDatabase } from '../store/database.ts'
import { migrate, requireMigrated } from '../store/migrate.ts'
import { openValkey, type Valkey } from '../store/valkey.ts'
import { Clients } from './clients.ts'
import { Limits } from './limits/limits.ts'
import { type AccountsOptions, type AuthOptions, settle } from './options.ts'
import { operatorCalled, type Parts } from './parts.ts'
import { Passwords } from './passwords.ts'
import { Sessions } from './sessions.ts'
import { SharedClock } from './shared-clock.ts'
import { yieldToEventLoop } from './thread-priority.ts'
import { Users } from './users.ts'

/** Accounts without tokens and routes, as a command line needs them. */
export interface Accounts {
  readonly users: Users
  readonly sessions: Sessions
  readonly clients: Clients
  readonly database: Database
  readonly close: () => Promise<void>
}

/** The parts that need no key. */
export interface AccountParts
  extends Pick<
    Parts,
    'database' | 'passwords' | 'limits' | 'revocations' | 'announce' | 'signal' | 'now' | 'clock' | 'operator'
  > {
  readonly sharedClock: SharedClock
  readonly valkey: Valkey | undefined
  readonly close: () => Promise<void>
}

/** How parts are opened. */
interface OpenPartsOptions {
  readonly readDatabaseClock?: typeof readClock
  /** What may be done to the database: brought up to date (by default), made where there is none, or nothing of either. */
  readonly preparing?: 'migrate' | 'make' | 'nothing'
}

/**
 * Opens the database, and Valkey where there is one, and brings the database up to date.
 * @throws {ConfigurationError} `option_invalid`, `database_invalid`, `database_newer`, `package_missing`
 */
export async function openParts(
  options: Pick<
    AuthOptions,
    'database' | 'valkey' | 'passwords' | 'limits' | 'onEvent' | 'onFault' | 'clock' | 'actor'
  >,
  { readDatabaseClock = readClock, preparing = 'migrate' }: OpenPartsOptions = {},
): Promise<AccountParts> {
  const { onFault = warn } = options
  const passwords = new Passwords(options.passwords ?? {})
  const database = await openDatabase(options.database, { mayMake: preparing !== 'nothing' })
  let valkey: Valkey | undefined
  let sharedClock: SharedClock
  async function close() {
    valkey?.close()
    await database.close()
  }
  try {
    if (options.valkey !== undefined) valkey = await openValkey(options.valkey, onFault)
    if (preparing === 'migrate') await migrate(database)
    else await requireMigrated(database, { mayMake: preparing === 'make' })
    sharedClock = await openClock(database, readDatabaseClock, { onFault, given: options.clock })
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
    operator: operatorCalled(options.actor ?? null),
    announce: announcer(options.onEvent),
    signal: () => valkey?.announceChange(),
    now: () => sharedClock.now(),
    clock: {
      databaseTime: (trx) => readDatabaseClock(trx, database.kind),
      decisionTime: async (trx) => sharedClock.decisionTime(await readDatabaseClock(trx, database.kind)),
    },
    sharedClock,
    close,
  }
}

/** Without a callback, faults outside of requests are process warnings. */
export function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error))
}

/** Looks at the clock of the database for the first time. */
async function openClock(
  { kind, isRemote, sql }: Database,
  readDatabaseClock: typeof readClock,
  options: { readonly onFault: (error: unknown) => void; readonly given: (() => number) | undefined },
): Promise<SharedClock> {
  const clock = new SharedClock({ ...options, isIndependent: isRemote })
  const began = clock.steadyNow
  const now = await readDatabaseClock(sql, kind)
  clock.observe(now, began)
  return clock
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
 * Opens accounts for a program that neither issues nor verifies tokens.
 * @throws {ConfigurationError} as `openParts`
 */
export async function openAccounts(options: AccountsOptions): Promise<Accounts> {
  return makeAccounts(await openParts(settle(options)))
}

/**
 * The same on a database that is up to date: it is not migrated, which would affect running servers.
 * @param mayMake Whether one is made where there is none.
 * @throws {ConfigurationError} as `openParts`
 */
export async function openCurrentAccounts(
  options: AccountsOptions,
  { mayMake }: { readonly mayMake: boolean },
): Promise<Accounts> {
  return makeAccounts(await openParts(settle(options), { preparing: mayMake ? 'make' : 'nothing' }))
}

function makeAccounts(parts: AccountParts): Accounts {
  return {
    users: new Users(parts),
    sessions: new Sessions(parts),
    clients: new Clients(parts),
    database: parts.database,
    close: parts.close,
  }
}
