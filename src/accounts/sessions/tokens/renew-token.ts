import { TokenError } from '../../../errors.ts'
import type { VerifiedToken } from '../../../guard/tokens/read-token.ts'
import { sessionIdOf } from '../caller.ts'
import type { SessionParts } from '../parts.ts'
import { createSessionToken } from './access-token.ts'
import { livingSession } from './living-session.ts'

/**
 * The access token that takes the place of one that is about to end: made from the session and the user as they are now, so
 * that no renewal outlives a session or keeps a role that was taken away. The session is not used by it: where no refresh
 * token is spent, it ends when it would have ended.
 * @returns `undefined` if the session is over.
 */
export async function renewSessionToken(
  parts: Pick<SessionParts, 'jwt' | 'claimsFor' | 'database' | 'gate' | 'lifetimes' | 'now'>,
  token: VerifiedToken,
): Promise<string | undefined> {
  const { identity, claims } = token
  const sessionId = sessionIdOf(claims)
  // The application made it for itself, and no session says more than the token does.
  if (sessionId === undefined) return parts.jwt.renewAccessToken(token)
  const { gen, auth_time, remember } = claims as { gen?: unknown; auth_time?: unknown; remember?: unknown }
  try {
    const { subject } = await livingSession(parts.database.sql, { userId: identity, sessionId }, parts.now())
    // What a generation was revoked for must not come back under the next one.
    if (subject.session.generation !== gen) return undefined
    const authenticatedAt = typeof auth_time === 'number' ? new Date(auth_time * 1000) : subject.session.authenticatedAt
    const keeping = remember === false ? { remember } : {}
    return await createSessionToken(parts, subject, { fresh: false, authenticatedAt, ...keeping })
  } catch (error) {
    if (error instanceof TokenError) return undefined
    throw error
  }
}
