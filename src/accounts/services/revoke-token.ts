import { type ChangeParts, commit } from '../../core/change.ts'
import { makeEvent, type RequestOrigin } from '../../core/events.ts'
import { RequestError } from '../../errors.ts'
import { endOfToken } from '../../revocations/revocation.ts'
import { logout, sessionOfRefreshToken } from '../sessions/logout.ts'
import type { SessionParts } from '../sessions/parts.ts'
import { readRefreshToken } from '../sessions/tokens/refresh-token.ts'
import { readAccessToken } from './introspect.ts'

/** PostgreSQL has an index on these names, whose rows have at most 2,704 bytes. */
const mostBytes = 2000

/**
 * Revokes a token (RFC 7009): a refresh token with its session and all access tokens of it, an access token alone. A
 * token that is revoked already is left unchanged and nothing is written, so a client may repeat the request for ever.
 * @throws {RequestError} `form_invalid`
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
  if ([jti, verified.identity].some((name) => Buffer.byteLength(name) > mostBytes)) {
    throw new RequestError(
      'form_invalid',
      `The token cannot be revoked: its jti or its sub has more than ${mostBytes} bytes`,
    )
  }
  const about = { userId: verified.identity, sessionId: typeof sid === 'string' ? sid : null, details: { jti } }
  await commit(parts, async () => ({
    result: undefined,
    revoked: [endOfToken(jti, exp)],
    events: (written) => written.map(() => makeEvent('token_revoked', parts.now(), origin, about)),
  }))
}
