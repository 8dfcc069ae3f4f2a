import type { Sql } from '../engine/database.ts'
import { firstIdAt } from '../engine/ids.ts'

/** Removes some of the sessions that were revoked before a time. @returns How many. */
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
 * Removes some of the sessions that ran out before a time, found by their age: an index of their ends would have to be
 * written at every refresh.
 * @param createdBefore All that were made before can have run out.
 * @returns How many.
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
 * Clears what nodes of 0.1.0 sealed before a time, when they replaced a refresh token: with the spent one it gives the good
 * one to anyone who can read the database.
 * @returns How many.
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
