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
  /** One, or several of one session: after a change of `cookieDomain` a browser sends the cookie of before as well. */
  readonly tokens: readonly [string, ...string[]]
  /** Whether it outlasts the browser. */
  readonly remember: boolean
}

/** Behind the token, in a cookie that ends with the browser: no browser says how it keeps a cookie. */
const sessionMark = '~'

/** `Set-Cookie` lines for a refresh token. */
export function refreshCookies(jwt: JwtManager, token: string, { remember }: { readonly remember: boolean }): string[] {
  const content = { token: remember ? token : token + sessionMark, claims: { csrf: csrfOf(token), remember } }
  return tokenCookies('refresh', content, jwt.settings, {})
}

/**
 * The refresh tokens that the browser keeps in its cookies, the double submit checked: those of the session that the value
 * belongs to. A page of a listed origin submits none. Then each session is returned, in the order of the cookies: after a
 * change of `cookieDomain`, the first may have ended.
 * @param submits `either` also takes the value that belongs to the access token, by its cookie: for a page whose access token
 *   cannot be read here, which does not know that yet. Another site can neither read that cookie nor set the header.
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
  // A page that reads the value of one of them means the session: no value opens the cookie of another.
  return [sessionOf(meant, values)]
}

/** The tokens of the session that one of the cookies is of. */
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
