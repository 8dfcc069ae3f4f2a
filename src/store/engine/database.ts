import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'

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
   * Work that may take long, as an index on a large table does: no limit of requests applies. On PostgreSQL on at most three
   * connections of its own; on SQLite there is one, and a transaction holds it.
   */
  unlimited<Result>(work: (db: Sql) => Promise<Result>, options?: UnlimitedOptions): Promise<Result>
  /** A query that is written out, its values as `$1`, `$2` and so on. It is prepared once. */
  query(text: string, values: readonly unknown[], options?: QueryOptions): Promise<QueryOutcome>
  /** @param onChange Called at each change, and once where no more can be heard of: then queries fail, and it is time for another. */
  watch(onChange: () => void): Promise<Watch>
  /** Fails where the database cannot be asked now. */
  check(): Promise<void>
  close(): Promise<void>
}

/** What limits work that may take long. */
export interface UnlimitedOptions {
  /**
   * A query of PostgreSQL's that has no answer after this fails, and its connection is closed: for a connection that only
   * holds something, and whose loss has to be noticed. For ever by default.
   */
  readonly answerMilliseconds?: number
}

/** How a database is opened. */
export interface OpenOptions {
  /** Whether a SQLite file is made where there is none. `true` by default. */
  readonly mayMake?: boolean
}
