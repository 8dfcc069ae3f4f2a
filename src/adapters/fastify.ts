/// <reference types="node" preserve="true" />
import type {
  FastifyPluginAsync,
  FastifyReply,
  FastifyRequest,
  FastifySchema,
  FastifyTypeProviderDefault,
  HookHandlerDoneFunction,
  RawRequestDefaultExpression,
  RawServerDefault,
  RouteGenericInterface,
} from 'fastify'
import { ConfigurationError, TokenError } from '../errors.ts'
import { createGuard } from '../guard/authenticate.ts'
import { renewedCookies } from '../guard/cookies/renewal.ts'
import { JwtManager } from '../guard/jwt-manager.ts'
import type { Authenticated, GuardOptions } from '../guard/options/guard-options.ts'
import type { CustomIdentity, CustomUser, TokenIdentity } from '../guard/tokens/jwt-claims.ts'
import { makeCookieHelpers, type SetCookies, type UnsetCookies } from './cookie-helpers.ts'
import { type Mountable, mountListener } from './mount.ts'
import { NodeRequestView } from './request/node-request.ts'

/** The mark that an optional guard leaves in the type of a route's configuration, which its hooks and its handler share. */
declare const isOptional: unique symbol
interface OptionalConfig {
  readonly [isOptional]?: true
}

declare module 'fastify' {
  // Its parameters have the names that the package gave them: only so the two are one.
  interface FastifyRequest<RouteGeneric, RawServer, RawRequest, SchemaCompiler, TypeProvider, ContextConfig> {
    /**
     * Whom the request comes from, behind a guard. Where an optional one lets anonymous requests through it may be `undefined`,
     * which the compiler knows in the route of that guard; behind no guard it is.
     */
    jwt: Authenticated<CustomUser, CustomIdentity> | AnonymousIn<ContextConfig>
  }
  interface FastifyInstance {
    /** `jwtRequired` with the manager of the plugin: `app.get('/', { onRequest: app.jwtRequired() }, handler)`. */
    jwtRequired: <const Options extends GuardOptions = Record<never, never>>(options?: Options) => HookOf<Options>
  }
}

/** `undefined` where the mark is. Types that are `any` have every mark, and mean none. */
type AnonymousIn<Config> = 0 extends 1 & Config ? never : typeof isOptional extends keyof Config ? undefined : never

/** A hook for `onRequest`; for `preValidation` where the token or its CSRF value stands in a body. */
export type JwtHook = (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) => void

/** The hook of a guard with `optional: true`. */
export type OptionalJwtHook = (
  request: FastifyRequest<
    RouteGenericInterface,
    RawServerDefault,
    RawRequestDefaultExpression,
    FastifySchema,
    FastifyTypeProviderDefault,
    OptionalConfig
  >,
  reply: FastifyReply,
  done: HookHandlerDoneFunction,
) => void

type HookOf<Options extends GuardOptions> = Options extends { readonly optional: true } ? OptionalJwtHook : JwtHook

/** What the plugin is given. */
export interface HallpassOptions {
  /** Whatever its users and identities are. */
  readonly jwt: JwtManager<unknown, never, boolean>
}

/** How a request's cookies are renewed when its answer is sent. */
const renewal = Symbol('hallpass.renewal')

/**
 * Decorates the scope that it is registered in, and those within: `app.jwtRequired` and `request.jwt`. A scope within may
 * register it again, with another manager.
 * @throws {ConfigurationError} `option_invalid`
 * @example
 * await app.register(hallpass, { jwt })
 * app.get('/protected', { onRequest: app.jwtRequired() }, (request) => ({ msg: `Hello, ${request.jwt.identity}!` }))
 */
export const hallpass: FastifyPluginAsync<HallpassOptions> = Object.assign(
  async function hallpass(...[app, { jwt }]: Parameters<FastifyPluginAsync<HallpassOptions>>): Promise<void> {
    if (!(jwt instanceof JwtManager)) throw new ConfigurationError('option_invalid', 'jwt must be a JwtManager')
    if (!app.hasRequestDecorator('jwt')) app.decorateRequest('jwt')
    if (jwt.settings.renewCookiesWithinSeconds !== undefined && !app.hasRequestDecorator(renewal)) {
      app.decorateRequest(renewal)
      app.addHook('onSend', async (request, reply) => {
        const isOk = reply.statusCode >= 200 && reply.statusCode < 300
        const renew = (request as Renewable)[renewal]
        if (renew !== undefined && isOk) await renew(reply)
      })
    }
    app.decorate('jwtRequired', (options) => jwtRequired(jwt, options))
  },
  // Like fastify-plugin: its decorations are available in the scope that registers it.
  { [Symbol.for('skip-override')]: true, [Symbol.for('fastify.display-name')]: 'hallpass' },
)

type Renewable = FastifyRequest & { [renewal]?: (reply: FastifyReply) => Promise<void> }

/**
 * Guards routes: answers a request without a valid token, with 401 or the status of its error.
 *
 * Behind it `request.jwt` tells whom the request comes from. `OPTIONS` requests pass unchecked, for CORS preflights.
 * @throws {ConfigurationError} `option_invalid`, when the route is set up
 * @example app.get('/protected', { onRequest: jwtRequired(jwt) }, (request) => ({ msg: `Hello, ${request.jwt.identity}!` }))
 */
