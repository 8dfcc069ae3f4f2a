/// <reference types="node" preserve="true" />
import type { Context, ErrorHandler, MiddlewareHandler, Next } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { TokenError } from '../errors.ts'
import { createGuard } from '../guard/authenticate.ts'
import { renewedCookies } from '../guard/cookies/renewal.ts'
import type { JwtManager } from '../guard/jwt-manager.ts'
import type { Authenticated, GuardOptions } from '../guard/options/guard-options.ts'
import type { TokenIdentity } from '../guard/tokens/jwt-claims.ts'
import { requireManager } from './arguments.ts'
import { makeCookieHelpers, type SetCookies, type UnsetCookies } from './cookie-helpers.ts'
import { HonoRequestView } from './request/hono-request.ts'

/** Type of `c.var.jwt` in a guarded handler: the user of the request, or `undefined` if the guard is optional and the request anonymous. */
export type JwtVariable<User, Options extends GuardOptions, Identity = string> =
  | Authenticated<User, Identity>
  | (Options extends { readonly optional: true } ? undefined : never)

/**
 * Guards routes: rejects a request without a valid token, with 401 or the status of its error.
 *
 * The handler finds the user in `c.var.jwt`. `OPTIONS` requests pass unchecked, for CORS preflights.
 * @throws {ConfigurationError} `option_invalid`, when the route is set up
 * @example app.get('/protected', jwtRequired(jwt), (c) => c.json({ msg: `Hello, ${c.var.jwt.identity}!` }))
 */
export function jwtRequired<
  User,
  Identity,
  VerifySub extends boolean,
  const Options extends GuardOptions = Record<never, never>,
>(
  jwt: JwtManager<User, Identity, VerifySub>,
  options?: Options,
): MiddlewareHandler<{ Variables: { jwt: JwtVariable<User, Options, TokenIdentity<VerifySub>> } }> {
  requireManager('jwtRequired', jwt)
  const guard = createGuard(jwt, options)
  const renews = jwt.settings.renewCookiesWithinSeconds !== undefined

  function proceed(c: Context, next: Next, authenticated: Authenticated<User, TokenIdentity<VerifySub>> | undefined) {
    c.set('jwt', authenticated)
    return renews && authenticated !== undefined ? next().then(() => renew(c, jwt, authenticated)) : next()
  }

  return function requireJwt(c, next) {
    let result: ReturnType<typeof guard>
    try {
      result = guard(new HonoRequestView(c))
    } catch (error) {
      return Promise.resolve(refusal(c, jwt, error))
    }
    // Outside of the `try`, and without handling its errors, because the guard must not answer what the route throws.
    if (!(result instanceof Promise)) return proceed(c, next, result)
    return result.then(
      (authenticated) => proceed(c, next, authenticated),
      (error: unknown) => refusal(c, jwt, error),
    )
  }
}

/**
 * Answers a `TokenError` that a handler did not catch, for example from `decodeToken`, as a guard would.
 * @example app.onError(handleTokenErrors(jwt))
 */
export function handleTokenErrors<User, Identity, VerifySub extends boolean>(
  jwt: JwtManager<User, Identity, VerifySub>,
): ErrorHandler {
  requireManager('handleTokenErrors', jwt)
  return function answerTokenError(error, c) {
    return refusal(c, jwt, error)
  }
}

const helpers = makeCookieHelpers<Context>(
  (c, name, value) => c.header(name, value, { append: name === 'Set-Cookie' }),
  'header',
)

/** Sets the cookies of an access token and its CSRF value. Never also send the token in the body. */
export const setAccessCookies: SetCookies<Context> = helpers.setAccessCookies
/** The same for a refresh token. */
export const setRefreshCookies: SetCookies<Context> = helpers.setRefreshCookies
/** Removes the access token from the browser. */
export const unsetAccessCookies: UnsetCookies<Context> = helpers.unsetAccessCookies
/** Removes the refresh token. */
export const unsetRefreshCookies: UnsetCookies<Context> = helpers.unsetRefreshCookies
/** Removes both, as a logout does. */
export const unsetJwtCookies: UnsetCookies<Context> = helpers.unsetJwtCookies

function refusal<User, Identity, VerifySub extends boolean>(
  c: Context,
  jwt: JwtManager<User, Identity, VerifySub>,
  error: unknown,
): Response {
  if (!(error instanceof TokenError)) throw error
  const { status, headers, body } = jwt.answer(error)
  // If a check could not be made, the operator's own middleware can read the cause here.
  if (error.cause !== undefined) c.error = error
  const all = { 'content-type': 'application/json', ...headers }
  return c.body(JSON.stringify(body), status as ContentfulStatusCode, all)
}

async function renew<User, Identity, VerifySub extends boolean>(
  c: Context,
  jwt: JwtManager<User, Identity, VerifySub>,
  who: Authenticated<User, TokenIdentity<VerifySub>>,
): Promise<void> {
  if (c.res.ok) helpers.appendCookies(c, await renewedCookies(jwt, who, c.res.headers.getSetCookie()))
}
