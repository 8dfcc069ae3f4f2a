import type { Selectable } from 'kysely'
import type { Sql } from '../engine/database.ts'
import { engineOf } from '../engine/engine-of.ts'
import { type SessionRow, sessionColumns } from '../tables.ts'

/** Sessions of one user that were not ended, in the order of their ids, the newest first. */
export interface SessionsOfUser {
  readonly userId: string
  /** All but this one. */
  readonly exceptId?: string | undefined
  /** Those with lesser ids. */
  readonly beforeId?: string | undefined
}

/** Many sessions of a user are changed by one transaction at a time, or two would wait for each other's rows. SQLite has one writer. */
export async function lockUser(trx: Sql, id: string): Promise<void> {
  if (engineOf(trx) === 'sqlite') return
  await trx.selectFrom('hallpass_users').select('id').where('id', '=', id).forNoKeyUpdate().execute()
}

/** A bounded number of them. */
export async function findSessionIds(db: Sql, sessions: SessionsOfUser, limit: number): Promise<string[]> {
  const rows = await selectOf(db, sessions).select('id').limit(limit).execute()
  return rows.map(({ id }) => id)
}

/** Whether there are more of them than a number. */
export async function hasMoreSessions(db: Sql, sessions: SessionsOfUser, count: number): Promise<boolean> {
  return (await selectOf(db, sessions).select('id').offset(count).limit(1).execute()).length > 0
}

/** A bounded number of them, whole; some may have run out. */
export function findSessionRows(db: Sql, sessions: SessionsOfUser, limit: number): Promise<Selectable<SessionRow>[]> {
  return selectOf(db, sessions).select(sessionColumns).limit(limit).execute()
}

/** As the index has them, so that no more rows are read than asked for. */
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

/** Removes some of the sessions of a user that were ended, the oldest ends first. @returns How many. */
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

/** How far from the oldest sessions on the least recently used are looked for, beyond those that may stay. */
const lookedAt = 250

/**
 * Removes the least recently used sessions of a user, those that ran out first, until no more than some are left beside one. A user
 * who has far more is brought down by a batch at each call.
 * @returns The ids of those that lived.
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
    const isOver = Math.min(Number(idle_expires_at), Number(expires_at)) <= now.getTime()
    return { id, isOver, usedAt: isOver ? Number.NEGATIVE_INFINITY : Number(last_used_at) }
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
  const over = new Set(chosen.filter(({ isOver }) => isOver).map(({ id }) => id))
  return deleted.map(({ id }) => id).filter((id) => !over.has(id))
}

/** How many ended sessions a user has, counted up to a number. */
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
