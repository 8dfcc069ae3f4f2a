import { endOfSession } from '../revocations/revocation.ts'
import type { AuditEventName } from '../store/audit.ts'
import type { Sql } from '../store/engine/database.ts'
import { findSessionIds, hasMoreSessions, lockUser, type SessionsOfUser } from '../store/sessions/session-batches.ts'
import { type EndedSession, type RevocationReason, revokeSessions } from '../store/sessions/sessions.ts'
import { type Change, type ChangeParts, commit } from './change.ts'
import { makeEvent, type RequestOrigin } from './events.ts'

/** Few enough that no other request waits for them: ten milliseconds of SQLite. */
export const batchSize = 100

/** Ends a session with its access tokens. @returns `false` if it was over before, or never was. */
export function endSession(
  parts: ChangeParts,
  { id, userId }: { readonly id: string; readonly userId?: string },
  why: RevocationReason,
  origin: RequestOrigin = parts.operator,
): Promise<boolean> {
  return commit(parts, async (trx) => {
    const at = parts.now()
    const ended = await revokeSessions(trx, { id, ...(userId !== undefined && { userId }) }, why, at)
    return { result: ended.length > 0, ...endings(ended, { why, at, origin }) }
  })
}

/** Ends sessions of a user with their access tokens, a batch at a time. @returns How many were not over before. */
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
 * Ends those that are too many for the transaction of a change that ends all. It has to end the rest itself.
 * @param rehearsal The change up to its last refusal, without what it ends. It is undone. No session ends where it answers
 *   nothing, because the change itself is then refused.
 * @throws whatever the rehearsal throws: then no session ends either
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

/** The ends that have an event of their own. The others say why. */
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
