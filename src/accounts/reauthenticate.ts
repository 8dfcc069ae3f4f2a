import { RequestError } from '../errors.ts'
import { findUser } from '../store/users.ts'
import type { Caller } from './caller.ts'
import { commit } from './commit.ts'
import { livingSession } from './living-session.ts'
import { normalUsername } from './names.ts'
import { type Client, type Keeping, makeEvent, type Parts } from './parts.ts'
import { createSessionToken } from './tokens.ts'
import { type PasswordAttempt, withPassword } from './with-password.ts'

/**
 * A fresh access token for a user who is logged in and gives the password once more.
 * @throws {RequestError} `session_required`, `invalid_credentials`, `rate_limited`, `overloaded`, `unavailable`
 * @throws {TokenError} `token_revoked` if the session ends meanwhile
 */
export async function reauthenticate(
  parts: Parts,
  caller: Caller,
  password: string,
  client: Client,
  how: Keeping = {},
): Promise<string> {
  const { sessionId } = caller
  if (sessionId === undefined) {
    throw new RequestError('session_required', 'This token does not belong to a session: log in')
  }
  const attempt = await attemptOfCaller(parts, caller, password, client)
  const subject = await withPassword(parts, attempt, ({ user }) =>
    commit(parts, async (trx) => {
      const at = parts.now()
      const found = await livingSession(trx, { userId: user.id, sessionId }, at)
      if (found.passwordHash !== user.passwordHash) return { result: undefined, events: [] }
      return {
        result: found.subject,
        events: [makeEvent('reauthenticated', at, client, { userId: user.id, sessionId })],
      }
    }),
  )
  return createSessionToken(parts, subject, { fresh: true, authenticatedAt: parts.now(), ...how })
}

/** @throws {RequestError} `invalid_credentials` if the caller is no user, or none any more */
export async function attemptOfCaller(
  { database }: Pick<Parts, 'database'>,
  { userId, sessionId }: Caller,
  password: string,
  client: Client,
): Promise<PasswordAttempt> {
  const find = () => findUser(database.sql, userId)
  const user = await find()
  if (user === undefined) throw new RequestError('invalid_credentials', 'Bad username or password')
  // The token was checked: who has it is no stranger. One without a session shows nothing.
  const device = sessionId === undefined ? null : `session ${sessionId}`
  return { account: normalUsername(user.username) ?? user.username, find, password, client, device: () => device }
}
