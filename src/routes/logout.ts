import type { Context } from 'hono'
import { z } from 'zod'
import { logout as logOut, sessionOfRefreshToken } from '../accounts/logout.ts'
import { HonoRequestView } from '../adapters/hono-request.ts'
import { TokenError } from '../errors.ts'
import { makeLocator } from '../guard/locate.ts'
import { setCookies } from './answer-tokens.ts'
import { readOptionalBody } from './body.ts'
import type { Endpoint, RouteParts } from './endpoint.ts'
import { readRefreshCookie } from './refresh-cookie.ts'

const Body = z.object({ refresh_token: z.string().optional() })

export const logout: Endpoint = {
  method: 'post',
  path: '/logout',
  summary: 'Ends the session of an access token, also an expired one, or of a refresh token',
  body: { schema: Body, required: false },
  answer: { status: 204, description: 'It is over, and was perhaps before' },
  refusals: ['token_missing', 'csrf_missing', 'csrf_mismatch', 'cross_site_refused'],
  async handle(c, parts) {
    const { refresh_token } = await readOptionalBody(c, Body)
    const sessionId =
      refresh_token === undefined ? await sessionOfRequest(c, parts) : await sessionOfRefreshToken(parts, refresh_token)
    if (sessionId !== undefined) await logOut(parts, sessionId, c.var.client)
    setCookies(c, [...parts.jwt.unsetAccessCookies(), ...parts.jwt.unsetRefreshCookies()])
    return c.body(null, 204)
  },
}

/** By the access token, or else by the refresh cookie. */
async function sessionOfRequest(c: Context, parts: RouteParts): Promise<string | undefined> {
  const { jwt } = parts
  const view = new HonoRequestView(c)
  try {
    const { token, csrf } = await makeLocator(jwt.settings, 'access', jwt.settings.tokenLocation)(view)
    const { sid } = jwt.decodeToken(token, { allowExpired: true, csrfValue: csrf })
    return typeof sid === 'string' ? sid : undefined
  } catch (error) {
    if (!(error instanceof TokenError && error.code === 'token_missing')) throw error
    return sessionOfRefreshToken(parts, await readRefreshCookie(c, jwt))
  }
}
