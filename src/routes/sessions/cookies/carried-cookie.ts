import { type CarriedKind, carriedSeconds } from '../../../accounts/one-time/carried.ts'
import { readCookie, serializeCookie } from '../../../guard/cookies/cookies.ts'
import type { JwtManager } from '../../../guard/jwt-manager.ts'
import type { RequestView } from '../../../guard/request/request-view.ts'

/** How long a person may be away, at a provider, before the browser has forgotten. */
export { carriedSeconds }

/** A cookie with data that a browser carries for us: its kind, and which one if there are several. */
export interface CarriedCookie {
  readonly kind: CarriedKind
  readonly tag?: string
}

/**
 * The `Set-Cookie` line for data that a browser carries while a sign-in takes place; without a value, the cookie is
 * removed. It is `Lax` whatever the other cookies are, because the browser comes back from another site.
 */
export function carriedCookie(jwt: JwtManager, cookie: CarriedCookie, value = ''): string {
  const { cookieSecure: secure, cookieSameSite } = jwt.settings
  const isNone = secure && cookieSameSite === 'None'
  return serializeCookie(nameOfCarried(jwt, cookie), value, {
    path: '/',
    secure,
    sameSite: isNone ? 'None' : 'Lax',
    httpOnly: true,
    maxAgeSeconds: value === '' ? 0 : carriedSeconds,
  })
}

export function readCarriedCookie(request: RequestView, jwt: JwtManager, cookie: CarriedCookie): string | undefined {
  return readCookie(request.header('cookie'), nameOfCarried(jwt, cookie)) || undefined
}

export function nameOfCarried({ settings }: JwtManager, { kind, tag }: CarriedCookie): string {
  const name = ['provider', kind.replaceAll(' ', '_').replaceAll('-', '_'), ...(tag === undefined ? [] : [tag])].join(
    '_',
  )
  return settings.cookieSecure ? `__Host-${name}` : name
}
