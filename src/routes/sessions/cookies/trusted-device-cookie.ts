import { createHash } from 'node:crypto'
import type { MadeTrust } from '../../../accounts/devices/trust.ts'
import { readCookie, serializeCookie } from '../../../guard/cookies/cookies.ts'
import type { JwtManager } from '../../../guard/jwt-manager.ts'
import type { RequestView } from '../../../guard/request/request-view.ts'

/** The longest that browsers keep a cookie (RFC 6265bis section 5.5). */
const longestSeconds = 34_560_000
/** The users of one browser. More cookies than that would be too long a request in the end. */
const mostCookies = 10

/**
 * Reads what a client has of a device that a user trusts: a token that it sends, or else the cookie of that user. Several
 * users of a browser have a cookie each.
 */
export function trustedDeviceOf(
  request: RequestView,
  jwt: JwtManager,
  sent?: string | undefined,
): (userId: string) => string | undefined {
  return (userId) => sent ?? readCookie(request.header('cookie'), nameOf(jwt, userId))
}

/** The `Set-Cookie` lines for a browser that is trusted from now on. It outlives the session and a logout. */
export function trustedDeviceCookies(
  request: RequestView,
  jwt: JwtManager,
  { token, userId, seconds }: MadeTrust,
): string[] {
  const name = nameOf(jwt, userId)
  const pattern = new RegExp(`(?:^|;\\s*)(${prefixOf(jwt)}[0-9a-f]{${nameLength}})=`, 'g')
  const others = [...(request.header('cookie') ?? '').matchAll(pattern)].map(([, other = '']) => other)
  const surplus = [...new Set(others)].filter((other) => other !== name).slice(mostCookies - 1)
  return [...surplus.map((other) => line(jwt, other, '', 0)), line(jwt, name, token, Math.min(seconds, longestSeconds))]
}

function line(jwt: JwtManager, name: string, value: string, maxAgeSeconds: number): string {
  const { cookieSecure: secure, cookieSameSite: sameSite = 'Lax', cookiePartitioned: partitioned } = jwt.settings
  return serializeCookie(name, value, { path: '/', secure, sameSite, partitioned, httpOnly: true, maxAgeSeconds })
}

const nameLength = 16

/** A hash: someone who sees the cookies of a browser learns nothing about its users. */
function nameOf(jwt: JwtManager, userId: string): string {
  return prefixOf(jwt) + createHash('sha256').update(userId).digest('hex').slice(0, nameLength)
}

function prefixOf({ settings }: JwtManager): string {
  return settings.cookieSecure ? '__Host-trusted_device_' : 'trusted_device_'
}
