/// <reference types="node" preserve="true" />
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ErrorRequestHandler, NextFunction, Request, Response } from 'express'
import { TokenError } from '../errors.ts'
import { type Authenticated, createGuard, type GuardOptions } from '../guard/authenticate.ts'
import type { CustomIdentity, CustomUser, TokenIdentity } from '../guard/jwt-claims.ts'
import type { JwtManager } from '../guard/jwt-manager.ts'
import { renewedCookies } from '../guard/renewal.ts'
import { makeCookieHelpers, type SetCookies, type UnsetCookies } from './cookie-helpers.ts'
import { ExpressRequestView } from './express-request.ts'
import { type Mountable, mountListener } from './mount.ts'

declare global {
  namespace Express {
    interface Request {
      /** Whom the request comes from, behind a guard. Behind none, and where an optional one found nobody, `undefined`. */
      jwt: Authenticated<CustomUser, CustomIdentity>
    }
  }
}

/** Says nothing of a route's parameters, so that what the route's own path says of them is not lost. */
export type Middleware = (req: IncomingMessage, res: ServerResponse, next: NextFunction) => void

/**
 * Guards routes: a request without a token that holds is answered here, with 401 or what its fault deserves.
 *
 * Behind it `req.jwt` tells whom the request comes from. `OPTIONS` requests pass unchecked, for CORS preflights.
 * @throws {ConfigurationError} `option_invalid`, when the route is set up
 * @example app.get('/protected', jwtRequired(jwt), (req, res) => res.json({ msg: `Hello, ${req.jwt.identity}!` }))
 */
export function jwtRequired<User, Identity, VerifySub extends boolean>(
  jwt: JwtManager<User, Identity, VerifySub>,
  options?: GuardOptions,
): Middleware {
  const guard = createGuard(jwt, options)
  const renews = jwt.settings.renewCookiesWithinSeconds !== undefined

  return function requireJwt(incoming, outgoing, next) {
    const [req, res] = [incoming as Request, outgoing as Response]
    const view = new ExpressRequestView(req, res)
    function proceed(authenticated: Authenticated<User, TokenIdentity<VerifySub>> | undefined): void {
      req.jwt = authenticated as unknown as Authenticated<CustomUser, CustomIdentity>
      if (renews && authenticated !== undefined) renewAtEnd(res, jwt, authenticated)
      next(view.bodyFault)
    }
    const refuse = (error: unknown) => refusal(res, jwt, error, next)
    let result: ReturnType<typeof guard>
    try {
      result = guard(view)
    } catch (error) {
      return refuse(error)
    }
    // Outside of the try: what the route throws is not the guard's to answer.
    if (result instanceof Promise) result.then(proceed, refuse)
    else proceed(result)
  }
}

/**
 * Answers a `TokenError` that a handler let through, `decodeToken`'s for example, as a guard would.
 * @example app.use(handleTokenErrors(jwt))
 */
export function handleTokenErrors<User, Identity, VerifySub extends boolean>(
  jwt: JwtManager<User, Identity, VerifySub>,
): ErrorRequestHandler {
  return function answerTokenError(error, _req, res, next) {
    refusal(res, jwt, error, next)
  }
}

/**
 * The routes of `createAuth`, at a path of your choice, before or behind a body parser. What is at that path and is none of
 * them is answered with 404.
 * @example app.use('/auth', authRoutes(auth))
 */
export function authRoutes(auth: Mountable): Middleware {
  const listener = mountListener(auth, '/')
  return function handleAuth(incoming, outgoing) {
    // Where the listener looks for what a parser has read before; some applications keep it there themselves.
    const { rawBody } = incoming as { rawBody?: unknown }
    if (incoming.readableDidRead && !Buffer.isBuffer(rawBody)) {
      Object.assign(incoming, { rawBody: writtenAgain(incoming as Request) })
    }
    listener(incoming, outgoing)
  }
}

