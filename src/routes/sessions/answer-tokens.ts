import type { Context } from 'hono'
import type { LoginTokens, Tokens } from '../../accounts/sessions/parts.ts'
import type { JwtManager } from '../../guard/jwt-manager.ts'
import type { RouteParts } from '../http/endpoint.ts'
import { deviceCookie } from './cookies/device-cookie.ts'
import { refreshCookies } from './cookies/refresh-cookie.ts'
import { staleCookies } from './cookies/stale-cookies.ts'

/** Where a client keeps its tokens: in its own place, or in cookies, for as long as the session or as the browser runs. */
export type TokenPlace = { readonly cookies: false } | { readonly cookies: true; readonly remember: boolean }

/** Hands tokens to a client: in the body, or in cookies that no script can read, and never in both. */
export function answerTokens(
  c: Context,
  { jwt, lifetimes }: RouteParts,
  tokens: Tokens | LoginTokens,
  keeping: TokenPlace,
): Response {
  const about = { token_type: 'Bearer', expires_in: lifetimes.accessTokenSeconds }
  if (keeping.cookies) {
    setCookies(c, [...staleCookies(c, jwt), ...sessionCookies(jwt, tokens, keeping)])
    return c.json(about, 200)
  }
  const device = 'deviceToken' in tokens ? { device_token: tokens.deviceToken } : {}
  return c.json({ access_token: tokens.accessToken, refresh_token: tokens.refreshToken, ...device, ...about }, 200)
}

/** `Set-Cookie` lines that log a browser in. The access token says itself how it is kept: guards that renew it have no more. */
export function sessionCookies(
  jwt: JwtManager,
  tokens: Tokens | LoginTokens,
  how: { readonly remember: boolean },
): string[] {
  const { accessToken, refreshToken } = tokens
  const device = 'deviceToken' in tokens ? [deviceCookie(jwt, tokens.deviceToken, how)] : []
  return [...jwt.accessCookies(accessToken), ...refreshCookies(jwt, refreshToken, how), ...device]
}

/** Adds `Set-Cookie` lines to the answer. */
export function setCookies(c: Context, cookies: readonly string[]): void {
  for (const cookie of cookies) c.header('Set-Cookie', cookie, { append: true })
}
