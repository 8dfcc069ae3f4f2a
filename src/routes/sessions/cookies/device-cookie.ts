import { longestCookieSeconds, readCookie, serializeCookie } from '../../../guard/cookies/cookies.ts'
import type { JwtManager } from '../../../guard/jwt-manager.ts'
import type { RequestView } from '../../../guard/request/request-view.ts'

/**
 * The `Set-Cookie` line for a device token. It outlives the session and a logout, because it is for the next login; it
 * does not log in. If the device must not remember the user, it ends with the browser.
 */
export function deviceCookie(jwt: JwtManager, token: string, { remember }: { readonly remember: boolean }): string {
  const { cookieSecure: secure, cookieSameSite: sameSite = 'Lax', cookiePartitioned: partitioned } = jwt.settings
  const maxAgeSeconds = remember ? longestCookieSeconds : undefined
  const attributes = { path: '/', secure, sameSite, partitioned, httpOnly: true, maxAgeSeconds }
  return serializeCookie(nameOf(jwt), token, attributes)
}

/** The device token that a browser keeps. */
export function readDeviceCookie(request: RequestView, jwt: JwtManager): string | undefined {
  return readCookie(request.header('cookie'), nameOf(jwt))
}

function nameOf({ settings }: JwtManager): string {
  return settings.cookieSecure ? '__Host-device_token' : 'device_token'
}
