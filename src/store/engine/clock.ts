import { type RawBuilder, sql } from 'kysely'
import type { Database, Sql } from './database.ts'
import { engineOf } from './engine-of.ts'

/**
 * SQL for the database's clock, in milliseconds since 1970. It is the one clock that all processes share; SQLite uses
 * that of its machine. On PostgreSQL it is not `now()`, which stands still within a transaction.
 */
export const clockText: Readonly<Record<Database['kind'], string>> = {
  sqlite: "CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)",
  postgres: 'floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint',
}

function clockOf(kind: Database['kind']): RawBuilder<number | string> {
  return sql.raw(clockText[kind])
}

export async function readClock(db: Sql): Promise<Date> {
  const { rows } = await sql<{ now: number | string }>`SELECT ${clockOf(engineOf(db))} AS now`.execute(db)
  return new Date(Number(rows[0]?.now))
}

/**
 * Records when a process last read the database's clock. @returns The time recorded before; `undefined` if there was
 * none.
 */
export async function noteClock(db: Sql, now: Date): Promise<Date | undefined> {
  const before = await db.selectFrom('hallpass_clock').select('seen_at').where('id', '=', 1).executeTakeFirst()
  await db
    .insertInto('hallpass_clock')
    .values({ id: 1, seen_at: now.getTime() })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ seen_at: now.getTime() }))
    .execute()
  return before && new Date(Number(before.seen_at))
}
