import type { JwtManager } from '../jwt-manager.ts'
import { type MaybePromise, whenDone, whenFailed, withDeadline } from '../maybe-promise.ts'
import type { Authenticated } from '../options/guard-options.ts'
import type { JwtClaims, TokenIdentity } from '../tokens/jwt-claims.ts'

/**
 * `Set-Cookie` values that replace an access cookie shortly before its end; none where it still has time, where the
 * response sets or clears that cookie itself, or where the token was revoked while the request ran. So a logout is
 * never undone by the response to a request that was under way.
 *
 * It never fails: the response is made already and stands as it is. What went wrong is for `onFault`.
 * @param alreadySet The response's own `Set-Cookie` values.
 */
export function renewedCookies<User, Identity, VerifySub extends boolean>(
  jwt: JwtManager<User, Identity, VerifySub>,
  authenticated: Authenticated<User, TokenIdentity<VerifySub>>,
  alreadySet: readonly string[],
): MaybePromise<readonly string[]> {
  const { renewCookiesWithinSeconds, revocationTimeoutSeconds, clock, accessCookieName } = jwt.settings
  const { maxTokenAgeSeconds = Infinity } = jwt.settings
  const { isRevoked } = jwt.callbacks
  const { header, location } = authenticated
  // Nothing here asks what the user is called.
  const claims = authenticated.claims as JwtClaims
  if (renewCookiesWithinSeconds === undefined || location !== 'cookies' || claims.type === 'refresh') return []
  // An age that is too great ends a token as well. The new one is of now, and its age begins anew.
  const end = Math.min(claims.exp ?? Infinity, (claims.iat ?? Infinity) + maxTokenAgeSeconds)
  if (end === Infinity || end - clock() >= renewCookiesWithinSeconds) return []
  if (alreadySet.some((cookie) => cookie.startsWith(`${accessCookieName}=`))) return []
  const failed = (cause: unknown) => report(jwt, cause)
  const make = () => withDeadline(renew(jwt, authenticated), revocationTimeoutSeconds)
  const ask = (token: string | undefined): MaybePromise<readonly string[]> => {
    if (token === undefined) return []
    // When the new token is there, and at the source: one that comes from a revoked token would outlive the revocation.
    const asked =
      isRevoked === undefined
        ? false
        : withDeadline(isRevoked(claims, header, { strict: true }), revocationTimeoutSeconds)
    // What is neither yes nor no was refused by the guard, which asked the same.
    return whenDone(asked, (isOver) => (isOver === false ? jwt.accessCookies(token) : []))
  }
  return whenFailed(() => whenDone(make(), ask), failed)
}

function renew<User, Identity, VerifySub extends boolean>(
  jwt: JwtManager<User, Identity, VerifySub>,
  authenticated: Authenticated<User, TokenIdentity<VerifySub>>,
): MaybePromise<string | undefined> {
  const { renewToken } = jwt.callbacks
  return renewToken === undefined ? jwt.renewAccessToken(authenticated) : renewToken(authenticated)
}

function report<User, Identity, VerifySub extends boolean>(
  { callbacks }: JwtManager<User, Identity, VerifySub>,
  cause: unknown,
): readonly string[] {
  try {
    callbacks.onFault?.(new Error('Cookie not renewed', { cause }))
  } catch {
    // The response is sent all the same.
  }
  return []
}
