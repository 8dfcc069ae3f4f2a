import type { RequestOrigin } from '../../core/events.ts'
import { RequestError } from '../../errors.ts'
import { isOfSession, type RevocableClaims } from '../../revocations/judge.ts'
import { findUser } from '../../store/users/users.ts'
import type { PasswordAttempt } from '../passwords/with-password.ts'
import { normalUsername } from '../users/names.ts'
import type { SessionParts } from './parts.ts'

/** Whom a guarded request comes from. */
export interface Caller {
  readonly userId: string
  /** `undefined` for a token that the application made itself: it belongs to no session. */
  readonly sessionId: string | undefined
}

/** The session that an access token belongs to, as revocations see it: a `sid` that they would not reach names none. */
export function sessionIdOf(claims: RevocableClaims): string | undefined {
  return isOfSession(claims) ? (claims.sid as string) : undefined
}

/** A session as a device. Its token was checked: who has it is no stranger. One without a session shows nothing. */
export function deviceOfSession(sessionId: string | undefined): string | null {
  return sessionId === undefined ? null : `session ${sessionId}`
}

/** @throws {RequestError} `invalid_credentials` if the caller is no user, or none any more */
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
