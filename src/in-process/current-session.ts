import { sessionIdOf } from '../accounts/sessions/caller.ts'
import { TokenError } from '../errors.ts'
import { createGuard } from '../guard/authenticate.ts'
import type { JwtManager } from '../guard/jwt-manager.ts'
import type { Authenticated } from '../guard/options/guard-options.ts'
import type { JwtClaims } from '../guard/tokens/jwt-claims.ts'
import { type RequestHeaders, viewOfHeaders } from './request-headers.ts'

/** The session of a request, as its access token states it. */
export interface CurrentSession {
  readonly userId: string
  readonly sessionId: string
  /** The user's roles; an empty list if there are none. */
  readonly roles: readonly string[]
  /** How the user authenticated (RFC 8176). */
  readonly amr: readonly string[]
  /** `aal1`, or `aal2` with a second factor. */
  readonly acr: string | undefined
  /** When the user last authenticated. */
  readonly authTime: Date | undefined
  /** When the access token expires: until then, the client need not refresh it. */
  readonly expiresAt: Date
  /** All claims of the access token. */
  readonly claims: JwtClaims
}

/** Reads sessions from the headers of requests, with the guard of the routes. */
export function makeSessionReader(jwt: JwtManager): (headers: RequestHeaders) => Promise<CurrentSession | undefined> {
  const guard = createGuard(jwt)
  return async function getSession(headers) {
    try {
      const authenticated = await guard(viewOfHeaders(headers))
      return authenticated && currentSession(authenticated)
    } catch (error) {
      if (error instanceof TokenError && !isUnchecked(error)) return undefined
      throw error
    }
  }
}

/** A token that the application issued itself belongs to no session. */
function currentSession({ identity, claims }: Authenticated): CurrentSession | undefined {
  const sessionId = sessionIdOf(claims)
  if (sessionId === undefined) return undefined
  const { roles = [], amr = [], acr, auth_time: time, exp = 0 } = claims
  const authTime = time === undefined ? undefined : new Date(time * 1000)
  return { userId: identity, sessionId, roles, amr, acr, authTime, expiresAt: new Date(exp * 1000), claims }
}

/** Whether the token could not be checked. Its user may be logged in, so a page must not show them as logged out. */
function isUnchecked({ code }: TokenError): boolean {
  return code === 'revocation_unknown' || code === 'keys_unavailable'
}
