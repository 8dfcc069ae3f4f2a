import { type CarriedKind, carriedSeconds } from '../../../accounts/one-time/carried.ts'
import { readCookie, serializeCookie } from '../../../guard/cookies/cookies.ts'
import type { JwtManager } from '../../../guard/jwt-manager.ts'
import type { RequestView } from '../../../guard/request/request-view.ts'

/** A cookie with what a browser carries for us: what it is, and of which provider where there is one of each. */
export interface CarriedCookie {
  readonly kind: CarriedKind
  readonly provider?: string
  /** Whether another site posts a form that it has to come with. */
  readonly isForForm?: boolean
}

/**
 * The `Set-Cookie` line for what a browser carries for as long as a sign-in takes; without a value it is removed. It is `Lax`
 * whatever the other cookies are: the browser comes back from another site.
 */
export function carriedCookie(jwt: JwtManager, cookie: CarriedCookie, value = ''): string {
  const { cookieSecure: secure, cookieSameSite } = jwt.settings
  const isNone = secure && (cookie.isForForm === true || cookieSameSite === 'None')
  return serializeCookie(nameOf(jwt, cookie), value, {
    path: '/',
    secure,
    sameSite: isNone ? 'None' : 'Lax',
    httpOnly: true,
    maxAgeSeconds: value === '' ? 0 : carriedSeconds,
  })
}

export function readCarriedCookie(request: RequestView, jwt: JwtManager, cookie: CarriedCookie): string | undefined {
  return readCookie(request.header('cookie'), nameOf(jwt, cookie)) || undefined
}

function nameOf({ settings }: JwtManager, { kind, provider }: CarriedCookie): string {
  const name = ['provider', kind.replaceAll(' ', '_').replaceAll('-', '_'), ...(provider ? [provider] : [])].join('_')
  return settings.cookieSecure ? `__Host-${name}` : name
}
