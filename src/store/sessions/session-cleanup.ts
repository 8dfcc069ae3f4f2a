import type { Sql } from '../engine/database.ts'
import { firstIdAt } from '../engine/ids.ts'

/** Deletes up to `limit` of the sessions that were revoked before a time. @returns How many were deleted. */
export async function deleteRevokedSessions(sql: Sql, before: Date, limit: number): Promise<number> {
  const { numDeletedRows } = await sql
    .deleteFrom('hallpass_sessions')
    .where('id', 'in', (query) =>
      query
        .selectFrom('hallpass_sessions')
        .select('id')
        .where('revoked_at', '<', before.getTime())
        .orderBy('revoked_at')
        .limit(limit),
    )
    .executeTakeFirst()
  return Number(numDeletedRows)
}

/**
 * Deletes up to `limit` of the sessions that expired before a time. They are found by their age, because an index on
 * the expiry would be written at every refresh.
 * @param createdBefore Only sessions created before this are examined.
 * @returns How many were deleted.
 */
export async function deleteExpiredSessions(
  sql: Sql,
  { expiredBefore, createdBefore }: { readonly expiredBefore: Date; readonly createdBefore: Date },
  limit: number,
): Promise<number> {
  const { numDeletedRows } = await sql
    .deleteFrom('hallpass_sessions')
    .where('id', 'in', (query) =>
      query
        .selectFrom('hallpass_sessions')
        .select('id')
        .where('id', '<', firstIdAt(createdBefore))
        .where('expires_at', '<', expiredBefore.getTime())
        .orderBy('id')
        .limit(limit),
    )
    .executeTakeFirst()
  return Number(numDeletedRows)
}

/**
 * Clears the refresh tokens that nodes of 0.1.0 encrypted, before a time, when they replaced one. Together with the
 * spent token, this value reveals the valid one to anyone who can read the database.
 * @returns How many were cleared.
 */
export async function clearSealedSuccessors(sql: Sql, before: Date, limit: number): Promise<number> {
  const { numUpdatedRows } = await sql
    .updateTable('hallpass_sessions')
    .set({ sealed_successor: null })
    .where('id', 'in', (query) =>
      query
        .selectFrom('hallpass_sessions')
        .select('id')
        .where('sealed_successor', 'is not', null)
        .where((either) =>
          either.or([either('previous_spent_at', 'is', null), either('previous_spent_at', '<', before.getTime())]),
        )
        .limit(limit),
    )
    .executeTakeFirst()
  return Number(numUpdatedRows)
}
