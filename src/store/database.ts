import type { Kysely } from 'kysely'
import { ConfigurationError } from '../errors.ts'
import type { Tables } from './tables.ts'

/** Where queries go: a database, or a transaction on it. */
export type Sql = Kysely<Tables>

/** How a query is run. */
export interface QueryOptions {
  /** It may be lost when the power goes, and is quicker for it: a counter, for example. `false` by default. */
  readonly expendable?: boolean
}

/** What came of it. */
export interface QueryOutcome {
  readonly rows: unknown[]
  readonly rowCount: number
}

/** Hears of what other processes change. It has what it needs to itself: however busy the rest is, it is served. */
export interface Watch {
  query(text: string, values: readonly unknown[]): Promise<QueryOutcome>
  close(): void
}

/** An open database. Both kinds take the same queries. */
export interface Database {
  readonly kind: 'sqlite' | 'postgres'
  /** Whether it runs on another machine, which has a clock of its own. */
  readonly isRemote: boolean
  readonly sql: Sql
  /** All of it or nothing. On SQLite other queries wait meanwhile: nothing slow belongs into it. */
  transaction<Result>(change: (trx: Sql) => Promise<Result>): Promise<Result>
  /**
   * Work that may take long, as an index on a large table does: no limit of requests applies. On PostgreSQL on three
   * connections of its own; on SQLite there is one, and a transaction holds it.
   */
  unlimited<Result>(work: (db: Sql) => Promise<Result>): Promise<Result>
  /** A query that is written out, its values as `$1`, `$2` and so on. It is prepared once. */
  query(text: string, values: readonly unknown[], options?: QueryOptions): Promise<QueryOutcome>
  /** @param onChange Called at each change, and once where no more can be heard of: then queries fail, and it is time for another. */
  watch(onChange: () => void): Promise<Watch>
  /** Fails where the database cannot be asked now. */
  check(): Promise<void>
  close(): Promise<void>
}

/** How a database is opened. */
export interface OpenOptions {
  /** Whether a SQLite file is made where there is none. `true` by default. */
  readonly mayMake?: boolean
}

/**
 * Opens `sqlite:` and a path (made where there is none, mode 0600), `sqlite::memory:`, or a `postgres://` address.
 * @throws {ConfigurationError} `database_invalid`, `package_missing`
 * @example const database = await openDatabase('sqlite:app.db')
 */
export async function openDatabase(url: string, options: OpenOptions = {}): Promise<Database> {
  const fault = faultOfAddress(url)
  // The address may hold a password: it is not repeated.
  if (fault !== undefined) throw new ConfigurationError('database_invalid', `A database ${fault}`)
  if (isOfPostgres(url)) return (await import('./postgres.ts')).openPostgres(url)
  return (await import('./sqlite.ts')).openSqlite(url.slice('sqlite:'.length), options)
}

/** What is wrong with an address, as far as it can be seen without opening it; `undefined` where nothing is. */
export function faultOfAddress(url: string): string | undefined {
  if (isOfPostgres(url)) return undefined
  // To SQLAlchemy three slashes are a path in the working directory, to others one from the root on.
  if (url.startsWith('sqlite://')) {
    return "has no slashes behind 'sqlite:' but those of its path: write 'sqlite:app.db' for a file in the working directory, 'sqlite:/var/lib/app.db' for one anywhere"
  }
  return /^sqlite:./.test(url) ? undefined : "must be 'sqlite:' and a path, or 'postgres://…'"
}

/** Whether it is an address of PostgreSQL, readable or not. */
export function isOfPostgres(url: string): boolean {
  return /^postgres(?:ql)?:\/\//.test(url)
}
