import { csrfOf, isOfSameSession, readRefreshToken } from '../../../accounts/sessions/tokens/refresh-token.ts'
import { TokenError } from '../../../errors.ts'
import { readCookie, readCookies } from '../../../guard/cookies/cookies.ts'
import { checkCsrfValue } from '../../../guard/cookies/csrf.ts'
import { tokenCookies } from '../../../guard/cookies/token-cookies.ts'
import type { JwtManager } from '../../../guard/jwt-manager.ts'
import { makeLocator } from '../../../guard/request/locate.ts'
import type { RequestView } from '../../../guard/request/request-view.ts'

/** What a browser keeps of a session. */
export interface RefreshCookie {
  /**
   * One token, or several of one session: after a change of `cookieDomain`, a browser also sends the previous cookie.
   */
  readonly tokens: readonly [string, ...string[]]
  /** Whether it outlives the browser. */
  readonly remember: boolean
}

/**
 * Appended to the token in a cookie that ends with the browser, because browsers do not say how long they keep a
 * cookie.
 */
const sessionMark = '~'

/** `Set-Cookie` lines for a refresh token. */
export function refreshCookies(jwt: JwtManager, token: string, { remember }: { readonly remember: boolean }): string[] {
  const content = { token: remember ? token : token + sessionMark, claims: { csrf: csrfOf(token), remember } }
  return tokenCookies('refresh', content, jwt.settings, {})
}

/**
 * Reads the refresh tokens in the browser's cookies, and checks the double submit: the tokens of the session that the
 * submitted value belongs to. A page of a listed origin submits no value. Then every session is returned, in the order
 * of the cookies, because after a change of `cookieDomain` the first may have ended.
 * @param submits `either` also accepts the value that belongs to the access token, according to its cookie: for a page
 *   whose access token cannot be read here, and which does not know that yet. Another site can neither read that cookie
 *   nor set the header.
 * @throws {TokenError} `token_missing`, `csrf_missing`, `csrf_mismatch`, `cross_site_refused`
 */
export async function readRefreshCookies(
  request: RequestView,
  jwt: JwtManager,
  submits: 'its own' | 'either' = 'its own',
): Promise<readonly [RefreshCookie, ...RefreshCookie[]]> {
  const { token, others = [], csrf } = await makeLocator(jwt.settings, 'refresh', ['cookies'])(request)
  const values = [token, ...others]
  if (csrf === undefined) return [sessionOf(token, values), ...otherSessions(token, others)]
  const isOfAccess = csrf === readCookie(request.header('cookie'), jwt.settings.accessCsrfCookieName)
  const meant = submits === 'either' && isOfAccess ? token : values.find(matches(csrf))
  if (meant === undefined) throw new TokenError('csrf_mismatch', 'CSRF double submit tokens do not match')
  // A page that can read the value of one of the cookies means its session: no value works for the cookie of another
  // session.
  return [sessionOf(meant, values)]
}

/** All tokens of the session that one cookie belongs to. */
function sessionOf(meant: string, values: readonly string[]): RefreshCookie {
  const tokens = values.map(tokenIn).filter((one) => isOfSameSession(one, tokenIn(meant)))
  return {
    tokens: [tokenIn(meant), ...tokens.filter((one) => one !== tokenIn(meant))],
    remember: !meant.endsWith(sessionMark),
  }
}

function otherSessions(first: string, values: readonly string[]): RefreshCookie[] {
  const left = values.filter((value) => !isOfSameSession(tokenIn(value), tokenIn(first)))
  const [next, ...rest] = left
  return next === undefined ? [] : [sessionOf(next, left), ...otherSessions(next, rest)]
}

/** The double-submit value that belongs to the refresh token in a `Cookie` header. */
export function csrfOfRefreshCookie(cookies: string, { settings }: JwtManager): string | undefined {
  const tokens = readCookies(cookies, settings.refreshCookieName).map(tokenIn)
  const token = tokens.find((text) => readRefreshToken(text) !== undefined) ?? tokens[0]
  return token && csrfOf(token)
}

function tokenIn(value: string): string {
  return value.endsWith(sessionMark) ? value.slice(0, -sessionMark.length) : value
}

function matches(csrf: string): (value: string) => boolean {
  return (value) => {
    try {
      checkCsrfValue({ csrf: csrfOf(tokenIn(value)) }, csrf)
      return true
    } catch {
      return false
    }
  }
}
