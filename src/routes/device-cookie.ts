import type { Context } from 'hono'
import { readCookie, serializeCookie } from '../guard/cookies.ts'
import type { JwtManager } from '../guard/jwt-manager.ts'

/** The longest that browsers keep a cookie (RFC 6265bis section 5.5). */
const maxAgeSeconds = 34_560_000

/**
 * The `Set-Cookie` line for a device token. It outlives the session and a logout: it is there for the next login, and lets no
 * one in.
 */
export function deviceCookie(jwt: JwtManager, token: string): string {
  const { cookieSecure: secure } = jwt.settings
  return serializeCookie(nameOf(jwt), token, { path: '/', secure, sameSite: 'Lax', httpOnly: true, maxAgeSeconds })
}

/** The device token that a browser keeps. */
export function readDeviceCookie(c: Context, jwt: JwtManager): string | undefined {
  return readCookie(c.req.header('cookie'), nameOf(jwt))
}

function nameOf({ settings }: JwtManager): string {
  return settings.cookieSecure ? '__Host-device_token' : 'device_token'
}
