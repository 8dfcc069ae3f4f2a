import { asText } from '../../errors.ts'
import type { JwtManager } from '../jwt-manager.ts'
import { type MaybePromise, whenDone, whenFailed, withDeadline } from '../maybe-promise.ts'
import type { Authenticated } from '../options/guard-options.ts'
import type { JwtClaims, TokenIdentity } from '../tokens/jwt-claims.ts'

/**
 * `Set-Cookie` values that replace an access cookie shortly before it expires. There are none if it does not expire
 * soon, if the response itself sets or clears that cookie, or if the token was revoked while the request was handled:
 * the response to a concurrent request must never undo a logout.
 *
 * Never fails, because the response already exists. Faults are reported to `onFault`.
 * @param alreadySet The response's own `Set-Cookie` values.
 */
export function renewedCookies<User, Identity, VerifySub extends boolean>(
  jwt: JwtManager<User, Identity, VerifySub>,
  authenticated: Authenticated<User, TokenIdentity<VerifySub>>,
  alreadySet: readonly string[],
): MaybePromise<readonly string[]> {
  const {
    renewCookiesWithinSeconds,
    revocationTimeoutSeconds,
    clock,
    accessCookieName,
    maxTokenAgeSeconds = Infinity,
  } = jwt.settings
  const { isRevoked, onFault } = jwt.callbacks
  const { header, location } = authenticated
  // The type of the identity does not matter here.
  const claims = authenticated.claims as JwtClaims
  if (renewCookiesWithinSeconds === undefined || location !== 'cookies' || claims.type === 'refresh') return []
  // The maximum age also ends a token. The new token is issued now, so its age starts again.
  const end = Math.min(claims.exp ?? Infinity, (claims.iat ?? Infinity) + maxTokenAgeSeconds)
  if (end === Infinity || end - clock() >= renewCookiesWithinSeconds) return []
  if (alreadySet.some((cookie) => cookie.startsWith(`${accessCookieName}=`))) return []
  const failed = (cause: unknown) => {
    // A listener that fails, now or later, must stop neither the response nor the process.
    whenFailed(
      () => onFault?.(new Error('Cookie not renewed', { cause })),
      (error) => process.emitWarning(asText(error)),
    )
    return []
  }
  const ask = (token: string | undefined): MaybePromise<readonly string[]> => {
    if (token === undefined) return []
    // After the new token is issued, and at the source: renewed from a revoked token, it would outlive the revocation.
    const asked =
      isRevoked === undefined
        ? false
        : withDeadline(isRevoked(claims, header, { strict: true }), revocationTimeoutSeconds)
    // The guard has made the same check, and has rejected any result but `true` or `false`.
    return whenDone(asked, (answer) => (answer === false ? jwt.accessCookies(token) : []))
  }
  return whenFailed(() => whenDone(withDeadline(renew(jwt, authenticated), revocationTimeoutSeconds), ask), failed)
}

function renew<User, Identity, VerifySub extends boolean>(
  jwt: JwtManager<User, Identity, VerifySub>,
  authenticated: Authenticated<User, TokenIdentity<VerifySub>>,
): MaybePromise<string | undefined> {
  const { renewToken } = jwt.callbacks
  return renewToken === undefined ? jwt.renewAccessToken(authenticated) : renewToken(authenticated)
}
