import { closeSync, openSync, statSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import {
  CompiledQuery,
  type DatabaseConnection,
  Kysely,
  SqliteAdapter,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type SqliteStatement,
  sql,
} from 'kysely'
import { ConfigurationError } from '../errors.ts'
import { type Database, runQuery } from './database.ts'
import type { Tables } from './tables.ts'

/** How long a write waits for another process that is writing. It waits with the event loop held. */
const busyTimeoutMilliseconds = 5000

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
  const statements = new StatementCache(file)
  const driver = new ImmediateDriver({
    database: { prepare: (text) => statements.get(text), close: () => file.close() },
  })
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
    sql: kysely,
    transaction: (change) => kysely.transaction().execute(change),
    query: (text, values) => runQuery(kysely, text, values),
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

function open(path: string): DatabaseSync {
  try {
    // SQLite makes files that everybody may read; these hold password hashes. Its own -wal and -shm take over the mode.
    if (path !== ':memory:') closeSync(openSync(path, 'a', 0o600))
    const file = new DatabaseSync(path, { timeout: busyTimeoutMilliseconds })
    file.exec(pragmas)
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

class ImmediateDriver extends SqliteDriver {
  /** Takes the write lock first: a transaction that reads and then writes would fail where another process wrote in between. */
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'))
  }
}

/** Preparing costs more than running. The texts are ours and few; lists of values make some more. */
const maxStatements = 256

class StatementCache {
  readonly #file: DatabaseSync
  readonly #statements = new Map<string, SqliteStatement>()

  constructor(file: DatabaseSync) {
    this.#file = file
  }

  get(text: string): SqliteStatement {
    let statement = this.#statements.get(text)
    if (statement === undefined) {
      if (this.#statements.size >= maxStatements) this.#statements.clear()
      statement = asKyselyStatement(text, this.#file.prepare(text))
      this.#statements.set(text, statement)
    }
    return statement
  }
}

function asKyselyStatement(text: string, statement: StatementSync): SqliteStatement {
  type Values = readonly SQLInputValue[]
  // Kysely writes `?`. Texts with `$1` are PostgreSQL's, and SQLite takes that for a name.
  const named = (values: Values) => Object.fromEntries(values.map((value, index) => [`$${index + 1}`, value]))
  const isNamed = text.includes('$1')
  return {
    reader: statement.columns().length > 0,
    all: (values) => (isNamed ? statement.all(named(values as Values)) : statement.all(...(values as Values))),
    run: (values) => (isNamed ? statement.run(named(values as Values)) : statement.run(...(values as Values))),
    iterate: (values) => statement.iterate(...(values as Values)),
  }
}
