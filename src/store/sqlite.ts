import { closeSync, openSync, statSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from 'kysely'
import { ConfigurationError } from '../errors.ts'
import type { Database, QueryOutcome, Watch } from './database.ts'
import type { Tables } from './tables.ts'

/** How long a write waits for another process that is writing. */
const busyMilliseconds = 5000

/** FULL: an answer that was given is on the disk, whatever happens to the machine. About 100 µs a write. */
const pragmas = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA foreign_keys = ON;
  PRAGMA trusted_schema = OFF;
`

/**
 * Opens a SQLite file, or `:memory:`.
 * @throws {ConfigurationError} `database_invalid`
 */
export function openSqlite(path: string): Database {
  const file = open(path)
  const isOurFile = watchFile(path)
  const kysely = new Kysely<Tables>({
    dialect: {
      createDriver: () => new NodeSqliteDriver(file),
      createAdapter: () => new SqliteAdapter(),
      createQueryCompiler: () => new SqliteQueryCompiler(),
      createIntrospector: (database) => new SqliteIntrospector(database),
    },
  })
  return {
    kind: 'sqlite',
    isRemote: false,
    sql: kysely,
    transaction: (change) => kysely.transaction().execute(change),
    longTransaction: (change) => kysely.transaction().execute(change),
    query: (text, values, { expendable = false } = {}) =>
      kysely.connection().execute(async (connection) => {
        if (!expendable) return run(connection, text, values)
        // Between the two nothing else is run: there is one connection, and this is holding it.
        file.exec('PRAGMA synchronous = NORMAL')
        try {
          return await run(connection, text, values)
        } finally {
          file.exec('PRAGMA synchronous = FULL')
        }
      }),
    watch: async (onChange) => watch(file, kysely, onChange),
    async check() {
      if (!isOurFile()) throw new Error('The database file was removed or replaced')
      await sql`SELECT 1`.execute(kysely)
    },
    async close() {
      await kysely.destroy()
      if (file.isOpen) file.close()
    },
  }
}

/** How often SQLite is asked whether another process has written. It costs a few microseconds. */
const watchMilliseconds = 20

function watch(file: DatabaseSync, kysely: Kysely<Tables>, onChange: () => void): Watch {
  const statement = file.prepare('PRAGMA data_version')
  const version = () => (statement.get() as { data_version: number }).data_version
  let last = version()
  const timer = setInterval(() => {
    const now = file.isOpen ? version() : last
    if (now === last) return
    last = now
    onChange()
  }, watchMilliseconds)
  timer.unref()
  return {
    query: (text, values) => kysely.connection().execute((connection) => run(connection, text, values)),
    close: () => clearInterval(timer),
  }
}

async function run(connection: Kysely<Tables>, text: string, values: readonly unknown[]): Promise<QueryOutcome> {
  const { rows, numAffectedRows } = await connection.executeQuery(CompiledQuery.raw(text, [...values]))
  return { rows, rowCount: numAffectedRows === undefined ? rows.length : Number(numAffectedRows) }
}

function open(path: string): DatabaseSync {
  try {
    // SQLite makes files that everybody may read; these hold password hashes. Its own -wal and -shm take over the mode.
    if (path !== ':memory:') closeSync(openSync(path, 'a', 0o600))
    const file = new DatabaseSync(path, { timeout: busyMilliseconds })
    file.exec(pragmas)
    file.exec('PRAGMA busy_timeout = 0')
    return file
  } catch (cause) {
    throw new ConfigurationError('database_invalid', `Cannot open the database ${path}: ${(cause as Error).message}`, {
      cause,
    })
  }
}

/** A file that was removed goes on taking writes, and they are lost with the process. */
function watchFile(path: string): () => boolean {
  if (path === ':memory:') return () => true
  const inode = statSync(path).ino
  return () => statSync(path, { throwIfNoEntry: false })?.ino === inode
}

/** One connection serves every request: kysely hands it to one query or transaction after the other. */
class NodeSqliteDriver implements Driver {
  readonly #connection: SqliteConnection
  readonly #file: DatabaseSync

  constructor(file: DatabaseSync) {
    this.#file = file
    this.#connection = new SqliteConnection(file)
  }

  async init(): Promise<void> {}

  /**
   * Nothing here waits for anything but its turn, so a hundred requests would be served to their ends, one after the other,
   * before the event loop looks at anything else. Each turn lets it look.
   */
  async acquireConnection(): Promise<DatabaseConnection> {
    await nextTurn()
    return this.#connection
  }

  /** Takes the write lock first: a transaction that reads and then writes would fail where somebody wrote in between. */
  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('BEGIN IMMEDIATE'))
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('COMMIT'))
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('ROLLBACK'))
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {
    this.#file.close()
  }
}

/** Preparing costs more than running. The texts are ours and few; lists of values make some more. */
const maxStatements = 256

interface Prepared {
  readonly statement: StatementSync
  readonly isNamed: boolean
  readonly hasRows: boolean
}

class SqliteConnection implements DatabaseConnection {
  readonly #file: DatabaseSync
  readonly #statements = new Map<string, Prepared>()

  constructor(file: DatabaseSync) {
    this.#file = file
  }

  /**
   * Waits where somebody else is writing. SQLite's own waiting would hold the event loop, and for ever: the writer may be
   * another connection of this very process, in the middle of a transaction.
   */
  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const deadline = performance.now() + busyMilliseconds
    for (;;) {
      try {
        return this.#run<Row>(sql, parameters as SQLInputValue[])
      } catch (error) {
        if (!isBusy(error) || this.#file.isTransaction || performance.now() > deadline) throw error
        await sleep(1 + Math.random() * 5)
      }
    }
  }

  // biome-ignore lint/correctness/useYield: nothing is streamed
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error('Streams are not used')
  }

  #run<Row>(text: string, values: SQLInputValue[]): QueryResult<Row> {
    const { statement, isNamed, hasRows } = this.#prepare(text)
    const bound: [] = (isNamed ? [byName(values)] : values) as []
    if (hasRows) return { rows: statement.all(...bound) as Row[] }
    return { rows: [], numAffectedRows: BigInt(statement.run(...bound).changes) }
  }

  #prepare(text: string): Prepared {
    let prepared = this.#statements.get(text)
    if (prepared === undefined) {
      if (this.#statements.size >= maxStatements) this.#statements.clear()
      const statement = this.#file.prepare(text)
      // Kysely writes `?`. Texts with `$1` are PostgreSQL's, and SQLite takes that for a name.
      prepared = { statement, isNamed: text.includes('$1'), hasRows: statement.columns().length > 0 }
      this.#statements.set(text, prepared)
    }
    return prepared
  }
}

function byName(values: readonly SQLInputValue[]): Record<string, SQLInputValue> {
  return Object.fromEntries(values.map((value, index) => [`$${index + 1}`, value]))
}

function isBusy(error: unknown): boolean {
  return ((error as { errcode?: number }).errcode ?? 0) % 256 === 5
}
