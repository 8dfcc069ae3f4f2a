/// <reference types="node" preserve="true" />
import { TokenError } from '../errors.ts'
import { createGuard } from '../guard/authenticate.ts'
import { renewedCookies } from '../guard/cookies/renewal.ts'
import type { JwtManager } from '../guard/jwt-manager.ts'
import { type MaybePromise, whenDone } from '../guard/maybe-promise.ts'
import type { Authenticated, GuardOptions } from '../guard/options/guard-options.ts'
import type { RequestView } from '../guard/request/request-view.ts'
import type { TokenIdentity } from '../guard/tokens/jwt-claims.ts'
import { requireManager, requireMethod } from './arguments.ts'
import { makeCookieHelpers, type SetCookies, type UnsetCookies } from './cookie-helpers.ts'
import { hostOf, readFormField, readJson } from './request/bounded-body.ts'
import { queryParameter } from './request/query.ts'

export { type CookieStore, type StoredCookieAttributes, storeCookies } from './store-cookies.ts'

/** The user of a request; with `optional`, `undefined` if it is anonymous. */
export type Known<User, Options extends GuardOptions, Identity = string> =
  | Authenticated<User, Identity>
  | (Options extends { readonly optional: true } ? undefined : never)

/** The context of a guarded handler: the framework's, and `jwt`. */
export type GuardedContext<Context, User, Options extends GuardOptions, Identity = string> = Context & {
  readonly jwt: Known<User, Options, Identity>
}

/**
 * Guards handlers that take a `Request` and return a `Response`: rejects a request without a valid token, with 401 or
 * the status of its error. The handler finds the user in `jwt` of its second argument, beside what the framework puts
 * there. `OPTIONS` requests pass unchecked, for CORS preflights.
 * @throws {ConfigurationError} `option_invalid`, when the route is set up
 * @example
 * export const GET = jwtRequired(jwt)((request, { jwt }) => Response.json({ msg: `Hello, ${jwt.identity}!` }))
 * export const PUT = jwtRequired(jwt)<RouteContext<'/items/[id]'>>(async (request, { jwt, params }) => …)
 */
export function jwtRequired<
  User,
  Identity,
  VerifySub extends boolean,
  const Options extends GuardOptions = Record<never, never>,
>(
  jwt: JwtManager<User, Identity, VerifySub>,
  options?: Options,
): <Context extends object = object, In extends Request = Request, Rest extends unknown[] = unknown[]>(
  handler: (
    request: In,
    context: GuardedContext<Context, User, Options, TokenIdentity<VerifySub>>,
    ...rest: Rest
  ) => MaybePromise<Response>,
) => (request: In, context?: Context, ...rest: Rest) => Promise<Response> {
  requireManager('jwtRequired', jwt)
  const guard = requestGuard(jwt, options)
  const renews = jwt.settings.renewCookiesWithinSeconds !== undefined

  return function guarded(handler) {
    return async function handle(request, context, ...rest) {
      const known = await guard(request)
      if (known instanceof Response) return known
      const response = await handler(request, withJwt(context, known), ...rest)
      return renews && known !== undefined && response.ok ? renew(response, jwt, known) : response
    }
  }
}

/**
 * The same without a handler to wrap, for a middleware, hook or loader: returns the user of the request, or the `Response`
 * to send.
 * @throws {ConfigurationError} `option_invalid`
 * @example
 * const guard = requestGuard(jwt)
 * const known = await guard(request)
 * if (known instanceof Response) return known
 */
export function requestGuard<
  User,
  Identity,
  VerifySub extends boolean,
  const Options extends GuardOptions = Record<never, never>,
>(
  jwt: JwtManager<User, Identity, VerifySub>,
  options?: Options,
): (request: Request) => Promise<Known<User, Options, TokenIdentity<VerifySub>> | Response> {
  requireManager('requestGuard', jwt)
  const guard = createGuard(jwt, options)
  return async function check(request) {
    try {
      return (await guard(new WebRequestView(request))) as Known<User, Options, TokenIdentity<VerifySub>>
    } catch (error) {
      return tokenErrorResponse(jwt, error)
    }
  }
}

