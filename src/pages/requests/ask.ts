import type { Context, Hono } from 'hono'
import type { JwtManager } from '../../guard/jwt-manager.ts'
import type { RouteEnv } from '../../routes/http/endpoint.ts'
import type { ErrorBody } from '../../routes/types.ts'
import type { CookieJar } from './cookie-jar.ts'
import { csrfHeaders } from './csrf-headers.ts'

/** What a route answered. */
export type Answer<Body> = { readonly ok: true; readonly body: Body } | Refusal

export interface Refusal extends Pick<ErrorBody, 'code' | 'msg' | 'members'> {
  readonly ok: false
  readonly status: number
  readonly retryAfterSeconds: number | undefined
  /** The whole body: `mfa_token` and the like. */
  readonly body: Readonly<Record<string, unknown>>
}

/**
 * Calls a route of the API in this process, as the browser of this visit: with its cookies, from its address. So a page
 * can do nothing that the API would refuse. An expired access token is refreshed once, as `hallpass/client` does.
 */
export type Ask = <Body = undefined>(
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: Readonly<Record<string, unknown>>,
) => Promise<Answer<Body>>

/** Refusals of an access token that a refresh fixes. */
const refreshable: ReadonlySet<string> = new Set([
  'token_expired',
  'token_revoked',
  'token_key_unknown',
  // The cookie has expired before that of the refresh token.
  'token_missing',
])

/**
 * The path of the routes, as browsers know it: one route makes the address to which providers send browsers back from
 * it.
 */
export const routesPath = '/auth'

/** What a route sees of the browser, in addition to its cookies. */
const passedOn = ['user-agent', 'x-forwarded-for', 'host', 'accept-language']

export function makeAsk(
  c: Context,
  { routes, jwt, jar }: { readonly routes: Hono<RouteEnv>; readonly jwt: JwtManager; readonly jar: CookieJar },
): Ask {
  async function send(method: string, path: string, body: unknown): Promise<Response> {
    const headers = new Headers({ ...csrfHeaders(jar, jwt, path) })
    for (const name of passedOn) {
      const value = c.req.header(name)
      if (value !== undefined) headers.set(name, value)
    }
    if (jar.header !== '') headers.set('cookie', jar.header)
    if (body !== undefined) headers.set('content-type', 'application/json')
    const request = new Request(new URL(routesPath + path, 'http://pages.invalid'), {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const response = await routes.fetch(request, c.env)
    for (const line of response.headers.getSetCookie()) {
      jar.keep(line)
      c.header('Set-Cookie', line, { append: true })
    }
    return response
  }

  return async function ask<Body>(method: string, path: string, body?: Readonly<Record<string, unknown>>) {
    const answer = await read<Body>(await send(method, path, body))
    if (answer.ok || !refreshable.has(answer.code) || !jar.has(jwt.settings.refreshCookieName)) return answer
    const refreshed = await read(await send('POST', '/refresh', undefined))
    if (refreshed.ok) return read<Body>(await send(method, path, body))
    // A server error says nothing about the session, which continues afterwards.
    return /^(?:token_|refresh_token_invalid$)/.test(refreshed.code) ? answer : refreshed
  }
}

async function read<Body>(response: Response): Promise<Answer<Body>> {
  const location = response.headers.get('location')
  if (location !== null) return { ok: true, body: { redirect_to: location } as Body }
  const text = await response.text()
  const body = text === '' ? undefined : JSON.parse(text)
  if (response.ok) return { ok: true, body: body as Body }
  const { code, msg, members } = body as ErrorBody
  const retryAfter = response.headers.get('retry-after')
  return {
    ok: false,
    status: response.status,
    code,
    msg,
    members,
    retryAfterSeconds: retryAfter === null ? undefined : Number(retryAfter),
    body,
  }
}
