import { CompiledQuery, type Kysely } from 'kysely'
import { ConfigurationError } from '../errors.ts'
import type { Tables } from './tables.ts'

/** Where queries go: a database, or a transaction on it. */
export type Sql = Kysely<Tables>

/** An open database. Both kinds take the same queries. */
export interface Database {
  readonly kind: 'sqlite' | 'postgres'
  readonly sql: Sql
  /** All of it or nothing. On SQLite other queries wait meanwhile: nothing slow belongs into it. */
  transaction<Result>(change: (trx: Sql) => Promise<Result>): Promise<Result>
  /** A query of another library, its values as `$1`, `$2` and so on. */
  query(text: string, values: readonly unknown[]): Promise<{ readonly rows: unknown[]; readonly rowCount: number }>
  /** Fails where the database cannot be asked now. */
  check(): Promise<void>
  close(): Promise<void>
}

/**
 * Opens `sqlite:` and a path (made where there is none, mode 0600), `sqlite::memory:`, or a `postgres://` address.
 * @throws {ConfigurationError} `database_invalid`, `package_missing`
 * @example const database = await openDatabase('sqlite:app.db')
 */
export async function openDatabase(url: string): Promise<Database> {
  if (/^postgres(?:ql)?:\/\//.test(url)) return (await import('./postgres.ts')).openPostgres(url)
  if (/^sqlite:./.test(url)) return (await import('./sqlite.ts')).openSqlite(url.slice('sqlite:'.length))
  // The address may hold a password: it is not repeated.
  throw new ConfigurationError('database_invalid', "A database is 'sqlite:' and a path, or 'postgres://…'")
}

/** `query` of a `Database`. */
export async function runQuery(
  sql: Sql,
  text: string,
  values: readonly unknown[],
): Promise<{ readonly rows: unknown[]; readonly rowCount: number }> {
  const { rows, numAffectedRows } = await sql.executeQuery(CompiledQuery.raw(text, [...values]))
  return { rows, rowCount: numAffectedRows === undefined ? rows.length : Number(numAffectedRows) }
}
