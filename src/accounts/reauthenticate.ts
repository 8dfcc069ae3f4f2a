import { RequestError } from '../errors.ts'
import { findUser, type UserWithHash } from '../store/users.ts'
import { checkPassword, type ProvenUser } from './check-password.ts'
import { commit } from './commit.ts'
import { normalUsername } from './names.ts'
import { type Caller, type Client, makeEvent, type Parts } from './parts.ts'
import { createSessionToken } from './tokens.ts'

/**
 * A fresh access token for somebody who is logged in and gives the password once more.
 * @throws {RequestError} `invalid_credentials`, `rate_limited`, `overloaded`
 */
export async function reauthenticate(parts: Parts, caller: Caller, password: string, client: Client): Promise<string> {
  const { user } = await checkCallersPassword(parts, caller, password, client)
  await commit(parts, async () => ({
    result: undefined,
    events: [makeEvent('reauthenticated', parts.now(), client, { userId: user.id, sessionId: caller.sessionId })],
  }))
  return createSessionToken(parts, caller, user.roles, { fresh: true, authenticatedAt: parts.now() })
}

/** @throws {RequestError} as `checkPassword` */
export async function checkCallersPassword(
  parts: Parts,
  { userId, sessionId }: Caller,
  password: string,
  client: Client,
): Promise<ProvenUser> {
  const user = await findUser(parts.database.sql, userId)
  // The token was checked: who has it is no stranger. One without a session shows nothing.
  const device = sessionId ? `session ${sessionId}` : null
  return checkPassword(parts, { account: accountOf(user), user, password, client, device })
}

function accountOf(user: UserWithHash | undefined): string {
  if (user === undefined) throw new RequestError('invalid_credentials', 'Bad username or password')
  return normalUsername(user.username) ?? user.username
}
