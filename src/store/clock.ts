import { type RawBuilder, sql } from 'kysely'
import type { Database, Sql } from './database.ts'

/**
 * The clock of the database, in milliseconds since 1970: the one that all processes have in common. SQLite has that of its
 * machine. Not PostgreSQL's `now()`, which stands still within a transaction.
 */
export const clockText: Readonly<Record<Database['kind'], string>> = {
  sqlite: "CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)",
  postgres: 'floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint',
}

export function clockOf(kind: Database['kind']): RawBuilder<number | string> {
  return sql.raw(clockText[kind])
}

export async function readClock(db: Sql, kind: Database['kind']): Promise<Date> {
  const { rows } = await sql<{ now: number | string }>`SELECT ${clockOf(kind)} AS now`.execute(db)
  return new Date(Number(rows[0]?.now))
}
