import type { Context } from 'hono'
import type { Tokens } from '../accounts/parts.ts'
import { csrfOf } from '../accounts/refresh-token.ts'
import type { JwtManager } from '../guard/jwt-manager.ts'
import { tokenCookies } from '../guard/token-cookies.ts'
import type { RouteParts } from './endpoint.ts'

/** Hands tokens to a client: in the body, or in cookies that no script can read, and never in both. */
export function answerTokens(
  c: Context,
  { jwt, lifetimes }: RouteParts,
  { accessToken, refreshToken }: Tokens,
  { cookies }: { readonly cookies: boolean },
): Response {
  const about = { token_type: 'Bearer', expires_in: lifetimes.accessTokenSeconds }
  if (!cookies) return c.json({ access_token: accessToken, refresh_token: refreshToken, ...about }, 200)
  setCookies(c, sessionCookies(jwt, { accessToken, refreshToken }))
  return c.json(about, 200)
}

/** `Set-Cookie` lines that log a browser in. */
export function sessionCookies(jwt: JwtManager, { accessToken, refreshToken }: Tokens): string[] {
  const content = { token: refreshToken, claims: { csrf: csrfOf(refreshToken) } }
  return [...jwt.accessCookies(accessToken), ...tokenCookies('refresh', content, jwt.settings, {})]
}

/** Adds `Set-Cookie` lines to the answer. */
export function setCookies(c: Context, cookies: readonly string[]): void {
  for (const cookie of cookies) c.header('Set-Cookie', cookie, { append: true })
}
