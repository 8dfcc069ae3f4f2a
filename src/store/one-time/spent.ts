import type { Sql } from '../engine/database.ts'

/**
 * Uses up a challenge that clients carry themselves, by its hash: of several concurrent calls, one succeeds.
 * @param expiresAt When the challenge itself expires. Its row is deleted an hour after that, because clocks differ.
 * @returns Whether it had not been used before.
 */
export async function spendOnce(sql: Sql, hash: string, expiresAt: Date): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await sql
    .insertInto('hallpass_spent')
    .values({ hash, expires_at: expiresAt.getTime() })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

/** Deletes up to `limit` rows whose challenges had expired at a time. @returns How many were deleted. */
export async function deleteEndedSpent(sql: Sql, at: Date, limit: number): Promise<number> {
  const { numDeletedRows } = await sql
    .deleteFrom('hallpass_spent')
    .where('hash', 'in', (query) =>
      query.selectFrom('hallpass_spent').select('hash').where('expires_at', '<', at.getTime()).limit(limit),
    )
    .executeTakeFirst()
  return Number(numDeletedRows)
}
