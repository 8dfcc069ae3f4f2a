import type { Context } from 'hono'
import { csrfOf } from '../accounts/refresh-token.ts'
import { HonoRequestView } from '../adapters/hono-request.ts'
import { checkCsrfValue } from '../guard/csrf.ts'
import type { JwtManager } from '../guard/jwt-manager.ts'
import { makeLocator } from '../guard/locate.ts'

/**
 * The refresh token that the browser keeps in its cookie, the double submit checked.
 * @throws {TokenError} `token_missing`, `csrf_missing`, `csrf_mismatch`, `cross_site_refused`
 */
export async function readRefreshCookie(c: Context, jwt: JwtManager): Promise<string> {
  const { token, csrf } = await makeLocator(jwt.settings, 'refresh', ['cookies'])(new HonoRequestView(c))
  if (csrf !== undefined) checkCsrfValue({ csrf: csrfOf(token) }, csrf)
  return token
}
