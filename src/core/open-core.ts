import { RevocationSet } from '../revocations/revocation-set.ts'
import type { AuditEvent } from '../store/audit.ts'
import { readClock } from '../store/engine/clock.ts'
import type { Database } from '../store/engine/database.ts'
import { openDatabase } from '../store/engine/open-database.ts'
import { migrate, requireMigrated } from '../store/migrations/migrate.ts'
import { openValkey, type Valkey } from '../store/valkey.ts'
import type { ChangeParts } from './change.ts'
import { operatorOrigin } from './events.ts'
import type { CoreOptions } from './settings/options.ts'
import { SharedClock } from './shared-clock.ts'

/** What changes are made with, opened. */
export interface Core extends ChangeParts {
  readonly sharedClock: SharedClock
  readonly valkey: Valkey | undefined
  readonly close: () => Promise<void>
}

/** How it is opened. */
export interface OpenCoreOptions {
  readonly readDatabaseClock?: typeof readClock
  /** What may be done to the database: brought up to date (by default), made where there is none, or nothing of either. */
  readonly preparing?: 'migrate' | 'make' | 'nothing'
}

/**
 * Opens the database, and Valkey where there is one, and brings the database up to date.
 * @throws {ConfigurationError} `database_invalid`, `database_newer`, `package_missing`
 */
export async function openCore(
  options: CoreOptions,
  { readDatabaseClock = readClock, preparing = 'migrate' }: OpenCoreOptions = {},
): Promise<Core> {
  const { onFault = warn } = options
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
  return {
    database,
    valkey,
    revocations: new RevocationSet(),
    operator: operatorOrigin(options.actor ?? null),
    announce: announcer(options.onEvent),
    signal: () => valkey?.announceChange(),
    now: () => sharedClock.now(),
    clock: {
      databaseTime: (trx) => readDatabaseClock(trx),
      decisionTime: async (trx) => sharedClock.decisionTime(await readDatabaseClock(trx)),
    },
    sharedClock,
    close,
  }
}

/** What goes wrong beside requests is a warning of the process, unless the application asked for it. */
export function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error))
}

/** Looks at the clock of the database for the first time. */
async function openClock(
  { isRemote, sql }: Database,
  readDatabaseClock: typeof readClock,
  options: { readonly onFault: (error: unknown) => void; readonly given: (() => number) | undefined },
): Promise<SharedClock> {
  const clock = new SharedClock({ ...options, isIndependent: isRemote })
  const began = clock.steadyNow
  const now = await readDatabaseClock(sql)
  clock.observe(now, began)
  return clock
}

/** A listener that fails must not fail the request whose change is done. */
function announcer(onEvent: CoreOptions['onEvent']): (event: AuditEvent) => void {
  return function announce(event) {
    try {
      onEvent?.(event)
    } catch (error) {
      warn(error)
    }
  }
}
