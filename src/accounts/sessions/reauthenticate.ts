import { commit } from '../../core/change.ts'
import { makeEvent, type RequestOrigin } from '../../core/events.ts'
import { RequestError } from '../../errors.ts'
import { findUser } from '../../store/users.ts'
import { type PasswordAttempt, withPassword } from '../passwords/with-password.ts'
import { normalUsername } from '../users/names.ts'
import type { Caller } from './caller.ts'
import type { Keeping, SessionParts } from './parts.ts'
import { createSessionToken } from './tokens/access-token.ts'
import { livingSession } from './tokens/living-session.ts'

/**
 * A fresh access token for a user who is logged in and gives the password once more.
 * @throws {RequestError} `session_required`, `invalid_credentials`, `rate_limited`, `overloaded`, `unavailable`
 * @throws {TokenError} `token_revoked` if the session ends meanwhile
 */
export async function reauthenticate(
  parts: SessionParts,
  caller: Caller,
  password: string,
  origin: RequestOrigin,
  how: Keeping = {},
): Promise<string> {
  const { sessionId } = caller
  if (sessionId === undefined) {
    throw new RequestError('session_required', 'This token does not belong to a session: log in')
  }
  const attempt = await attemptOfCaller(parts, caller, password, origin)
  const subject = await withPassword(parts, attempt, ({ user }) =>
    commit(parts, async (trx) => {
      const at = parts.now()
      const found = await livingSession(trx, { userId: user.id, sessionId }, at)
      if (found.passwordHash !== user.passwordHash) return { result: undefined, events: [] }
      return {
        result: found.subject,
        events: [makeEvent('reauthenticated', at, origin, { userId: user.id, sessionId })],
      }
    }),
  )
  return createSessionToken(parts, subject, { fresh: true, authenticatedAt: parts.now(), ...how })
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
  // The token was checked: who has it is no stranger. One without a session shows nothing.
  const device = sessionId === undefined ? null : `session ${sessionId}`
  return { account: normalUsername(user.username) ?? user.username, find, password, origin, device: () => device }
}