/**
 * Adds the cookies that `renewCookiesWithinSeconds` renews to a response. `jwtRequired` does that by itself; after
 * `requestGuard`, call it with the response of the handler.
 * @param known The result of the guard. For an anonymous request, nothing is done.
 * @returns The response to send: the same, or one with cookies.
 * @example return renewCookies(await resolve(event), jwt, event.locals.jwt)
 */
export async function renewCookies<User, Identity, VerifySub extends boolean>(
  response: Response,
  jwt: JwtManager<User, Identity, VerifySub>,
  known: Authenticated<User, TokenIdentity<VerifySub>> | undefined,
): Promise<Response> {
  requireMethod('renewCookies', 'the response', response, 'get', Object(response).headers)
  requireManager('renewCookies', jwt)
  return known !== undefined && response.ok ? renew(response, jwt, known) : response
}

/** The answer to a `TokenError`, as a guard gives it; rethrows any other error. */
export function tokenErrorResponse<User, Identity, VerifySub extends boolean>(
  jwt: JwtManager<User, Identity, VerifySub>,
  error: unknown,
): Response {
  requireManager('tokenErrorResponse', jwt)
  if (!(error instanceof TokenError)) throw error
  const { status, headers, body } = jwt.answer(error)
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } })
}

/**
 * Adds `jwt` to the framework's context. Bun's and Deno's contexts are objects whose methods only work on the original.
 */
function withJwt<Context extends object, Jwt>(context: Context | undefined, jwt: Jwt): Context & { readonly jwt: Jwt } {
  const prototype = context && Object.getPrototypeOf(context)
  if (!prototype || prototype === Object.prototype) return { ...(context as Context), jwt }
  return new Proxy(context as Context & { readonly jwt: Jwt }, {
    get(target, name) {
      const value = name === 'jwt' ? jwt : Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** A response, or its headers, to put cookies on. */
export type WithHeaders = Headers | { readonly headers: Headers }

const helpers = makeCookieHelpers<WithHeaders>(
  (target, name, value) => {
    if (name === 'Set-Cookie') headersOf(target).append(name, value)
    else headersOf(target).set(name, value)
  },
  'append',
  headersOf,
)

/** Sets the cookies of an access token and its CSRF value. Never also send the token in the body. */
export const setAccessCookies: SetCookies<WithHeaders> = helpers.setAccessCookies
/** The same for a refresh token. */
export const setRefreshCookies: SetCookies<WithHeaders> = helpers.setRefreshCookies
/** Removes the access token from the browser. */
export const unsetAccessCookies: UnsetCookies<WithHeaders> = helpers.unsetAccessCookies
/** Removes the refresh token. */
export const unsetRefreshCookies: UnsetCookies<WithHeaders> = helpers.unsetRefreshCookies
/** Removes both, as a logout does. */
export const unsetJwtCookies: UnsetCookies<WithHeaders> = helpers.unsetJwtCookies

function headersOf(target: WithHeaders): Headers {
  return target instanceof Headers ? target : Object(target).headers
}

class WebRequestView implements RequestView {
  readonly #request: Request

  /** @throws {ConfigurationError} `option_invalid` for what is not a `Request`, such as one of `node:http` */
  constructor(request: Request) {
    requireMethod('The guard', 'a Request', request, 'get', Object(request).headers)
    this.#request = request
  }

  get method(): string {
    return this.#request.method
  }

  header(name: string): string | undefined {
    return this.#request.headers.get(name) ?? (name === 'host' ? hostOf(this.#request.url) : undefined)
  }

  query(name: string): string | undefined {
    return queryParameter(this.#request.url, name)
  }

  json(): Promise<unknown> {
    return readJson(this.#request)
  }

  formField(name: string): Promise<string | undefined> {
    return readFormField(this.#request, name)
  }
}

/** Copies the response, because its headers may be immutable: those of a redirect or a fetched response are. */
function renew<User, Identity, VerifySub extends boolean>(
  response: Response,
  jwt: JwtManager<User, Identity, VerifySub>,
  who: Authenticated<User, TokenIdentity<VerifySub>>,
): MaybePromise<Response> {
  return whenDone(renewedCookies(jwt, who, response.headers.getSetCookie()), (cookies) => {
    if (cookies.length === 0) return response
    const renewed = new Response(response.body, response)
    helpers.appendCookies(renewed, cookies)
    return renewed
  })
}
