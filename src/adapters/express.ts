/// <reference types="node" preserve="true" />
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ErrorRequestHandler, NextFunction, Request, Response } from 'express'
import { TokenError } from '../errors.ts'
import { createGuard } from '../guard/authenticate.ts'
import { renewedCookies } from '../guard/cookies/renewal.ts'
import type { JwtManager } from '../guard/jwt-manager.ts'
import type { Authenticated, GuardOptions } from '../guard/options/guard-options.ts'
import type { CustomIdentity, CustomUser } from '../guard/tokens/jwt-claims.ts'
import { requireManager } from './arguments.ts'
import { makeCookieHelpers, type SetCookies, type UnsetCookies } from './cookie-helpers.ts'
import { type Mountable, mountListener } from './mount.ts'
import { renewAtEnd } from './renew-at-end.ts'
import { ExpressRequestView } from './request/express-request.ts'
import { sendAnswer } from './send-answer.ts'

/** Marks the type of `res.locals` after an optional guard. All handlers of a route share that type. */
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
  // The parameters must have the package's names, or TypeScript does not merge the interfaces.
  interface Request<P, ResBody, ReqBody, ReqQuery, LocalsObj> {
    /**
     * The user of the request, behind a guard. It may be `undefined` behind an optional guard, which the types of that
     * route reflect, and always is without a guard.
     */
    jwt: Authenticated<CustomUser, CustomIdentity> | AnonymousIn<LocalsObj>
  }
}

/** `undefined` if the mark is present. A type that is `any` seems to have every mark, and has none. */
type AnonymousIn<Locals> = 0 extends 1 & Locals ? never : typeof isOptional extends keyof Locals ? undefined : never

/** States no parameters, so that those of the route's own path are kept. */
export type Middleware = (req: IncomingMessage, res: ServerResponse, next: NextFunction) => void

/** A guard with `optional: true`. */
export type OptionalMiddleware = (
  req: IncomingMessage,
  res: Response<Parameters<Response['send']>[0], OptionalLocals>,
  next: NextFunction,
) => void

/**
 * Guards routes: rejects a request without a valid token, with 401 or the status of its error.
 *
 * The handler finds the user in `req.jwt`. `OPTIONS` requests pass unchecked, for CORS preflights.
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
  requireManager('jwtRequired', jwt)
  const guard = createGuard(jwt, options)
  const renews = jwt.settings.renewCookiesWithinSeconds !== undefined

  function accept(req: Request, res: Response, authenticated: Awaited<ReturnType<typeof guard>>): void {
    req.jwt = authenticated as unknown as Authenticated<CustomUser, CustomIdentity>
    if (!renews || authenticated === undefined) return
    renewAtEnd(
      res,
      (alreadySet) => renewedCookies(jwt, authenticated, alreadySet),
      (cookies) => helpers.appendCookies(res, cookies),
    )
  }

  return function requireJwt(incoming: IncomingMessage, outgoing: ServerResponse, next: NextFunction): void {
    const [req, res] = [incoming as Request, outgoing as Response]
    const view = new ExpressRequestView(req, res)
    const proceed = (authenticated: Awaited<ReturnType<typeof guard>>) => {
      accept(req, res, authenticated)
      next(view.bodyFault)
    }
    let result: ReturnType<typeof guard>
    try {
      result = guard(view)
    } catch (error) {
      refusal(res, jwt, error, next)
      return
    }
    // Outside of the `try`, because the guard must not answer what the route throws.
    if (result instanceof Promise) result.then(proceed, (error: unknown) => refusal(res, jwt, error, next))
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
  requireManager('handleTokenErrors', jwt)
  return function answerTokenError(error, _req, res, next) {
    refusal(res, jwt, error, next)
  }
}

/**
 * The routes of `createAuth`, at a path of your choice, before or after a body parser. Unknown paths under it get 404.
 * @example app.use('/auth', authRoutes(auth))
 */
export function authRoutes(auth: Mountable): Middleware {
  return mountListener(auth, '/')
}

const helpers = makeCookieHelpers<Response>((res, name, value) => {
  if (name === 'Set-Cookie') res.append(name, value)
  else res.set(name, value)
}, 'append')

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
  // For example, a timeout may have answered meanwhile.
  if (res.headersSent) return
  try {
    sendAnswer(res, jwt.answer(error))
  } catch (fault) {
    // Thrown by the application's `answerFor`. No one catches what this function throws, so it is passed on.
    next(fault)
  }
}
