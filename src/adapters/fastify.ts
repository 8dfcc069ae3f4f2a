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
import type { JwtManager } from '../guard/jwt-manager.ts'
import type { Authenticated, GuardOptions } from '../guard/options/guard-options.ts'
import type { CustomIdentity, CustomUser, TokenIdentity } from '../guard/tokens/jwt-claims.ts'
import { requireManager } from './arguments.ts'
import { makeCookieHelpers, type SetCookies, type UnsetCookies } from './cookie-helpers.ts'
import { type Mountable, mountListener } from './mount.ts'
import { NodeRequestView } from './request/node-request.ts'

/**
 * Marks the type of a route's configuration after an optional guard. The route's hooks and its handler share that type.
 */
declare const isOptional: unique symbol
interface OptionalConfig {
  readonly [isOptional]?: true
}

declare module 'fastify' {
  // The parameters must have the package's names, or TypeScript does not merge the interfaces.
  interface FastifyRequest<RouteGeneric, RawServer, RawRequest, SchemaCompiler, TypeProvider, ContextConfig> {
    /**
     * The user of the request, behind a guard. It may be `undefined` behind an optional guard, which the types of that
     * route reflect, and always is without a guard.
     */
    jwt: Authenticated<CustomUser, CustomIdentity> | AnonymousIn<ContextConfig>
  }
  interface FastifyInstance {
    /** `jwtRequired` with the manager of the plugin: `app.get('/', { onRequest: app.jwtRequired() }, handler)`. */
    jwtRequired: <const Options extends GuardOptions = Record<never, never>>(options?: Options) => HookOf<Options>
  }
}

/** `undefined` if the mark is present. A type that is `any` seems to have every mark, and has none. */
type AnonymousIn<Config> = 0 extends 1 & Config ? never : typeof isOptional extends keyof Config ? undefined : never

/** A hook for `onRequest`, or for `preValidation` if the token or its CSRF value is in a body. */
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

/** Options of the plugin. */
export interface HallpassOptions {
  /** A manager with any types of users and identities. */
  readonly jwt: JwtManager<unknown, never, boolean>
}

/** How a request's cookies are renewed when its answer is sent. */
const renewal = Symbol('hallpass.renewal')

/**
 * Adds `app.jwtRequired` and `request.jwt` to the scope that it is registered in, and to scopes within it. Such a scope
 * can register it again, with another manager.
 * @throws {ConfigurationError} `option_invalid`
 * @example
 * await app.register(hallpass, { jwt })
 * app.get('/protected', { onRequest: app.jwtRequired() }, (request) => ({ msg: `Hello, ${request.jwt.identity}!` }))
 */
export const hallpass: FastifyPluginAsync<HallpassOptions> = Object.assign(
  async function hallpass(...[app, { jwt }]: Parameters<FastifyPluginAsync<HallpassOptions>>): Promise<void> {
    requireManager('hallpass', jwt)
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
  // Like fastify-plugin: the decorations are available in the scope that registers it.
  { [Symbol.for('skip-override')]: true, [Symbol.for('fastify.display-name')]: 'hallpass' },
)

type Renewable = FastifyRequest & { [renewal]?: (reply: FastifyReply) => Promise<void> }

/**
 * Guards routes: rejects a request without a valid token, with 401 or the status of its error.
 *
 * The handler finds the user in `request.jwt`. `OPTIONS` requests pass unchecked, for CORS preflights.
 * @throws {ConfigurationError} `option_invalid`, when the route is set up
 * @example app.get('/protected', { onRequest: jwtRequired(jwt) }, (request) => ({ msg: `Hello, ${request.jwt.identity}!` }))
 */
export function jwtRequired<
  User,
  Identity,
  VerifySub extends boolean,
  const Options extends GuardOptions = Record<never, never>,
>(jwt: JwtManager<User, Identity, VerifySub>, options?: Options): HookOf<Options> {
  requireManager('jwtRequired', jwt)
  const guard = createGuard(jwt, options)
  const renews = jwt.settings.renewCookiesWithinSeconds !== undefined

  function proceed(
    request: FastifyRequest,
    done: HookHandlerDoneFunction,
    authenticated: Awaited<ReturnType<typeof guard>>,
  ) {
    request.jwt = authenticated as unknown as Authenticated<CustomUser, CustomIdentity>
    const isDue = renews && authenticated !== undefined
    if (isDue) (request as Renewable)[renewal] = (sent) => renew(sent, jwt, authenticated)
    if (isDue && !request.server.hasRequestDecorator(renewal)) done(pluginMissing())
    else done()
  }

  function requireJwt(request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void {
    let result: ReturnType<typeof guard>
    try {
      result = guard(new FastifyRequestView(request))
    } catch (error) {
      refusal(reply, jwt, error, done)
      return
    }
    if (result instanceof Promise) {
      result.then(
        (authenticated) => proceed(request, done, authenticated),
        (error: unknown) => refusal(reply, jwt, error, done),
      )
    } else proceed(request, done, result)
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
  requireManager('handleTokenErrors', jwt)
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
  const listener = mountListener(auth, app.prefix === '' ? '/' : app.prefix)
  // Runs before Fastify, or a hook that decompresses, reads the body. Hooks of the enclosing scopes have already run.
  app.addHook('onRequest', (request, reply) => {
    // Headers that those hooks set, for CORS for example.
    for (const [name, value] of Object.entries(reply.getHeaders())) reply.raw.setHeader(name, value ?? '')
    reply.hijack()
    listener(request.raw, reply.raw)
  })
  for (const path of ['/', '/*']) app.all(path, () => {})
}

const helpers = makeCookieHelpers<FastifyReply>((reply, name, value) => reply.header(name, value), 'header')

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
    // Sent as bytes, because Fastify would add a charset to text, and JSON has none.
    reply
      .code(status)
      .header('content-type', 'application/json')
      .headers(headers)
      .send(Buffer.from(JSON.stringify(body)))
  } catch (fault) {
    // Thrown by the application's `answerFor`. No one catches what this function throws, so it is passed on.
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
