import type { Sql } from './engine/database.ts'

/** Removes some of the counters that have run out. @returns How many. */
export async function deleteEndedCounters(sql: Sql, now: Date, limit: number): Promise<number> {
  const { numDeletedRows } = await sql
    .deleteFrom('hallpass_counters')
    .where('key', 'in', (query) =>
      query.selectFrom('hallpass_counters').select('key').where('expire', '<=', now.getTime()).limit(limit),
    )
    .executeTakeFirst()
  return Number(numDeletedRows)
}
