import type { CookieOptions } from '../guard/cookies/token-cookies.ts'
import type { JwtManager } from '../guard/jwt-manager.ts'
import { requireManager, requireMethod } from './arguments.ts'

/** Sets a token's cookies on a response of some framework. */
export type SetCookies<Target> = <User, Identity, VerifySub extends boolean>(
  target: Target,
  jwt: JwtManager<User, Identity, VerifySub>,
  token: string,
  options?: CookieOptions,
) => void

/** Removes a token's cookies on a response of some framework. */
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

/**
 * The helpers of one framework.
 * @param append Adds a header to its response; for `Set-Cookie`, in addition to others of that name.
 * @param method A method that it calls, and of what.
 */
export function makeCookieHelpers<Target>(
  append: (target: Target, name: 'Set-Cookie' | 'Cache-Control', value: string) => void,
  method: string,
  ownerOf: (target: Target) => unknown = (target) => target,
): CookieHelpers<Target> {
  function appendCookies(target: Target, cookies: readonly string[]): void {
    // A response that sets or removes a token must not be cached (RFC 6750 §5.3).
    if (cookies.length > 0) append(target, 'Cache-Control', 'no-store')
    for (const cookie of cookies) append(target, 'Set-Cookie', cookie)
  }
  function check(caller: string, target: Target, jwt: unknown): void {
    requireMethod(caller, 'the response', target, method, ownerOf(target))
    requireManager(caller, jwt)
  }
  return {
    appendCookies,
    setAccessCookies(target, jwt, token, options) {
      check('setAccessCookies', target, jwt)
      appendCookies(target, jwt.accessCookies(token, options))
    },
    setRefreshCookies(target, jwt, token, options) {
      check('setRefreshCookies', target, jwt)
      appendCookies(target, jwt.refreshCookies(token, options))
    },
    unsetAccessCookies(target, jwt, options) {
      check('unsetAccessCookies', target, jwt)
      appendCookies(target, jwt.unsetAccessCookies(options))
    },
    unsetRefreshCookies(target, jwt, options) {
      check('unsetRefreshCookies', target, jwt)
      appendCookies(target, jwt.unsetRefreshCookies(options))
    },
    unsetJwtCookies(target, jwt, options) {
      check('unsetJwtCookies', target, jwt)
      appendCookies(target, [...jwt.unsetAccessCookies(options), ...jwt.unsetRefreshCookies(options)])
    },
  }
}
