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
export interface Arrival extends BegunSession {
  readonly sessionsPerUser: number
  readonly at: Date
  readonly origin: RequestOrigin
}

/**
 * Ends the least recently used sessions of a user who had as many as are allowed before this one, to be called in the
 * transaction that began it, which has locked the user: so several at once do not exceed the limit either.
 *
 * They are removed, and of those that ended otherwise no more are kept than may live: however often a robot logs in, its
 * rows are bounded. What revokes their tokens is in the journal, and what happened is in the audit.
 */
export async function makeRoom(
  trx: Sql,
  { session, isFullOfLiving, isFull, sessionsPerUser, at, origin }: Arrival,
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
