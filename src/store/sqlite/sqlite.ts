import type { DatabaseSync } from 'node:sqlite'
import { CompiledQuery, Kysely, type QueryResult, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import { runTransaction } from '../engine/after-commit.ts'
import type { Database, OpenOptions, QueryOutcome, Watch } from '../engine/database.ts'
import type { Tables } from '../tables.ts'
import { NodeSqliteDriver } from './driver.ts'
import { atMostEvery, openFile, tryToWrite } from './file.ts'
import { watchFile } from './watch-file.ts'

/** Anyone can ask as often as they like whether the server is ready. */
const probeMilliseconds = 1000
/** How long a write may still be lost with its file. What was written just before is lost in any case. */
const checkMilliseconds = 20

/**
 * Opens a SQLite file, or `:memory:`.
 * @throws {ConfigurationError} `database_invalid`
 */
export function openSqlite(path: string, options: OpenOptions = {}): Database {
  const file = openFile(path, options)
  const canWrite = atMostEvery(probeMilliseconds, () => tryToWrite(file))
  const requireOurFile = watchFile(path, file)
  const driver = new NodeSqliteDriver(file, atMostEvery(checkMilliseconds, requireOurFile))
  const kysely = new Kysely<Tables>({
    dialect: {
      createDriver: () => driver,
      createAdapter: () => new SqliteAdapter(),
      createQueryCompiler: () => new SqliteQueryCompiler(),
      createIntrospector: (database) => new SqliteIntrospector(database),
    },
  })
  return {
    kind: 'sqlite',
    isRemote: false,
    sql: kysely,
    transaction: (change) => runTransaction(kysely, change),
    unlimited: (work) => work(kysely),
    async query(text, values, { expendable: isExpendable = false } = {}) {
      const queue = <Result>(work: () => Promise<Result>) => kysely.connection().execute(work)
      return outcomeOf(await driver.runAlone(text, values, { isExpendable, queue }))
    },
    watch: async (onChange) => watch(file, kysely, onChange),
    async check() {
      requireOurFile()
      // Waits its turn, because it would otherwise commit a transaction that is in progress.
      await kysely.connection().execute(async () => canWrite())
    },
    async close() {
      try {
        requireOurFile()
      } catch {
        // Its log is now empty, and there is nothing else to do.
      }
      await kysely.destroy()
      if (file.isOpen) file.close()
    },
  }
}

/** How often SQLite is asked whether another process has written, which takes a few microseconds. */
const watchMilliseconds = 20

function watch(file: DatabaseSync, kysely: Kysely<Tables>, onChange: () => void): Watch {
  const statement = file.prepare('PRAGMA data_version')
  const version = () => (statement.get() as { data_version: number }).data_version
  let last = version()
  function isChanged(): boolean {
    try {
      const before = last
      last = version()
      return last !== before
    } catch {
      // The disk failed, or the file is locked. Thrown here, this would end the process; the read that follows waits for
      // the lock, or reports what is wrong.
      return true
    }
  }
  const timer = setInterval(() => {
    if (file.isOpen && isChanged()) onChange()
  }, watchMilliseconds)
  timer.unref()
  return {
    query: (text, values) => kysely.connection().execute((connection) => run(connection, text, values)),
    close: () => clearInterval(timer),
  }
}

async function run(connection: Kysely<Tables>, text: string, values: readonly unknown[]): Promise<QueryOutcome> {
  return outcomeOf(await connection.executeQuery(CompiledQuery.raw(text, [...values])))
}

function outcomeOf({ rows, numAffectedRows }: QueryResult<unknown>): QueryOutcome {
  return { rows, rowCount: numAffectedRows === undefined ? rows.length : Number(numAffectedRows) }
}