export function jwtRequired<
  User,
  Identity,
  VerifySub extends boolean,
  const Options extends GuardOptions = Record<never, never>,
>(jwt: JwtManager<User, Identity, VerifySub>, options?: Options): HookOf<Options> {
  const guard = createGuard(jwt, options)
  const renews = jwt.settings.renewCookiesWithinSeconds !== undefined

  function requireJwt(request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void {
    function proceed(authenticated: Authenticated<User, TokenIdentity<VerifySub>> | undefined): void {
      request.jwt = authenticated as unknown as Authenticated<CustomUser, CustomIdentity>
      const isDue = renews && authenticated !== undefined
      if (isDue) (request as Renewable)[renewal] = (sent) => renew(sent, jwt, authenticated)
      if (isDue && !request.server.hasRequestDecorator(renewal)) done(pluginMissing())
      else done()
    }
    const refuse = (error: unknown) => refusal(reply, jwt, error, done)
    let result: ReturnType<typeof guard>
    try {
      result = guard(new FastifyRequestView(request))
    } catch (error) {
      refuse(error)
      return
    }
    if (result instanceof Promise) result.then(proceed, refuse)
    else proceed(result)
  }
  return requireJwt as JwtHook as HookOf<Options>
}

/**
 * Answers a `TokenError` that a handler did not catch, for example from `decodeToken`, as a guard would; rethrows any other.
 * @example app.setErrorHandler(handleTokenErrors(jwt))
 */
export function handleTokenErrors<User, Identity, VerifySub extends boolean>(
  jwt: JwtManager<User, Identity, VerifySub>,
): (error: unknown, request: FastifyRequest, reply: FastifyReply) => void {
  return function answerTokenError(error, _request, reply) {
    refusal(reply, jwt, error, (other) => {
      throw other
    })
  }
}

/**
 * The routes of `createAuth`, at a prefix of your choice. The application's parsers and hooks do not see their bodies.
 * @example await app.register(authRoutes, { auth, prefix: '/auth' })
 */
export const authRoutes: FastifyPluginAsync<{ readonly auth: Mountable }> = async function authRoutes(app, { auth }) {
  if (typeof auth?.handlerAt !== 'function') {
    throw new ConfigurationError('option_invalid', 'auth must be the result of createAuth')
  }
  const listener = mountListener(auth, app.prefix === '' ? '/' : app.prefix)
  // Before Fastify, or a hook that unpacks them, looks at bodies. Hooks of the scopes around this one have run by now.
  app.addHook('onRequest', (request, reply) => {
    // What they have put on the answer, CORS for example.
    for (const [name, value] of Object.entries(reply.getHeaders())) reply.raw.setHeader(name, value ?? '')
    reply.hijack()
    listener(request.raw, reply.raw)
  })
  for (const path of ['/', '/*']) app.all(path, () => {})
}

const helpers = makeCookieHelpers<FastifyReply>((reply, name, value) => reply.header(name, value))

/** Sets the cookies of an access token and its CSRF value. Never also send the token in the body. */
export const setAccessCookies: SetCookies<FastifyReply> = helpers.setAccessCookies
/** The same for a refresh token. */
export const setRefreshCookies: SetCookies<FastifyReply> = helpers.setRefreshCookies
/** Removes the access token from the browser. */
export const unsetAccessCookies: UnsetCookies<FastifyReply> = helpers.unsetAccessCookies
/** Removes the refresh token. */
export const unsetRefreshCookies: UnsetCookies<FastifyReply> = helpers.unsetRefreshCookies
/** Removes both, as a logout does. */
export const unsetJwtCookies: UnsetCookies<FastifyReply> = helpers.unsetJwtCookies

class FastifyRequestView extends NodeRequestView {
  readonly #request: FastifyRequest

  constructor(request: FastifyRequest) {
    super(request.raw)
    this.#request = request
  }

  protected parsedBody(): Promise<unknown> {
    return Promise.resolve(this.#request.body)
  }
}

function refusal<User, Identity, VerifySub extends boolean>(
  reply: FastifyReply,
  jwt: JwtManager<User, Identity, VerifySub>,
  error: unknown,
  pass: (error: Error) => void,
): void {
  if (!(error instanceof TokenError)) {
    pass(error as Error)
    return
  }
  try {
    const { status, headers, body } = jwt.answer(error)
    // As bytes: to a text Fastify would add a charset that JSON does not have.
    reply
      .code(status)
      .header('content-type', 'application/json')
      .headers(headers)
      .send(Buffer.from(JSON.stringify(body)))
  } catch (fault) {
    // Of the application's own answerFor. Nobody waits for this function to throw.
    pass(fault as Error)
  }
}

async function renew<User, Identity, VerifySub extends boolean>(
  reply: FastifyReply,
  jwt: JwtManager<User, Identity, VerifySub>,
  who: Authenticated<User, TokenIdentity<VerifySub>>,
): Promise<void> {
  const alreadySet = [reply.getHeader('set-cookie') ?? []].flat().map(String)
  helpers.appendCookies(reply, await renewedCookies(jwt, who, alreadySet))
}

function pluginMissing(): ConfigurationError {
  return new ConfigurationError(
    'option_invalid',
    'renewCookiesWithinSeconds requires the plugin: register hallpass with this manager',
  )
}
