import type { Authenticated } from './authenticate.ts'
import type { JwtClaims, TokenIdentity } from './jwt-claims.ts'
import type { JwtManager } from './jwt-manager.ts'
import { type MaybePromise, whenDone, withDeadline } from './maybe-promise.ts'

/**
 * `Set-Cookie` values that replace an access cookie shortly before its end; none where it still has time, where the
 * response sets or clears that cookie itself, or where the token was revoked while the request ran. So a logout is
 * never undone by the response to a request that was under way.
 * @param alreadySet The response's own `Set-Cookie` values.
 */
export function renewedCookies<User, Identity, VerifySub extends boolean>(
  jwt: JwtManager<User, Identity, VerifySub>,
  authenticated: Authenticated<User, TokenIdentity<VerifySub>>,
  alreadySet: readonly string[],
): MaybePromise<readonly string[]> {
  const { renewCookiesWithinSeconds, revocationTimeoutSeconds, clock, accessCookieName } = jwt.settings
  const { isRevoked } = jwt.callbacks
  const { header, location } = authenticated
  // Nothing here asks what the user is called.
  const claims = authenticated.claims as JwtClaims
  if (renewCookiesWithinSeconds === undefined || location !== 'cookies' || claims.type !== 'access') return []
  if (claims.exp === undefined || claims.exp - clock() >= renewCookiesWithinSeconds) return []
  if (alreadySet.some((cookie) => cookie.startsWith(`${accessCookieName}=`))) return []
  try {
    const asked =
      isRevoked === undefined
        ? false
        : withDeadline(isRevoked(claims, header, { strict: false }), revocationTimeoutSeconds)
    const renewed = whenDone(asked, (answer) =>
      answer === false ? jwt.accessCookies(jwt.renewAccessToken(authenticated)) : [],
    )
    return renewed instanceof Promise ? renewed.catch(() => []) : renewed
  } catch {
    // The response is made already and stands as it is; the next request tries again.
    return []
  }
}
