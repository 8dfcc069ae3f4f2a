import type { Sql } from './engine/database.ts'

/** Deletes up to `limit` of the expired counters. @returns How many were deleted. */
export async function deleteEndedCounters(sql: Sql, now: Date, limit: number): Promise<number> {
  const { numDeletedRows } = await sql
    .deleteFrom('hallpass_counters')
    .where('key', 'in', (query) =>
      query.selectFrom('hallpass_counters').select('key').where('expire', '<=', now.getTime()).limit(limit),
    )
    .executeTakeFirst()
  return Number(numDeletedRows)
}