const helpers = makeCookieHelpers<Response>((res, name, value) => {
  if (name === 'Set-Cookie') res.append(name, value)
  else res.set(name, value)
})

/** Hands an access token to the browser, with its double-submit value. Never send the same token in the body. */
export const setAccessCookies: SetCookies<Response> = helpers.setAccessCookies
/** The same for a refresh token. */
export const setRefreshCookies: SetCookies<Response> = helpers.setRefreshCookies
/** Takes the access token back from the browser. */
export const unsetAccessCookies: UnsetCookies<Response> = helpers.unsetAccessCookies
/** Takes the refresh token back. */
export const unsetRefreshCookies: UnsetCookies<Response> = helpers.unsetRefreshCookies
/** Takes both back: what a logout does. */
export const unsetJwtCookies: UnsetCookies<Response> = helpers.unsetJwtCookies

/** What a parser made of the body, as bytes once more. */
function writtenAgain({ body, headers }: Request): Buffer {
  if (Buffer.isBuffer(body)) return body
  if (typeof body === 'string') return Buffer.from(body)
  if (body === undefined) return Buffer.alloc(0)
  const isForm = /^application\/x-www-form-urlencoded/i.test(headers['content-type'] ?? '')
  const pairs = isForm && new URLSearchParams(Object.entries(body ?? {}).flatMap(fields))
  return Buffer.from(pairs ? pairs.toString() : JSON.stringify(body))
}

function fields([name, value]: [string, unknown]): [string, string][] {
  return [value].flat().map((one) => [name, String(one)])
}

function refusal<User, Identity, VerifySub extends boolean>(
  res: Response,
  jwt: JwtManager<User, Identity, VerifySub>,
  error: unknown,
  next: (error: unknown) => void,
): void {
  if (!(error instanceof TokenError)) {
    next(error)
    return
  }
  // A timeout, for example, has answered meanwhile.
  if (res.headersSent) return
  try {
    const { status, headers, body } = jwt.answer(error)
    const text = JSON.stringify(body)
    res.setHeader('content-type', 'application/json')
    for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
    res.setHeader('content-length', Buffer.byteLength(text))
    res.statusCode = status
    res.end(text)
  } catch (fault) {
    // Of the application's own answerFor. Nobody waits for this function to throw.
    next(fault)
  }
}

/**
 * Asks once more before the response ends, so that a logout meanwhile is not undone. What has begun to be sent stays, and
 * what is done to the response while the answer is awaited comes too late, as it would behind any end.
 */
function renewAtEnd<User, Identity, VerifySub extends boolean>(
  res: Response,
  jwt: JwtManager<User, Identity, VerifySub>,
  who: Authenticated<User, TokenIdentity<VerifySub>>,
): void {
  const { end, write, writeHead, flushHeaders } = res
  res.end = function endWithCookies(...args: unknown[]): Response {
    res.end = end
    const goOn = (cookies: readonly string[] = []) => {
      helpers.appendCookies(res, cookies)
      return end.apply(res, args as Parameters<typeof end>)
    }
    const isOk = res.statusCode >= 200 && res.statusCode < 300
    if (res.headersSent || !isOk) return goOn()
    const renewed = renewedCookies(jwt, who, [res.getHeader('set-cookie') ?? []].flat().map(String))
    if (!(renewed instanceof Promise)) return goOn(renewed)
    const { statusCode } = res
    const headers = Object.entries(res.getHeaders())
    Object.assign(res, { end: () => res, write: () => false, writeHead: () => res, flushHeaders: () => {} })
    void renewed.then((cookies) => {
      Object.assign(res, { end, write, writeHead, flushHeaders, statusCode })
      for (const name of res.getHeaderNames()) res.removeHeader(name)
      for (const [name, value] of headers) res.setHeader(name, value ?? '')
      goOn(cookies)
    })
    return res
  } as typeof end
}
