/// <reference types="node" preserve="true" />
import type { IncomingMessage, ServerResponse } from 'node:http'
import { TokenError } from '../errors.ts'
import { type Authenticated, createGuard, type GuardOptions } from '../guard/authenticate.ts'
import type { TokenIdentity } from '../guard/jwt-claims.ts'
import type { JwtManager } from '../guard/jwt-manager.ts'
import type { Answer } from '../guard/problem.ts'
import { renewedCookies } from '../guard/renewal.ts'
import { makeCookieHelpers, type SetCookies, type UnsetCookies } from './cookie-helpers.ts'
import { type Listener, type Mountable, mountListener } from './mount.ts'
import { NodeRequestView } from './node-request.ts'
import { sendAnswer } from './send-answer.ts'
import type { Known } from './web.ts'

/** Why a request is refused, and the answer that says so. */
export class Refusal {
  readonly error: TokenError
  readonly answer: Answer

  constructor(error: TokenError, answer: Answer) {
    this.error = error
    this.answer = answer
  }

  /** Sends the answer and ends the response. */
  send(res: ServerResponse): void {
    if (!res.headersSent) sendAnswer(res, this.answer)
  }
}

/**
 * Guards requests of `node:http`, and of frameworks that hand them on, such as Koa: tells whom a request comes from, or why it is
 * refused. A request that opens a WebSocket is guarded likewise, in a listener of `upgrade`. `OPTIONS` requests pass unchecked,
 * for CORS preflights.
 * @returns A function of the request and, if a token or its CSRF value may be in a body, of the body as a parser left it.
 * @throws {ConfigurationError} `option_invalid`
 * @example
 * const guard = requestGuard(jwt)
 * const known = await guard(req)
 * if (known instanceof Refusal) return known.send(res)
 */
export function requestGuard<
  User,
  Identity,
  VerifySub extends boolean,
  const Options extends GuardOptions = Record<never, never>,
>(
  jwt: JwtManager<User, Identity, VerifySub>,
  options?: Options,
): (req: IncomingMessage, body?: unknown) => Promise<Known<User, Options, TokenIdentity<VerifySub>> | Refusal> {
  const guard = createGuard(jwt, options)
  return async function check(req, body = (req as { body?: unknown }).body) {
    try {
      return (await guard(new ParsedRequestView(req, body))) as Known<User, Options, TokenIdentity<VerifySub>>
    } catch (error) {
      if (!(error instanceof TokenError)) throw error
      return new Refusal(error, jwt.answer(error))
    }
  }
}

/**
 * Puts the cookies on a response that `renewCookiesWithinSeconds` asks for, if its status is one of success. Call it when the
 * response is made, its status included, and not yet sent.
 * @param known What the guard answered. For an anonymous request nothing is done.
 */
export async function renewCookies<User, Identity, VerifySub extends boolean>(
  res: ServerResponse,
  jwt: JwtManager<User, Identity, VerifySub>,
  known: Authenticated<User, TokenIdentity<VerifySub>> | undefined,
): Promise<void> {
  const isOk = res.statusCode >= 200 && res.statusCode < 300
  if (known === undefined || res.headersSent || !isOk) return
  helpers.appendCookies(res, await renewedCookies(jwt, known, [res.getHeader('set-cookie') ?? []].flat().map(String)))
}

/**
 * The routes of `createAuth` at a path: what is there and is none of them is answered with 404.
 * @example
 * const handleAuth = authRoutes(auth, '/auth')
 * createServer((req, res) => (req.url?.startsWith('/auth/') ? handleAuth(req, res) : app(req, res)))
 */
export function authRoutes(auth: Mountable, path: string): Listener {
  return mountListener(auth, path)
}

const helpers = makeCookieHelpers<ServerResponse>((res, name, value) => {
  if (name === 'Set-Cookie') res.appendHeader(name, value)
  else res.setHeader(name, value)
})

/** Hands an access token to the browser, with its double-submit value. Never send the same token in the body. */
export const setAccessCookies: SetCookies<ServerResponse> = helpers.setAccessCookies
/** The same for a refresh token. */
export const setRefreshCookies: SetCookies<ServerResponse> = helpers.setRefreshCookies
/** Removes the access token from the browser. */
export const unsetAccessCookies: UnsetCookies<ServerResponse> = helpers.unsetAccessCookies
/** Removes the refresh token. */
export const unsetRefreshCookies: UnsetCookies<ServerResponse> = helpers.unsetRefreshCookies
/** Removes both: what a logout does. */
export const unsetJwtCookies: UnsetCookies<ServerResponse> = helpers.unsetJwtCookies

class ParsedRequestView extends NodeRequestView {
  readonly #body: unknown

  constructor(req: IncomingMessage, body: unknown) {
    super(req)
    this.#body = body
  }

  protected parsedBody(): Promise<unknown> {
    return Promise.resolve(this.#body)
  }
}
