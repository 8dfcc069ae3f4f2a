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
 * Ends one of the caller's sessions. One that is over already is left as it is.
 * @throws {RequestError} `session_not_found`, also for another user's
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

/** Ends the caller's other sessions: all of them, for a caller without one. No device is trusted any more, this one neither. */
export async function endOtherSessions(parts: ChangeParts, caller: Caller, origin: RequestOrigin): Promise<number> {
  await removeDevices(parts, caller.userId, origin)
  return endSessions(parts, othersOf(caller), 'ended_by_user', origin)
}

/** The sessions of a caller's user but its own. */
export function othersOf({ userId, sessionId }: Caller): SessionsOfUser {
  return { userId, exceptId: sessionId }
}
