/// <reference types="node" preserve="true" />
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ErrorRequestHandler, NextFunction, Request, Response } from 'express'
import { TokenError } from '../errors.ts'
import { createGuard } from '../guard/authenticate.ts'
import { renewedCookies } from '../guard/cookies/renewal.ts'
import type { JwtManager } from '../guard/jwt-manager.ts'
import type { Authenticated, GuardOptions } from '../guard/options/guard-options.ts'
import type { CustomIdentity, CustomUser, TokenIdentity } from '../guard/tokens/jwt-claims.ts'
import { makeCookieHelpers, type SetCookies, type UnsetCookies } from './cookie-helpers.ts'
import { type Mountable, mountListener } from './mount.ts'
import { renewAtEnd } from './renew-at-end.ts'
import { ExpressRequestView } from './request/express-request.ts'
import { sendAnswer } from './send-answer.ts'

/** The mark that an optional guard leaves in the type of `res.locals`, which is what handlers of one route have in common. */
declare const isOptional: unique symbol
type OptionalLocals = NonNullable<Response['locals']> & { readonly [isOptional]?: true }

declare global {
  namespace Express {
    interface Request {
      jwt: Authenticated<CustomUser, CustomIdentity> | undefined
    }
  }
}

declare module 'express-serve-static-core' {
  // Its parameters have the names that the package gave them: only so the two are one.
  interface Request<P, ResBody, ReqBody, ReqQuery, LocalsObj> {
    /**
     * Whom the request comes from, behind a guard. Where an optional one lets anonymous requests through it may be `undefined`,
     * which the compiler knows in the route of that guard; behind no guard it is.
     */
    jwt: Authenticated<CustomUser, CustomIdentity> | AnonymousIn<LocalsObj>
  }
}

/** `undefined` where the mark is. Types that are `any` have every mark, and mean none. */
type AnonymousIn<Locals> = 0 extends 1 & Locals ? never : typeof isOptional extends keyof Locals ? undefined : never

/** Says nothing of a route's parameters, so that what the route's own path says of them is not lost. */
export type Middleware = (req: IncomingMessage, res: ServerResponse, next: NextFunction) => void

/** A guard with `optional: true`. */
export type OptionalMiddleware = (
  req: IncomingMessage,
  res: Response<Parameters<Response['send']>[0], OptionalLocals>,
  next: NextFunction,
) => void

/**
 * Guards routes: answers a request without a valid token, with 401 or the status of its error.
 *
 * Behind it `req.jwt` tells whom the request comes from. `OPTIONS` requests pass unchecked, for CORS preflights.
 * @throws {ConfigurationError} `option_invalid`, when the route is set up
 * @example app.get('/protected', jwtRequired(jwt), (req, res) => res.json({ msg: `Hello, ${req.jwt.identity}!` }))
 */
export function jwtRequired<
  User,
  Identity,
  VerifySub extends boolean,
  const Options extends GuardOptions = Record<never, never>,
>(
  jwt: JwtManager<User, Identity, VerifySub>,
  options?: Options,
): Options extends { readonly optional: true } ? OptionalMiddleware : Middleware {
  const guard = createGuard(jwt, options)
  const renews = jwt.settings.renewCookiesWithinSeconds !== undefined

  return function requireJwt(incoming: IncomingMessage, outgoing: ServerResponse, next: NextFunction): void {
    const [req, res] = [incoming as Request, outgoing as Response]
    const view = new ExpressRequestView(req, res)
    function proceed(authenticated: Authenticated<User, TokenIdentity<VerifySub>> | undefined): void {
      req.jwt = authenticated as unknown as Authenticated<CustomUser, CustomIdentity>
      if (renews && authenticated !== undefined) {
        renewAtEnd(
          res,
          (alreadySet) => renewedCookies(jwt, authenticated, alreadySet),
          (cookies) => helpers.appendCookies(res, cookies),
        )
      }
      next(view.bodyFault)
    }
    const refuse = (error: unknown) => refusal(res, jwt, error, next)
    let result: ReturnType<typeof guard>
    try {
      result = guard(view)
    } catch (error) {
      refuse(error)
      return
    }
    // Outside of the try: what the route throws is not the guard's to answer.
    if (result instanceof Promise) result.then(proceed, refuse)
    else proceed(result)
  }
}

/**
 * Answers a `TokenError` that a handler did not catch, for example from `decodeToken`, as a guard would.
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
  return mountListener(auth, '/')
}

const helpers = makeCookieHelpers<Response>((res, name, value) => {
  if (name === 'Set-Cookie') res.append(name, value)
  else res.set(name, value)
})

/** Sets the cookies of an access token and its CSRF value. Never also send the token in the body. */
export const setAccessCookies: SetCookies<Response> = helpers.setAccessCookies
/** The same for a refresh token. */
export const setRefreshCookies: SetCookies<Response> = helpers.setRefreshCookies
/** Removes the access token from the browser. */
export const unsetAccessCookies: UnsetCookies<Response> = helpers.unsetAccessCookies
/** Removes the refresh token. */
export const unsetRefreshCookies: UnsetCookies<Response> = helpers.unsetRefreshCookies
/** Removes both, as a logout does. */
export const unsetJwtCookies: UnsetCookies<Response> = helpers.unsetJwtCookies

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
    sendAnswer(res, jwt.answer(error))
  } catch (fault) {
    // Of the application's own answerFor. Nobody waits for this function to throw.
    next(fault)
  }
}
