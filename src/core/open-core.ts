import { RevocationSet } from '../revocations/revocation-set.ts'
import { readClock } from '../store/engine/clock.ts'
import type { Database } from '../store/engine/database.ts'
import { openDatabase } from '../store/engine/open-database.ts'
import { deploymentOf, migrate, requireMigrated } from '../store/migrations/migrate.ts'
import { openValkey, type SharedCounters, type Valkey } from '../store/valkey.ts'
import type { ChangeParts } from './change.ts'
import { operatorOrigin } from './events.ts'
import { atMostEvery, warn } from './listener.ts'
import type { CoreOptions } from './settings/options.ts'
import { SharedClock } from './shared-clock.ts'

/** The opened parts that every change needs. */
export interface Core extends ChangeParts {
  readonly sharedClock: SharedClock
  readonly valkey: Valkey | undefined
  /** Absent without Valkey: the database counts. */
  readonly counters: SharedCounters | undefined
  readonly close: () => Promise<void>
}

/** How the core is opened. */
export interface OpenCoreOptions {
  readonly readDatabaseClock?: typeof readClock
  /**
   * What may be done to the database: `migrate` (the default) brings it up to date, `make` creates it if there is none,
   * and `nothing` does neither.
   */
  readonly preparing?: 'migrate' | 'make' | 'nothing'
}

const faultsEveryMilliseconds = 60_000

/**
 * Opens the database, and Valkey if it is configured, and brings the database up to date.
 * @throws {ConfigurationError} `database_invalid`, `database_newer`, `package_missing`
 */
export async function openCore(
  options: CoreOptions,
  { readDatabaseClock = readClock, preparing = 'migrate' }: OpenCoreOptions = {},
): Promise<Core> {
  const { onFault = warn, onEvent = ignore } = options
  const database = await openDatabase(options.database, { mayMake: preparing !== 'nothing' })
  let valkey: Valkey | undefined
  let counters: SharedCounters | undefined
  let sharedClock: SharedClock
  async function close() {
    valkey?.close()
    await database.close()
  }
  try {
    if (options.valkey !== undefined) {
      valkey = await openValkey(options.valkey, atMostEvery(faultsEveryMilliseconds, onFault))
    }
    if (preparing === 'migrate') await migrate(database)
    else await requireMigrated(database, { mayMake: preparing === 'make' })
    if (valkey !== undefined) {
      const { client } = valkey
      const deployment = await deploymentOf(database)
      counters = { client, deployment, onFault: atMostEvery(faultsEveryMilliseconds, onFault) }
    }
    sharedClock = await openClock(database, readDatabaseClock, { onFault, given: options.clock })
  } catch (error) {
    await close()
    throw error
  }
  return {
    database,
    valkey,
    counters,
    revocations: new RevocationSet(),
    operator: operatorOrigin(options.actor ?? null),
    announce: onEvent,
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

/** Reads the database's clock for the first time. */
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

function ignore(): void {}
