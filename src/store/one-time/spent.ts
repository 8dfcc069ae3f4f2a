import type { Sql } from '../engine/database.ts'

/**
 * Uses up a challenge that clients carry themselves, by its hash: of many at once one succeeds.
 * @param expiresAt When the challenge is void by itself: its row is deleted after that.
 * @returns Whether it was not used up before.
 */
export async function spendOnce(sql: Sql, hash: string, expiresAt: Date): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await sql
    .insertInto('hallpass_spent')
    .values({ hash, expires_at: expiresAt.getTime() })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

/** Removes some that are void by themselves. @returns How many. */
export async function deleteEndedSpent(sql: Sql, at: Date, limit: number): Promise<number> {
  const { numDeletedRows } = await sql
    .deleteFrom('hallpass_spent')
    .where('hash', 'in', (query) =>
      query.selectFrom('hallpass_spent').select('hash').where('expires_at', '<', at.getTime()).limit(limit),
    )
    .executeTakeFirst()
  return Number(numDeletedRows)
}
