import type { CookieOptions } from '../guard/cookies/token-cookies.ts'
import type { JwtManager } from '../guard/jwt-manager.ts'

/** Hands a token to the browser, on a response of some framework. */
export type SetCookies<Target> = <User, Identity, VerifySub extends boolean>(
  target: Target,
  jwt: JwtManager<User, Identity, VerifySub>,
  token: string,
  options?: CookieOptions,
) => void

/** Takes a token back, on a response of some framework. */
export type UnsetCookies<Target> = <User, Identity, VerifySub extends boolean>(
  target: Target,
  jwt: JwtManager<User, Identity, VerifySub>,
  options?: Pick<CookieOptions, 'domain'>,
) => void

interface CookieHelpers<Target> {
  readonly appendCookies: (target: Target, cookies: readonly string[]) => void
  readonly setAccessCookies: SetCookies<Target>
  readonly setRefreshCookies: SetCookies<Target>
  readonly unsetAccessCookies: UnsetCookies<Target>
  readonly unsetRefreshCookies: UnsetCookies<Target>
  readonly unsetJwtCookies: UnsetCookies<Target>
}

/** The helpers of one framework. @param append Puts a header on its response, beside others of the name for `Set-Cookie`. */
export function makeCookieHelpers<Target>(
  append: (target: Target, name: 'Set-Cookie' | 'Cache-Control', value: string) => void,
): CookieHelpers<Target> {
  function appendCookies(target: Target, cookies: readonly string[]): void {
    // A response that carries a token, or takes one back, must not be kept by any cache (RFC 6750 §5.3).
    if (cookies.length > 0) append(target, 'Cache-Control', 'no-store')
    for (const cookie of cookies) append(target, 'Set-Cookie', cookie)
  }
  return {
    appendCookies,
    setAccessCookies: (target, jwt, token, options) => appendCookies(target, jwt.accessCookies(token, options)),
    setRefreshCookies: (target, jwt, token, options) => appendCookies(target, jwt.refreshCookies(token, options)),
    unsetAccessCookies: (target, jwt, options) => appendCookies(target, jwt.unsetAccessCookies(options)),
    unsetRefreshCookies: (target, jwt, options) => appendCookies(target, jwt.unsetRefreshCookies(options)),
    unsetJwtCookies: (target, jwt, options) =>
      appendCookies(target, [...jwt.unsetAccessCookies(options), ...jwt.unsetRefreshCookies(options)]),
  }
}
