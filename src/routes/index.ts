import { Hono, type MiddlewareHandler } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import { jwtRequired } from '../adapters/hono.ts'
import { RequestError } from '../errors.ts'
import { bodyTooLarge, maxBodyBytes, statedLength } from './http/body.ts'
import { corsFor } from './http/cors.ts'
import type { Endpoint, RouteEnv, RouteParts } from './http/endpoint.ts'
import { answerErrors } from './http/errors.ts'
import { checkRevocation } from './services/check-revocation.ts'
import { introspect } from './services/introspect.ts'
import { revocations } from './services/revocations.ts'
import { revoke } from './services/revoke.ts'
import { verify } from './services/verify.ts'
import { endOtherSessions } from './sessions/end-other-sessions.ts'
import { endSession } from './sessions/end-session.ts'
import { listSessions } from './sessions/list-sessions.ts'
import { login } from './sessions/login.ts'
import { logout } from './sessions/logout.ts'
import { password } from './sessions/password.ts'
import { reauthenticate } from './sessions/reauthenticate.ts'
import { refresh } from './sessions/refresh.ts'
import { me } from './users/me.ts'
import { register } from './users/register.ts'

/** Every route: those of users in the order of their lives, then those of services. */
export const endpoints: readonly Endpoint[] = [
  register,
  login,
  refresh,
  logout,
  me,
  reauthenticate,
  password,
  listSessions,
  endSession,
  endOtherSessions,
  verify,
  introspect,
  revoke,
  revocations,
  checkRevocation,
]

const paths: ReadonlySet<string> = new Set(endpoints.map(({ path }) => path))

/** Answers are data: nothing in them is ever run, framed or guessed at. */
const headers = {
  contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  xFrameOptions: 'DENY',
  // For this host: of its sub-domains an application's login says nothing.
  strictTransportSecurity: 'max-age=15552000',
}

/** What the routes need in addition to the parts. */
export interface RouteSettings {
  readonly corsOrigins: readonly string[]
  readonly onError: (error: unknown, request: Request) => void
}

/** The routes, to be mounted under a path of the application's choice. */
export function makeRoutes(parts: RouteParts, { corsOrigins, onError }: RouteSettings): Hono<RouteEnv> {
  const routes = new Hono<RouteEnv>()
  routes.onError(answerErrors(parts.jwt, onError))
  for (const path of paths) {
    if (corsOrigins.length > 0) routes.use(path, corsFor(corsOrigins, parts.jwt))
    routes.use(path, secureHeaders(headers))
    routes.use(path, readOrigin(parts))
    routes.use(path, neverStored)
    routes.use(path, limitBody)
  }
  for (const { method, path, guard, handle } of endpoints) {
    if (guard !== undefined) routes.on(method, path, jwtRequired(parts.jwt, guard))
    routes.on(method, path, (c) => handle(c, parts))
  }
  for (const path of paths) routes.all(path, refuseMethod(path))
  return routes
}

/** First of all, before a body is awaited: a connection that is reset meanwhile does not say any more where it came from. */
function readOrigin({ originOf }: RouteParts): MiddlewareHandler<RouteEnv> {
  return function readOriginOfRequest(c, next) {
    c.set('origin', originOf(c))
    return next()
  }
}

/** Whatever is answered here is about one person, or carries a token (RFC 6750 section 5.3). */
const neverStored: MiddlewareHandler = async function neverStored(c, next) {
  c.header('Cache-Control', 'no-store')
  await next()
}

/** By its stated length. A body without one is counted while it is read. */
const limitBody: MiddlewareHandler = function limitBody(c, next) {
  if ((statedLength(c) ?? 0) > maxBodyBytes) throw bodyTooLarge()
  return next()
}

function refuseMethod(path: string): () => never {
  const allow = endpoints.filter((endpoint) => endpoint.path === path).map(({ method }) => method.toUpperCase())
  return () => {
    throw new RequestError('method_not_allowed', `This path supports ${allow.join(' and ')}`, { allow })
  }
}
