import { readCookies } from '../../guard/cookies/cookies.ts'
import type { JwtManager } from '../../guard/jwt-manager.ts'
import { csrfOfRefreshCookie } from '../../routes/sessions/cookies/refresh-cookie.ts'
import type { CookieJar } from './cookie-jar.ts'

/**
 * The double submit of a call in process. The pages have checked that the form comes from one of them, so they may read the
 * values from the tokens themselves, which the browser's scripts cannot.
 */
export function csrfHeaders(jar: CookieJar, jwt: JwtManager, path: string): Record<string, string> {
  const { accessCookieName, accessCsrfHeaderName, refreshCsrfHeaderName } = jwt.settings
  const ofRefresh = csrfOfRefreshCookie(jar.header, jwt)
  // Of several cookies of one name, the routes take the first that is valid.
  const [ofAccess] = readCookies(jar.header, accessCookieName).flatMap((token) => csrfOfAccessToken(jwt, token) ?? [])
  const value = path === '/refresh' ? ofRefresh : (ofAccess ?? ofRefresh)
  if (value === undefined) return {}
  return { [accessCsrfHeaderName]: value, [refreshCsrfHeaderName]: value }
}

function csrfOfAccessToken(jwt: JwtManager, token: string): string | undefined {
  try {
    return jwt.getCsrfToken(token)
  } catch {
    // It is no token: the route will reject it.
    return undefined
  }
}
