import { TokenError, type TokenErrorCode } from '../../errors.ts'
import type { VerifiedToken } from '../../guard/tokens/read-token.ts'
import { findSubject } from '../../store/sessions/token-subjects.ts'
import type { SessionParts } from '../sessions/parts.ts'
import { mayGoOn } from '../sessions/tokens/living-session.ts'
import { readRefreshToken } from '../sessions/tokens/refresh-token.ts'

/** The answer for a valid token (RFC 7662 section 2.2): its claims, times in Unix seconds. */
export type Introspection = Readonly<Record<string, unknown>>

/** The claims of a token that is valid now; `undefined` otherwise, without a reason. */
export async function introspect(
  parts: Pick<SessionParts, 'database' | 'jwt' | 'now'>,
  token: string,
): Promise<Introspection | undefined> {
  const refreshToken = readRefreshToken(token)
  if (refreshToken !== undefined) return introspectRefreshToken(parts, refreshToken)
  const verified = readAccessToken(parts, token)
  if (verified === undefined) return undefined
  const { claims, header } = verified
  if (await parts.jwt.callbacks.isRevoked?.(claims, header, { strict: true })) return undefined
  // The double-submit value is only for the browser that has the cookie. A copy of `__proto__` could change its object.
  const { csrf: _csrf, ['__proto__']: _proto, ...others } = claims as Readonly<Record<string, unknown>>
  // These come last, because an application may have claims of the same names.
  return { ...others, token_type: 'Bearer' }
}

/** Returns `undefined` for an invalid token. */
export function readAccessToken({ jwt }: Pick<SessionParts, 'jwt'>, token: string): VerifiedToken | undefined {
  try {
    return jwt.verify(token)
  } catch (error) {
    // If validity cannot be determined because of an error here, the token must not be reported as invalid.
    if (error instanceof TokenError && !ownTrouble.has(error.code)) return undefined
    throw error
  }
}

/** Codes that say nothing about the token, because it could not be judged. */
const ownTrouble: ReadonlySet<TokenErrorCode> = new Set(['keys_unavailable', 'revocation_unknown'])

async function introspectRefreshToken(
  { database, now }: Pick<SessionParts, 'database' | 'now'>,
  { familyHash, hash }: { readonly familyHash: string; readonly hash: string },
): Promise<Introspection | undefined> {
  const found = await findSubject(database.sql, { familyHash })
  if (found === undefined || !mayGoOn(found, now()) || hash !== found.refresh.hash) return undefined
  const { id, userId, createdAt, idleExpiresAt, expiresAt } = found.subject.session
  const end = idleExpiresAt < expiresAt ? idleExpiresAt : expiresAt
  return { token_type: 'refresh_token', sub: userId, sid: id, iat: seconds(createdAt), exp: seconds(end) }
}

function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000)
}
