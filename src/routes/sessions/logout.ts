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

/** What is read of the request besides its body, and where its cookies go. */
type Carried = Pick<AnyGiven, 'request' | 'setCookies'>

/**
 * The session that the request names, by what the client is sure to have: the refresh token, then the access token, then
 * the refresh cookie. What cannot be read is passed over, because a client that logs out must not be kept in by an access
 * token that is of no use any more.
 * @returns `undefined` where what it names is no session, or none any more.
 * @throws {TokenError} Where nothing could be read, why not.
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
  // That a token is missing says less than what is wrong with the other.
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
 * Whether what the browser keeps is of no use. Not where the request may be another site's: it must not be able to log a
 * user out.
 */
function isUseless({ code }: TokenError): boolean {
  return !['token_missing', 'csrf_missing', 'csrf_mismatch', 'cross_site_refused'].includes(code)
}
