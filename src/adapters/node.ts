/// <reference types="node" preserve="true" />
import type { IncomingMessage, ServerResponse } from 'node:http'
import { TokenError } from '../errors.ts'
import { createGuard } from '../guard/authenticate.ts'
import { renewedCookies } from '../guard/cookies/renewal.ts'
import type { JwtManager } from '../guard/jwt-manager.ts'
import type { Authenticated, GuardOptions } from '../guard/options/guard-options.ts'
import type { Answer } from '../guard/problem.ts'
import type { TokenIdentity } from '../guard/tokens/jwt-claims.ts'
import { requireManager, requireMethod } from './arguments.ts'
import { makeCookieHelpers, type SetCookies, type UnsetCookies } from './cookie-helpers.ts'
import { type Listener, type Mountable, mountListener } from './mount.ts'
import { NodeRequestView } from './request/node-request.ts'
import { sendAnswer } from './send-answer.ts'
import type { Known } from './web.ts'

/** Why a request is rejected, and its answer. */
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
 * Guards requests of `node:http`, and of frameworks that pass them on, such as Koa: returns the user of a request, or why it
 * is rejected. Guard a request that opens a WebSocket in the same way, in a listener of `upgrade`. `OPTIONS` requests pass
 * unchecked, for CORS preflights.
 * @returns A function of the request and, if a token or its CSRF value may be in a body, of the parsed body.
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
  requireManager('requestGuard', jwt)
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
 * Adds the cookies that `renewCookiesWithinSeconds` renews to a response, if its status is a success. Call it after the
 * status is set and before the response is sent.
 * @param known The result of the guard. For an anonymous request, nothing is done.
 */
export async function renewCookies<User, Identity, VerifySub extends boolean>(
  res: ServerResponse,
  jwt: JwtManager<User, Identity, VerifySub>,
  known: Authenticated<User, TokenIdentity<VerifySub>> | undefined,
): Promise<void> {
  requireMethod('renewCookies', 'the response', res, 'setHeader')
  requireManager('renewCookies', jwt)
  const isOk = res.statusCode >= 200 && res.statusCode < 300
  if (known === undefined || res.headersSent || !isOk) return
  helpers.appendCookies(res, await renewedCookies(jwt, known, [res.getHeader('set-cookie') ?? []].flat().map(String)))
}

/**
 * The routes of `createAuth` at a path. Other requests under the path get 404.
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
}, 'setHeader')

/** Sets the cookies of an access token and its CSRF value. Never also send the token in the body. */
export const setAccessCookies: SetCookies<ServerResponse> = helpers.setAccessCookies
/** The same for a refresh token. */
export const setRefreshCookies: SetCookies<ServerResponse> = helpers.setRefreshCookies
/** Removes the access token from the browser. */
export const unsetAccessCookies: UnsetCookies<ServerResponse> = helpers.unsetAccessCookies
/** Removes the refresh token. */
export const unsetRefreshCookies: UnsetCookies<ServerResponse> = helpers.unsetRefreshCookies
/** Removes both, as a logout does. */
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
