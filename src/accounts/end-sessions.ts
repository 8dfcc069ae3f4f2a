import { RequestError } from '../errors.ts'
import { endOfSession } from '../revocations/revocation.ts'
import { findSessionIds, hasMoreSessions, lockUser, type SessionsOfUser } from '../store/session-batches.ts'
import { type EndedSession, findSession, type RevocationReason, revokeSessions } from '../store/sessions.ts'
import type { Caller } from './caller.ts'
import { type Change, commit } from './commit.ts'
import { type ChangeParts, type Client, makeEvent } from './parts.ts'

/**
 * Ends one of the caller's sessions. One that is over already is left as it is.
 * @throws {RequestError} `session_not_found`, also for another user's
 */
export async function endSessionOfCaller(
  parts: ChangeParts,
  { userId }: Caller,
  id: string,
  client: Client,
): Promise<void> {
  // PostgreSQL takes no NUL for text: what cannot be an id is not asked for.
  const session = isUuid.test(id) ? await findSession(parts.database.sql, id) : undefined
  if (session?.userId !== userId) throw new RequestError('session_not_found', 'No such session')
  await endSession(parts, { id, userId }, 'ended_by_user', client)
}

/** How the id of a session looks. */
export const isUuid: RegExp = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Ends the caller's other sessions: all of them, for a caller without one. */
export function endOtherSessions(parts: ChangeParts, caller: Caller, client: Client): Promise<number> {
  return endSessions(parts, othersOf(caller), 'ended_by_user', client)
}

/** The sessions of a caller's user but its own. */
export function othersOf({ userId, sessionId }: Caller): SessionsOfUser {
  return { userId, exceptId: sessionId }
}

/** Few enough that no other request waits for them: ten milliseconds of SQLite. */
export const batchSize = 100

/** Ends a session with its access tokens. @returns `false` if it was over before, or never was. */
export function endSession(
  parts: ChangeParts,
  { id, userId }: { readonly id: string; readonly userId?: string },
  why: RevocationReason,
  client: Client = parts.operator,
): Promise<boolean> {
  return commit(parts, async (trx) => {
    const at = parts.now()
    const ended = await revokeSessions(trx, { id, ...(userId !== undefined && { userId }) }, why, at)
    return { result: ended.length > 0, ...endings(ended, { why, at, client }) }
  })
}

/** Ends sessions of a user with their access tokens, a batch at a time. @returns How many were not over before. */
export async function endSessions(
  parts: ChangeParts,
  sessions: SessionsOfUser,
  why: RevocationReason,
  client: Client = parts.operator,
): Promise<number> {
  for (let total = 0; ; ) {
    const { count, isLast } = await endBatch(parts, sessions, why, client)
    total += count
    if (isLast) return total
  }
}

/** Ends those that are too many for the transaction of a change that ends all. It has to end the rest itself. */
export async function endSurplus(
  parts: ChangeParts,
  sessions: SessionsOfUser,
  why: RevocationReason,
  client: Client = parts.operator,
): Promise<void> {
  while (await hasMoreSessions(parts.database.sql, sessions, batchSize)) await endBatch(parts, sessions, why, client)
}

function endBatch(
  parts: ChangeParts,
  sessions: SessionsOfUser,
  why: RevocationReason,
  client: Client,
): Promise<{ readonly count: number; readonly isLast: boolean }> {
  const { userId } = sessions
  return commit(parts, async (trx) => {
    const at = parts.now()
    await lockUser(trx, parts.database.kind, userId)
    const ids = await findSessionIds(trx, sessions, batchSize)
    const ended = ids.length === 0 ? [] : await revokeSessions(trx, { ids }, why, at)
    const result = { count: ended.length, isLast: ids.length < batchSize }
    return { result, ...endings(ended, { why, at, client }) }
  })
}

function endings(
  ended: readonly EndedSession[],
  { why, at, client }: { readonly why: RevocationReason; readonly at: Date; readonly client: Client },
): Pick<Change<unknown>, 'revoked' | 'events'> {
  return {
    revoked: ended.map(({ id }) => endOfSession(id)),
    events: ended.map(({ id, userId }) =>
      makeEvent('session_ended', at, client, { userId, sessionId: id, details: { why } }),
    ),
  }
}
