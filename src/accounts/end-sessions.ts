import { RequestError } from '../errors.ts'
import { endOfSession } from '../revocations/revocation.ts'
import { findSession, type RevocationReason, revokeSessions, type SessionChoice } from '../store/sessions.ts'
import type { Caller } from './caller.ts'
import { commit } from './commit.ts'
import { type ChangeParts, type Client, makeEvent, operator } from './parts.ts'

/**
 * Ends one of the caller's sessions. One that is over already is left as it is.
 * @throws {RequestError} `session_not_found`, also for somebody else's
 */
export async function endSessionOfCaller(
  parts: ChangeParts,
  { userId }: Caller,
  id: string,
  client: Client,
): Promise<void> {
  // PostgreSQL takes no NUL for text: what cannot be an id is not asked for.
  const session = isUuid.test(id) ? await findSession(parts.database.sql, id) : undefined
  if (session?.userId !== userId) throw new RequestError('session_not_found', 'There is no such session')
  await endSessions(parts, { id, userId }, 'ended_by_user', client)
}

const isUuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Ends the caller's other sessions: all of them, for a caller without one. */
export function endOtherSessions(parts: ChangeParts, { userId, sessionId }: Caller, client: Client): Promise<string[]> {
  const others = { userId, ...(sessionId !== undefined && { exceptId: sessionId }) }
  return endSessions(parts, others, 'ended_by_user', client)
}

/** Ends sessions with their access tokens. @returns The ids of those that were not over before. */
export function endSessions(
  parts: ChangeParts,
  choice: SessionChoice,
  why: RevocationReason,
  client: Client = operator,
): Promise<string[]> {
  return commit(parts, async (trx) => {
    const at = parts.now()
    const ended = await revokeSessions(trx, choice, why, at)
    const { userId = null } = choice
    return {
      result: ended,
      revoked: ended.map(endOfSession),
      events: ended.map((sessionId) => makeEvent('session_ended', at, client, { userId, sessionId, details: { why } })),
    }
  })
}
