import type { ChangeParts } from '../../core/change.ts'
import { endSession, endSessions } from '../../core/end-sessions.ts'
import type { RequestOrigin } from '../../core/events.ts'
import { RequestError } from '../../errors.ts'
import { isUuid } from '../../store/engine/ids.ts'
import type { SessionsOfUser } from '../../store/sessions/session-batches.ts'
import { findSession } from '../../store/sessions/sessions.ts'
import { removeDevices } from '../devices/own-devices.ts'
import type { Caller } from './caller.ts'

/**
 * Ends one of the caller's sessions. A session that is over already is left unchanged.
 * @throws {RequestError} `session_not_found`, also for another user's session
 */
export async function endSessionOfCaller(
  parts: ChangeParts,
  { userId }: Caller,
  id: string,
  origin: RequestOrigin,
): Promise<void> {
  const session = isUuid(id) ? await findSession(parts.database.sql, id) : undefined
  if (session?.userId !== userId) throw new RequestError('session_not_found', 'No such session')
  await endSession(parts, { id, userId }, 'ended_by_user', origin)
}

/**
 * Ends the caller's other sessions; all of them, for a caller without a session. No device stays trusted, including
 * this one.
 */
export async function endOtherSessions(parts: ChangeParts, caller: Caller, origin: RequestOrigin): Promise<number> {
  const ended = await endSessions(parts, othersOf(caller), 'ended_by_user', origin)
  // Last: a login that was ended with the others may have trusted its device.
  await removeDevices(parts, caller.userId, origin)
  return ended
}

/** All sessions of the caller's user, except the caller's own. */
export function othersOf({ userId, sessionId }: Caller): SessionsOfUser {
  return { userId, exceptId: sessionId }
}
