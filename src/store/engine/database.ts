import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'

/** Where queries go: a database, or a transaction on it. */
export type Sql = Kysely<Tables>

/** How a query is run. */
export interface QueryOptions {
  /**
   * Whether the write may be lost in a power failure, in return for speed: a counter, for example. `false` by default.
   */
  readonly expendable?: boolean
}

/** The result of a query. */
export interface QueryOutcome {
  readonly rows: unknown[]
  readonly rowCount: number
}

/**
 * Reports what other processes change. On PostgreSQL it has a connection of its own, so it works however busy the others
 * are; SQLite has one connection.
 */
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
  /** Commits everything or nothing. On SQLite, all other queries wait meanwhile, so nothing slow belongs in it. */
  transaction<Result>(change: (trx: Sql) => Promise<Result>): Promise<Result>
  /**
   * Runs work that may take long, such as creating an index on a large table, without the time limits of requests.
   * PostgreSQL uses up to three connections of its own for it; SQLite has one connection, which a transaction occupies.
   */
  unlimited<Result>(work: (db: Sql) => Promise<Result>, options?: UnlimitedOptions): Promise<Result>
  /** Runs a query given as SQL text, with its values as `$1`, `$2` and so on. It is prepared once. */
  query(text: string, values: readonly unknown[], options?: QueryOptions): Promise<QueryOutcome>
  /**
   * @param onChange Called at each change, and once when the connection is lost: queries then fail, and the caller
   * opens another watch.
   */
  watch(onChange: () => void): Promise<Watch>
  /** Fails if the database cannot be reached at the moment. */
  check(): Promise<void>
  close(): Promise<void>
}

/** Limits for work that may take long. */
export interface UnlimitedOptions {
  /**
   * A PostgreSQL query without an answer after this time fails, and its connection is closed. This is for a connection
   * that only holds a lock, whose loss has to be noticed. No limit by default.
   */
  readonly answerMilliseconds?: number
}

/** How a database is opened. */
export interface OpenOptions {
  /** Whether a missing SQLite file is created. `true` by default. */
  readonly mayMake?: boolean
}
