import { type ChangeParts, commit } from '../../core/change.ts'
import { makeEvent, type RequestOrigin } from '../../core/events.ts'
import { endOfToken } from '../../revocations/revocation.ts'
import { logout, sessionOfRefreshToken } from '../sessions/logout.ts'
import type { SessionParts } from '../sessions/parts.ts'
import { readRefreshToken } from '../sessions/tokens/refresh-token.ts'
import { readAccessToken } from './introspect.ts'

/**
 * Revokes a token (RFC 7009): a refresh token with its session and all access tokens of it, an access token alone. A
 * token that is revoked already is left unchanged and nothing is written, so a client may repeat the request for ever.
 */
export async function revokeToken(
  parts: ChangeParts & Pick<SessionParts, 'jwt'>,
  token: string,
  origin: RequestOrigin,
): Promise<void> {
  if (readRefreshToken(token) !== undefined) {
    const sessionId = await sessionOfRefreshToken(parts, token)
    if (sessionId !== undefined) await logout(parts, sessionId, origin)
    return
  }
  const verified = readAccessToken(parts, token)
  if (verified === undefined) return
  const { claims, header } = verified
  const { jti, sid, exp } = claims
  if (jti === null || parts.revocations.hasForGood(claims, header)) return
  const about = { userId: verified.identity, sessionId: typeof sid === 'string' ? sid : null, details: { jti } }
  await commit(parts, async () => ({
    result: undefined,
    revoked: [endOfToken(jti, exp)],
    events: (written) => written.map(() => makeEvent('token_revoked', parts.now(), origin, about)),
  }))
}
