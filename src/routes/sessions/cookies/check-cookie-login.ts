import { RequestError } from '../../../errors.ts'
import { checkOrigin } from '../../../guard/cookies/csrf.ts'
import type { JwtManager } from '../../../guard/jwt-manager.ts'
import type { RequestView } from '../../../guard/request/request-view.ts'

/**
 * Checks the page that asks for a login in cookies, before anything is hashed or counted. Another site must not log our user
 * into an account of its own. And to a listed page of another site, a browser gives no cookies unless they are SameSite=None:
 * it would report a login, and the next request would have none.
 * @throws {TokenError} `cross_site_refused`
 * @throws {RequestError} `cookies_cross_site`
 */
export function checkCookieLogin(request: RequestView, { settings }: JwtManager): void {
  checkOrigin(request, settings.trustedOrigins)
  const isCrossSite = request.header('sec-fetch-site') === 'cross-site'
  if (isCrossSite && settings.cookieSameSite !== 'None') throw cookiesCrossSite()
}

function cookiesCrossSite(): RequestError {
  return new RequestError(
    'cookies_cross_site',
    "The browser drops these cookies, because the page is on another site: log in without 'cookies' (bearer mode), move page and server to one site, or set cookieSameSite to 'None'",
  )
}
