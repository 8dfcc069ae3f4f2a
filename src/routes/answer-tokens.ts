import type { Context } from 'hono'
import type { LoginTokens, Tokens } from '../accounts/parts.ts'
import { csrfOf } from '../accounts/refresh-token.ts'
import type { JwtManager } from '../guard/jwt-manager.ts'
import { tokenCookies } from '../guard/token-cookies.ts'
import { deviceCookie } from './device-cookie.ts'
import type { RouteParts } from './endpoint.ts'

/** Hands tokens to a client: in the body, or in cookies that no script can read, and never in both. */
export function answerTokens(
  c: Context,
  { jwt, lifetimes }: RouteParts,
  tokens: Tokens | LoginTokens,
  { cookies }: { readonly cookies: boolean },
): Response {
  const about = { token_type: 'Bearer', expires_in: lifetimes.accessTokenSeconds }
  if (cookies) {
    setCookies(c, sessionCookies(jwt, tokens))
    return c.json(about, 200)
  }
  const device = 'deviceToken' in tokens ? { device_token: tokens.deviceToken } : {}
  return c.json({ access_token: tokens.accessToken, refresh_token: tokens.refreshToken, ...device, ...about }, 200)
}

/** `Set-Cookie` lines that log a browser in. */
export function sessionCookies(jwt: JwtManager, tokens: Tokens | LoginTokens): string[] {
  const { accessToken, refreshToken } = tokens
  const device = 'deviceToken' in tokens ? [deviceCookie(jwt, tokens.deviceToken)] : []
  const content = { token: refreshToken, claims: { csrf: csrfOf(refreshToken) } }
  return [...jwt.accessCookies(accessToken), ...tokenCookies('refresh', content, jwt.settings, {}), ...device]
}

/** Adds `Set-Cookie` lines to the answer. */
export function setCookies(c: Context, cookies: readonly string[]): void {
  for (const cookie of cookies) c.header('Set-Cookie', cookie, { append: true })
}
