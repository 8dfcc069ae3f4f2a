import { uuidv7 } from 'uuidv7'
import { RequestError } from '../errors.ts'
import type { Sql } from '../store/database.ts'
import { insertSession } from '../store/sessions.ts'
import { findSubject } from '../store/token-subjects.ts'
import { findUser, noteLogin } from '../store/users.ts'
import { commit } from './commit.ts'
import { makeDeviceToken } from './devices.ts'
import { type Client, type Keeping, type LoginTokens, later, makeEvent, type Parts, type Tokens } from './parts.ts'
import { makeRefreshToken } from './refresh-token.ts'
import { makeRoom } from './session-limit.ts'
import { createSessionToken } from './tokens.ts'

/** Whom a session is for, and what must still be true of them when it begins. */
export interface Newcomer {
  readonly id: string
  /** Locks the user. `false` if they may not log in, by now: the change must win. */
  readonly note: (trx: Sql, at: Date) => Promise<boolean>
}

/**
 * Begins a session, with the first tokens of it. The access token is fresh.
 * @returns `undefined` if the user may not log in.
 */
export async function startSession(
  parts: Parts,
  user: Newcomer,
  client: Client,
  how: Keeping = {},
): Promise<Tokens | undefined> {
  const { lifetimes, sessionsPerUser, now } = parts
  const sessionId = uuidv7()
  const authenticatedAt = now()
  const refreshToken = makeRefreshToken()
  const subject = await commit(parts, async (trx) => {
    const at = now()
    if (!(await user.note(trx, at))) return { result: undefined, events: [] }
    const { revoked, events } = await makeRoom(trx, { userId: user.id, sessionsPerUser, at, client })
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
    const found = await findSubject(trx, { sessionId })
    const begun = makeEvent('login_succeeded', at, client, { userId: user.id, sessionId })
    return { result: found?.subject, revoked, events: [...events, begun] }
  })
  if (subject === undefined) return undefined
  const accessToken = await createSessionToken(parts, subject, { fresh: true, authenticatedAt, ...how })
  return { accessToken, refreshToken: refreshToken.text }
}

/**
 * Begins a session for a user whom the application has recognised itself.
 * @throws {RequestError} `invalid_credentials` if there is no such user, or a disabled one
 */
export async function startSessionOf(parts: Parts, id: string, client: Client, how: Keeping): Promise<LoginTokens> {
  const tokens = await startSession(parts, { id, note: (trx, now) => noteLogin(trx, { id, now }) }, client, how)
  const user = await findUser(parts.database.sql, id)
  if (tokens === undefined || user === undefined)
    throw new RequestError('invalid_credentials', 'Bad username or password')
  return { ...tokens, deviceToken: makeDeviceToken(parts.secrets, user) }
}
