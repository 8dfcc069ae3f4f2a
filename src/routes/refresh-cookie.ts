import type { Context } from 'hono'
import { csrfOf } from '../accounts/refresh-token.ts'
import { HonoRequestView } from '../adapters/hono-request.ts'
import { readCookie } from '../guard/cookies.ts'
import { checkCsrfValue } from '../guard/csrf.ts'
import type { JwtManager } from '../guard/jwt-manager.ts'
import { makeLocator } from '../guard/locate.ts'

/**
 * The refresh token that the browser keeps in its cookie, the double submit checked.
 * @param submits `either` also takes the value that belongs to the access token, by its cookie: for a page whose access token
 *   cannot be read here, which does not know that yet. Another site can neither read that cookie nor set the header.
 * @throws {TokenError} `token_missing`, `csrf_missing`, `csrf_mismatch`, `cross_site_refused`
 */
export async function readRefreshCookie(
  c: Context,
  jwt: JwtManager,
  submits: 'its own' | 'either' = 'its own',
): Promise<string> {
  const { token, csrf } = await makeLocator(jwt.settings, 'refresh', ['cookies'])(new HonoRequestView(c))
  const isOfAccess = csrf === readCookie(c.req.header('cookie'), jwt.settings.accessCsrfCookieName)
  if (csrf !== undefined && !(submits === 'either' && isOfAccess)) checkCsrfValue({ csrf: csrfOf(token) }, csrf)
  return token
}
