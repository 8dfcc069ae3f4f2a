import { uuidv7 } from 'uuidv7'
import { RequestError } from '../errors.ts'
import { insertSession } from '../store/sessions.ts'
import { findUserByUsername, noteLogin } from '../store/users.ts'
import { checkPassword } from './check-password.ts'
import { commit } from './commit.ts'
import { normalUsername } from './names.ts'
import { type Client, later, makeEvent, type Parts, type Tokens } from './parts.ts'
import { makeRefreshToken } from './refresh-token.ts'
import { createSessionToken } from './tokens.ts'

/**
 * Starts a session for whoever knows the password. Its access token is fresh.
 * @throws {RequestError} `invalid_credentials`, `rate_limited`, `overloaded`
 */
export async function login(
  parts: Parts,
  { username, password }: { readonly username: string; readonly password: string },
  client: Client,
): Promise<Tokens> {
  const { database, lifetimes, now } = parts
  const account = normalUsername(username)
  const found = await findUserByUsername(database.sql, account ?? '')
  const { user, newHash } = await checkPassword(parts, { account: account ?? username, user: found, password, client })

  const sessionId = uuidv7()
  const authenticatedAt = now()
  const refreshToken = makeRefreshToken()
  await commit(parts, async (trx) => {
    const at = now()
    // Disabled, or given another password, while this one was checked: the change must win.
    const holds = await noteLogin(trx, { id: user.id, checkedHash: user.passwordHash, newHash, now: at })
    if (!holds) throw new RequestError('invalid_credentials', 'Bad username or password')
    await insertSession(trx, {
      id: sessionId,
      userId: user.id,
      familyHash: refreshToken.familyHash,
      refreshHash: refreshToken.hash,
      now: at,
      idleExpiresAt: later(at, lifetimes.refreshTokenSeconds),
      expiresAt: later(at, lifetimes.sessionSeconds),
      ...client,
    })
    return { result: undefined, events: [makeEvent('login_succeeded', at, client, { userId: user.id, sessionId })] }
  })
  const accessToken = createSessionToken(parts, { userId: user.id, sessionId, generation: 1 }, user.roles, {
    fresh: true,
    authenticatedAt,
  })
  return { accessToken, refreshToken: refreshToken.text }
}
