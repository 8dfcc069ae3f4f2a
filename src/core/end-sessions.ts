import { endOfSession } from '../revocations/revocation.ts'
import type { AuditEventName } from '../store/audit.ts'
import type { Sql } from '../store/engine/database.ts'
import { findSessionIds, hasMoreSessions, lockUser, type SessionsOfUser } from '../store/sessions/session-batches.ts'
import { type EndedSession, type RevocationReason, revokeSessions } from '../store/sessions/sessions.ts'
import { type Change, type ChangeParts, commit } from './change.ts'
import { makeEvent, type RequestOrigin } from './events.ts'

/** Small enough that other requests do not wait noticeably: about ten milliseconds on SQLite. */
export const batchSize = 100

/** Ends a session and revokes its access tokens. @returns `false` if it had already ended or never existed. */
export function endSession(
  parts: ChangeParts,
  { id, userId }: { readonly id: string; readonly userId?: string },
  why: RevocationReason,
  origin: RequestOrigin = parts.operator,
): Promise<boolean> {
  return commit(parts, async (trx) => {
    const at = parts.now()
    const ended = await revokeSessions(trx, userId === undefined ? { id } : { id, userId }, why, at)
    return { result: ended.length > 0, ...endings(ended, { why, at, origin }) }
  })
}

/**
 * Ends sessions of a user and revokes their access tokens, one batch at a time. @returns How many had not ended before.
 */
export async function endSessions(
  parts: ChangeParts,
  sessions: SessionsOfUser,
  why: RevocationReason,
  origin: RequestOrigin = parts.operator,
): Promise<number> {
  for (let total = 0; ; ) {
    const { count, isLast } = await endBatch(parts, sessions, why, origin)
    total += count
    if (isLast) return total
  }
}

/**
 * Ends the sessions that exceed one batch, before a change that ends all sessions in its own transaction. The change
 * itself must end the rest.
 * @param rehearsal The change up to the last point at which it can fail, without what it ends. It is rolled back. If it
 * returns nothing, the change itself will be refused, so no session is ended.
 * @throws whatever the rehearsal throws; no session is ended then either
 */
export async function endSurplus(
  parts: ChangeParts,
  sessions: SessionsOfUser,
  why: RevocationReason,
  origin: RequestOrigin = parts.operator,
  rehearsal: (trx: Sql) => Promise<unknown> = async () => true,
): Promise<void> {
  const isSurplus = () => hasMoreSessions(parts.database.sql, sessions, batchSize)
  if (!(await isSurplus()) || !(await rehearse(parts, rehearsal))) return
  do await endBatch(parts, sessions, why, origin)
  while (await isSurplus())
}

async function rehearse({ database }: ChangeParts, change: (trx: Sql) => Promise<unknown>): Promise<boolean> {
  const undo = new Error('This was a rehearsal')
  let isAccepted = false
  await database
    .transaction(async (trx) => {
      isAccepted = Boolean(await change(trx))
      throw undo
    })
    .catch((error) => {
      if (error !== undo) throw error
    })
  return isAccepted
}

function endBatch(
  parts: ChangeParts,
  sessions: SessionsOfUser,
  why: RevocationReason,
  origin: RequestOrigin,
): Promise<{ readonly count: number; readonly isLast: boolean }> {
  const { userId } = sessions
  return commit(parts, async (trx) => {
    const at = parts.now()
    await lockUser(trx, userId)
    const ids = await findSessionIds(trx, sessions, batchSize)
    const ended = ids.length === 0 ? [] : await revokeSessions(trx, { ids }, why, at)
    const result = { count: ended.length, isLast: ids.length < batchSize }
    return { result, ...endings(ended, { why, at, origin }) }
  })
}

/** Reasons that have their own event. All others are stated in `session_ended`. */
const eventOf: Partial<Record<RevocationReason, AuditEventName>> = {
  logout: 'logout',
  refresh_token_reused: 'refresh_token_reused',
}

function endings(
  ended: readonly EndedSession[],
  { why, at, origin }: { readonly why: RevocationReason; readonly at: Date; readonly origin: RequestOrigin },
): Pick<Change<unknown>, 'revoked' | 'events'> {
  const event = eventOf[why]
  const details = event === undefined ? { why } : {}
  return {
    revoked: ended.map(({ id }) => endOfSession(id)),
    events: ended.map(({ id, userId }) =>
      makeEvent(event ?? 'session_ended', at, origin, { userId, sessionId: id, details }),
    ),
  }
}
