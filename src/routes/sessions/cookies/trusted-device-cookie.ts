import { createHash } from 'node:crypto'
import type { MadeTrust } from '../../../accounts/devices/trust.ts'
import { longestCookieSeconds, readCookie, serializeCookie } from '../../../guard/cookies/cookies.ts'
import type { JwtManager } from '../../../guard/jwt-manager.ts'
import type { RequestView } from '../../../guard/request/request-view.ts'

/** Users per browser. More cookies would make requests too long in the end. */
const mostCookies = 10

/**
 * Reads the client's token of a device that a user trusts: the one that it sends, or else the cookie of that user. Each
 * user of a browser has a separate cookie.
 */
export function trustedDeviceOf(
  request: RequestView,
  jwt: JwtManager,
  sent?: string | undefined,
): (userId: string) => string | undefined {
  return (userId) => sent ?? readCookie(request.header('cookie'), nameOf(jwt, userId))
}

/** The `Set-Cookie` lines for a browser that is trusted from now on. The cookie outlives the session and a logout. */
export function trustedDeviceCookies(
  request: RequestView,
  jwt: JwtManager,
  { token, userId, seconds }: MadeTrust,
): string[] {
  const name = nameOf(jwt, userId)
  const pattern = new RegExp(`(?:^|;\\s*)(${prefixOf(jwt)}[0-9a-f]{${nameLength}})=`, 'g')
  const others = [...(request.header('cookie') ?? '').matchAll(pattern)].map(([, other = '']) => other)
  // Browsers send the oldest first (RFC 6265 section 5.4).
  const surplus = [...new Set(others)].filter((other) => other !== name).slice(0, 1 - mostCookies)
  return [
    ...surplus.map((other) => line(jwt, other, '', 0)),
    line(jwt, name, token, Math.min(seconds, longestCookieSeconds)),
  ]
}

function line(jwt: JwtManager, name: string, value: string, maxAgeSeconds: number): string {
  const { cookieSecure: secure, cookieSameSite: sameSite = 'Lax', cookiePartitioned: partitioned } = jwt.settings
  return serializeCookie(name, value, { path: '/', secure, sameSite, partitioned, httpOnly: true, maxAgeSeconds })
}

const nameLength = 16

/** A hash, so that someone who sees the cookies of a browser learns nothing about its users. */
function nameOf(jwt: JwtManager, userId: string): string {
  return prefixOf(jwt) + createHash('sha256').update(userId).digest('hex').slice(0, nameLength)
}

function prefixOf({ settings }: JwtManager): string {
  return settings.cookieSecure ? '__Host-trusted_device_' : 'trusted_device_'
}
