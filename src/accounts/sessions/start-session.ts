import { uuidv7 } from 'uuidv7'
import { commit } from '../../core/change.ts'
import { makeEvent, type RequestOrigin } from '../../core/events.ts'
import { later } from '../../core/time.ts'
import { RequestError } from '../../errors.ts'
import { beginSession } from '../../store/token-subjects.ts'
import type { NewLogin } from '../../store/users.ts'
import type { Keeping, LoginTokens, SessionParts } from './parts.ts'
import { makeRoom } from './session-limit.ts'
import { createSessionToken } from './tokens/access-token.ts'
import { makeDeviceToken } from './tokens/device-token.ts'
import { makeRefreshToken } from './tokens/refresh-token.ts'

/**
 * Begins a session, with the first tokens of it and one for the device. The access token is fresh.
 * @returns `undefined` if the user may not log in, by now: a change must win.
 */
export async function startSession(
  parts: SessionParts,
  login: NewLogin,
  origin: RequestOrigin,
  how: Keeping = {},
): Promise<LoginTokens | undefined> {
  const { lifetimes, sessionsPerUser, now } = parts
  const authenticatedAt = now()
  const refreshToken = makeRefreshToken()
  const begun = await commit(parts, async (trx) => {
    const at = now()
    const started = {
      id: uuidv7(),
      familyHash: refreshToken.familyHash,
      refreshHash: refreshToken.hash,
      now: at,
      idleExpiresAt: later(at, lifetimes.refreshTokenSeconds),
      expiresAt: later(at, lifetimes.sessionSeconds),
      ...origin,
    }
    const begun = await beginSession(trx, login, started, sessionsPerUser)
    if (begun === undefined) return { result: undefined, events: [] }
    const { revoked, events } = await makeRoom(trx, { ...begun, sessionsPerUser, at, origin })
    const event = makeEvent('login_succeeded', at, origin, { userId: login.id, sessionId: started.id })
    return { result: begun, revoked, events: [...events, event] }
  })
  if (begun === undefined) return undefined
  const { subject, passwordHash } = begun
  const deviceToken = makeDeviceToken(parts.secrets, { id: login.id, passwordHash })
  const accessToken = await createSessionToken(parts, subject, { fresh: true, authenticatedAt, ...how })
  return { accessToken, refreshToken: refreshToken.text, deviceToken }
}

/**
 * Begins a session for a user whom the application has recognised itself.
 * @throws {RequestError} `invalid_credentials` if there is no such user, or a disabled one
 */
export async function startSessionOf(
  parts: SessionParts,
  id: string,
  origin: RequestOrigin,
  how: Keeping,
): Promise<LoginTokens> {
  const tokens = await startSession(parts, { id }, origin, how)
  if (tokens === undefined) throw new RequestError('invalid_credentials', 'Bad username or password')
  return tokens
}
