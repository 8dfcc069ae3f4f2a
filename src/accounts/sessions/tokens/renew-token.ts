import { TokenError } from '../../../errors.ts'
import type { VerifiedToken } from '../../../guard/tokens/read-token.ts'
import { sessionIdOf } from '../caller.ts'
import type { SessionParts } from '../parts.ts'
import { createSessionToken } from './access-token.ts'
import { livingSession } from './living-session.ts'

/**
 * The access token that replaces one that is about to expire. It is made from the session and the user as they are now,
 * so that a renewal never outlives the session and never keeps a role that was removed. It does not extend the session,
 * which ends when it would have ended without it.
 * @returns `undefined` if the session is over.
 */
export async function renewSessionToken(
  parts: Pick<SessionParts, 'jwt' | 'claimsFor' | 'database' | 'gate' | 'lifetimes' | 'now'>,
  token: VerifiedToken,
): Promise<string | undefined> {
  const { identity, claims } = token
  const sessionId = sessionIdOf(claims)
  // The application issued it itself, so there is no session to read anything from.
  if (sessionId === undefined) return parts.jwt.renewAccessToken(token)
  const { gen, auth_time, remember } = claims as { gen?: unknown; auth_time?: unknown; remember?: unknown }
  try {
    const { subject } = await livingSession(parts.database.sql, { userId: identity, sessionId }, parts.now())
    // A token of a revoked generation must not be renewed into the next one.
    if (subject.session.generation !== gen) return undefined
    const authenticatedAt = typeof auth_time === 'number' ? new Date(auth_time * 1000) : subject.session.authenticatedAt
    const keeping = remember === false ? { remember } : {}
    return await createSessionToken(parts, subject, { fresh: false, authenticatedAt, ...keeping })
  } catch (error) {
    if (error instanceof TokenError) return undefined
    throw error
  }
}
