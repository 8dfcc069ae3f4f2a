import type { Selectable } from 'kysely'
import type { Sql } from '../engine/database.ts'
import { engineOf } from '../engine/engine-of.ts'
import { type SessionRow, sessionColumns } from '../tables.ts'

/** Sessions of one user that have not been ended, newest first by id. */
export interface SessionsOfUser {
  readonly userId: string
  /** Excludes this session. */
  readonly exceptId?: string | undefined
  /** Only sessions with lower ids. */
  readonly beforeId?: string | undefined
}

/**
 * Locks a user, so that only one transaction at a time changes many of the user's sessions. Two would wait for each
 * other's rows. SQLite needs no lock, because it has one writer.
 */
export async function lockUser(trx: Sql, id: string): Promise<void> {
  if (engineOf(trx) === 'sqlite') return
  await trx.selectFrom('hallpass_users').select('id').where('id', '=', id).forNoKeyUpdate().execute()
}

/** The ids of up to `limit` sessions. */
export async function findSessionIds(db: Sql, sessions: SessionsOfUser, limit: number): Promise<string[]> {
  const rows = await selectOf(db, sessions).select('id').limit(limit).execute()
  return rows.map(({ id }) => id)
}

/** Whether there are more than `count` sessions. */
export async function hasMoreSessions(db: Sql, sessions: SessionsOfUser, count: number): Promise<boolean> {
  return (await selectOf(db, sessions).select('id').offset(count).limit(1).execute()).length > 0
}

/** The rows of up to `limit` sessions, some of which may have expired. */
export function findSessionRows(db: Sql, sessions: SessionsOfUser, limit: number): Promise<Selectable<SessionRow>[]> {
  return selectOf(db, sessions).select(sessionColumns).limit(limit).execute()
}

/** In the order of the index, so that no more rows are read than are asked for. */
function selectOf(db: Sql, { userId, exceptId, beforeId }: SessionsOfUser) {
  return db
    .selectFrom('hallpass_sessions')
    .where('user_id', '=', userId)
    .where('revoked_at', 'is', null)
    .$if(exceptId !== undefined, (query) => query.where('id', '<>', exceptId as string))
    .$if(beforeId !== undefined, (query) => query.where('id', '<', beforeId as string))
    .orderBy('revoked_at', 'desc')
    .orderBy('id', 'desc')
}

/** Deletes up to `limit` of a user's ended sessions, those that ended first. @returns How many were deleted. */
export async function deleteEndedSessions(db: Sql, userId: string, limit: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('hallpass_sessions')
    .where('id', 'in', (query) =>
      query
        .selectFrom('hallpass_sessions')
        .select('id')
        .where('user_id', '=', userId)
        .where('revoked_at', 'is not', null)
        .orderBy('revoked_at')
        .limit(limit),
    )
    .executeTakeFirst()
  return Number(numDeletedRows)
}

/** How many of the oldest sessions, beyond those that may stay, are searched for the least recently used. */
const lookedAt = 250

/**
 * Deletes sessions of a user, expired ones first and then the least recently used, until at most `keep` are left apart
 * from one. If there are far more, each call deletes one batch.
 * @returns The ids of the deleted sessions that had not expired.
 */
export async function deleteLeastUsedSessions(
  trx: Sql,
  { userId, exceptId }: { readonly userId: string; readonly exceptId: string },
  { keep, batch, now }: { readonly keep: number; readonly batch: number; readonly now: Date },
): Promise<string[]> {
  const rows = await trx
    .selectFrom('hallpass_sessions')
    .select(['id', 'last_used_at', 'idle_expires_at', 'expires_at'])
    .where('user_id', '=', userId)
    .where('revoked_at', 'is', null)
    .where('id', '<>', exceptId)
    .orderBy('revoked_at')
    .orderBy('id')
    .limit(keep + lookedAt)
    .execute()
  const found = rows.map(({ id, last_used_at, idle_expires_at, expires_at }) => {
    const hasEnded = Math.min(Number(idle_expires_at), Number(expires_at)) <= now.getTime()
    return { id, hasEnded, usedAt: hasEnded ? Number.NEGATIVE_INFINITY : Number(last_used_at) }
  })
  const surplus = Math.min(batch, found.length - keep)
  if (surplus <= 0) return []
  const chosen = found.toSorted((a, b) => (a.usedAt < b.usedAt ? -1 : a.usedAt > b.usedAt ? 1 : 0)).slice(0, surplus)
  const ids = chosen.map(({ id }) => id)
  const deleted = await trx
    .deleteFrom('hallpass_sessions')
    .where('id', 'in', ids)
    .where('revoked_at', 'is', null)
    .returning('id')
    .execute()
  const ended = new Set(chosen.filter(({ hasEnded }) => hasEnded).map(({ id }) => id))
  return deleted.map(({ id }) => id).filter((id) => !ended.has(id))
}

/** How many ended sessions a user has, counting no further than `limit`. */
export async function countEndedSessions(db: Sql, userId: string, limit: number): Promise<number> {
  const { count } = await db
    .selectFrom((query) =>
      query
        .selectFrom('hallpass_sessions')
        .select('id')
        .where('user_id', '=', userId)
        .where('revoked_at', 'is not', null)
        .limit(limit)
        .as('ended'),
    )
    .select((query) => query.fn.countAll().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}
