import { batchSize } from '../../core/end-sessions.ts'
import { makeEvent, type RequestOrigin } from '../../core/events.ts'
import { endOfSession, type Revocation } from '../../revocations/revocation.ts'
import type { AuditEvent } from '../../store/audit.ts'
import type { Sql } from '../../store/engine/database.ts'
import {
  countEndedSessions,
  deleteEndedSessions,
  deleteLeastUsedSessions,
} from '../../store/sessions/session-batches.ts'
import type { BegunSession } from '../../store/sessions/sessions.ts'

/** A session that has just begun, in this transaction. */
export interface AddedSession extends BegunSession {
  readonly sessionsPerUser: number
  readonly at: Date
  readonly origin: RequestOrigin
}

/**
 * Ends the least recently used sessions of a user who was at the maximum before this one. To be called in the
 * transaction that began the new session, which has locked the user, so that concurrent logins do not exceed the
 * maximum either.
 *
 * These sessions are deleted. Of sessions that ended otherwise, no more are kept than may be alive, so the rows of a
 * user are bounded however often a robot logs in. The journal has what revokes their tokens, and the audit has what
 * happened.
 */
export async function makeRoom(
  trx: Sql,
  { session, isFullOfLiving, isFull, sessionsPerUser, at, origin }: AddedSession,
): Promise<{ readonly revoked: readonly Revocation[]; readonly events: readonly AuditEvent[] }> {
  const { id: exceptId, userId } = session
  if (isFull) {
    const surplus = (await countEndedSessions(trx, userId, sessionsPerUser + batchSize)) - sessionsPerUser
    if (surplus > 0) await deleteEndedSessions(trx, userId, surplus)
  }
  const limit = { keep: sessionsPerUser - 1, batch: batchSize, now: at }
  const ended = isFullOfLiving ? await deleteLeastUsedSessions(trx, { userId, exceptId }, limit) : []
  return {
    revoked: ended.map(endOfSession),
    events: ended.map((sessionId) =>
      makeEvent('session_ended', at, origin, { userId, sessionId, details: { why: 'session_limit' } }),
    ),
  }
}
