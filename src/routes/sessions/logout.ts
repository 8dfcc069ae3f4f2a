import { z } from 'zod'
import { sessionIdOf } from '../../accounts/sessions/caller.ts'
import { logout as logOut, sessionOfRefreshToken } from '../../accounts/sessions/logout.ts'
import { TokenError } from '../../errors.ts'
import { firstAccepted } from '../../guard/cookies/first-accepted.ts'
import { makeLocator } from '../../guard/request/locate.ts'
import { type AnyGiven, defineEndpoint, type Endpoint, type RouteParts, type Schema } from '../http/endpoint.ts'
import { type RefreshCookie, readRefreshCookies } from './cookies/refresh-cookie.ts'
import { removeCookies } from './cookies/remove-cookies.ts'

export interface LogoutBody {
  readonly refresh_token?: string | undefined
}

const LogoutBody: Schema<LogoutBody> = z.object({
  refresh_token: z
    .string()
    .optional()
    .meta({ description: 'Identifies the session even if the access token is invalid' }),
})

export const logout: Endpoint = defineEndpoint(
  {
    id: 'logout',
    method: 'post',
    path: '/logout',
    summary: 'Ends the session of a refresh token or an access token, even an expired one',
    credentials: ['access', 'refresh'],
    body: { schema: LogoutBody, required: false },
    answers: { 204: { description: 'The session has ended, or had ended before' } },
    refusals: ['token_missing', 'token_key_unknown', 'csrf_missing', 'csrf_mismatch', 'cross_site_refused'],
  },
  async (given, parts) => {
    const sessionId = await findSession(given, parts, given.body.refresh_token)
    if (sessionId !== undefined) await logOut(parts, sessionId, given.origin)
    removeCookies(given, parts)
    return { status: 204 }
  },
)

/** The parts of the request other than its body that are read, and where its cookies go. */
type Carried = Pick<AnyGiven, 'request' | 'setCookies'>

/**
 * Finds the session that the request identifies, by the tokens that a client is most certain to have: the refresh
 * token, then the access token, then the refresh cookie. A token that cannot be read is skipped, because an access
 * token that is no longer valid must not keep a client from logging out.
 * @returns `undefined` if the session does not exist, or no longer exists.
 * @throws {TokenError} If no token could be read: the reason.
 */
async function findSession(given: Carried, parts: RouteParts, text: string | undefined): Promise<string | undefined> {
  const named = text === undefined ? undefined : await sessionOfRefreshToken(parts, text)
  if (named !== undefined) return named
  const ofAccess = await refusalOr(sessionOfAccessToken(given, parts))
  if (typeof ofAccess === 'string') return ofAccess
  const submits = ofAccess !== undefined && isUseless(ofAccess) ? 'either' : 'its own'
  const cookie = await refusalOr(readRefreshCookies(given.request, parts.jwt, submits))
  if (!(cookie instanceof TokenError)) return sessionOfCookies(parts, cookie)
  if (ofAccess === undefined) return undefined
  // A missing token is less informative than what is wrong with the other one.
  const refusal = ofAccess.code === 'token_missing' ? cookie : ofAccess
  if (refusal.code === 'token_missing' && text !== undefined) return undefined
  if (isUseless(refusal)) removeCookies(given, parts)
  throw refusal
}

async function sessionOfCookies(parts: RouteParts, cookies: readonly RefreshCookie[]): Promise<string | undefined> {
  for (const { tokens } of cookies) {
    const sessionId = await sessionOfRefreshToken(parts, tokens[0])
    if (sessionId !== undefined) return sessionId
  }
  return undefined
}

async function refusalOr<Result>(reading: Promise<Result>): Promise<Result | TokenError> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof TokenError) return error
    throw error
  }
}

async function sessionOfAccessToken({ request }: Carried, { jwt }: RouteParts): Promise<string | undefined> {
  const locate = makeLocator(jwt.settings, 'access', jwt.settings.tokenLocation)
  return firstAccepted(await locate(request), ({ token, csrf }) =>
    sessionIdOf(jwt.decodeToken(token, { allowExpired: true, csrfValue: csrf })),
  )
}

/**
 * Whether the cookies of the browser are useless and can be removed. Not if the request may come from another site,
 * which must not be able to log a user out.
 */
function isUseless({ code }: TokenError): boolean {
  return !['token_missing', 'csrf_missing', 'csrf_mismatch', 'cross_site_refused'].includes(code)
}
