import { createHash } from 'node:crypto'
import type { JwtManager } from '../../../guard/jwt-manager.ts'
import type { RequestView } from '../../../guard/request/request-view.ts'
import { type CarriedCookie, carriedCookie, nameOfCarried, readCarriedCookie } from './carried-cookie.ts'

/** Maximum attempts of a browser, with all providers: it sends abandoned ones with every request. */
const mostAttempts = 3

/**
 * The `Set-Cookie` lines for a browser that goes to a provider. Each attempt has its own cookie, so that one in another
 * tab does not replace it.
 */
export function attemptCookies(
  request: RequestView,
  jwt: JwtManager,
  { state, carried }: { readonly state: string; readonly carried: string },
): string[] {
  const pattern = new RegExp(
    `(?:^|;\\s*)${nameOfCarried(jwt, { kind: 'sign-in', tag: `([0-9a-f]{${tagLength}})` })}=`,
    'g',
  )
  // Browsers send the oldest first (RFC 6265 section 5.4).
  const tags = [...(request.header('cookie') ?? '').matchAll(pattern)].map(([, tag = '']) => tag)
  const surplus = tags.slice(0, Math.max(0, tags.length + 1 - mostAttempts))
  return [
    ...surplus.map((tag) => carriedCookie(jwt, { kind: 'sign-in', tag })),
    carriedCookie(jwt, cookieOf(state), carried),
  ]
}

/** What the browser carries for the attempt that a response belongs to. */
export function readAttempt(request: RequestView, jwt: JwtManager, state: string | undefined): string | undefined {
  return state === undefined ? undefined : readCarriedCookie(request, jwt, cookieOf(state))
}

/** The `Set-Cookie` line for a browser whose attempt is over. */
export function endedAttemptCookie(jwt: JwtManager, state: string): string {
  return carriedCookie(jwt, cookieOf(state))
}

const tagLength = 16

/** Named by a hash, so that the name of the cookie reveals nothing of the state. */
function cookieOf(state: string): CarriedCookie {
  return { kind: 'sign-in', tag: createHash('sha256').update(state).digest('hex').slice(0, tagLength) }
}
