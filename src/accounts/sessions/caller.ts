import type { RequestOrigin } from '../../core/events.ts'
import { isText } from '../../core/text.ts'
import { RequestError } from '../../errors.ts'
import { isOfSession, type RevocableClaims } from '../../revocations/judge.ts'
import { findUser } from '../../store/users/users.ts'
import type { PasswordAttempt } from '../passwords/with-password.ts'
import { normalUsername } from '../users/names.ts'
import type { SessionParts } from './parts.ts'

/** The user that a guarded request comes from. */
export interface Caller {
  readonly userId: string
  /** `undefined` for a token that the application issued itself, which belongs to no session. */
  readonly sessionId: string | undefined
}

/** A caller in a session. */
export interface SessionCaller {
  readonly userId: string
  readonly sessionId: string
}

/** @throws {RequestError} `session_required` for a token that belongs to no session */
export function requireSession({ userId, sessionId }: Caller): SessionCaller {
  if (sessionId !== undefined) return { userId, sessionId }
  throw new RequestError('session_required', 'This token does not belong to a session: log in')
}

/**
 * The session that an access token belongs to, as revocations see it. A `sid` that revocations would not match does not
 * count.
 */
export function sessionIdOf(claims: RevocableClaims): string | undefined {
  return isOfSession(claims) && isText(claims.sid) ? claims.sid : undefined
}

/**
 * A session that counts as a device. Its token was checked, so the client is no stranger. Without a session, there is
 * no such device.
 */
export function deviceOfSession(sessionId: string | undefined): string | null {
  return sessionId === undefined ? null : `session ${sessionId}`
}

/** @throws {RequestError} `invalid_credentials` if the user does not exist, or no longer exists */
export async function attemptOfCaller(
  { database }: Pick<SessionParts, 'database'>,
  { userId, sessionId }: Caller,
  password: string,
  origin: RequestOrigin,
): Promise<PasswordAttempt> {
  const find = () => findUser(database.sql, userId)
  const user = await find()
  if (user === undefined) throw new RequestError('invalid_credentials', 'Bad username or password')
  const device = deviceOfSession(sessionId)
  return { account: normalUsername(user.username) ?? user.username, find, password, origin, device: () => device }
}
