import { Hono, type MiddlewareHandler } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import { jwtRequired } from '../adapters/hono.ts'
import { RequestError } from '../errors.ts'
import { devices } from './devices/index.ts'
import { email } from './email/index.ts'
import { checkAnswersOf } from './http/check-answer.ts'
import { corsFor } from './http/cors.ts'
import type { Endpoint, RouteEnv, RouteParts } from './http/endpoint.ts'
import { answerErrors } from './http/errors.ts'
import { bodyTooLarge, maxBodyBytes, statedLength } from './http/read/body.ts'
import { makeRunner, makeTurns } from './http/run.ts'
import { identities } from './identities/index.ts'
import { mfa } from './mfa/index.ts'
import { passkeys } from './passkeys/index.ts'
import { services } from './services/index.ts'
import { sessions } from './sessions/index.ts'
import { users } from './users/index.ts'

/**
 * Every route: those of users, their sessions, factors, passkeys, devices, mails and other providers, then those for
 * services.
 */
export const endpoints: readonly Endpoint[] = [
  ...users,
  ...sessions,
  ...mfa,
  ...passkeys,
  ...devices,
  ...email,
  ...identities,
  ...services,
]

const paths: ReadonlySet<string> = new Set(endpoints.map(({ path }) => path))

/** Answers are data, so a browser must never run, frame or sniff them. */
const headers = {
  contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  xFrameOptions: 'DENY',
  // For this host only: the login of one application says nothing about its subdomains.
  strictTransportSecurity: 'max-age=15552000',
}

/** What the routes need in addition to the parts. */
export interface RouteSettings {
  readonly corsOrigins: readonly string[]
  readonly onError: (error: unknown, request: Request) => void
  /**
   * Compares every answer with the declared one, in tests and in development. A difference becomes `internal_error`.
   */
  readonly checksAnswers: boolean
}

/** The routes, to be mounted under a path that the application chooses. */
export function makeRoutes(parts: RouteParts, { corsOrigins, onError, checksAnswers }: RouteSettings): Hono<RouteEnv> {
  const routes = new Hono<RouteEnv>()
  const run = makeRunner(parts)
  const takeTurn = makeTurns()
  routes.onError(answerErrors(parts.jwt, onError))
  if (checksAnswers) {
    for (const endpoint of endpoints) routes.on(endpoint.method, endpoint.path, checkAnswersOf(endpoint))
  }
  for (const path of paths) {
    if (corsOrigins.length > 0) routes.use(path, corsFor(corsOrigins, endpoints, parts.jwt))
    routes.use(path, secureHeaders(headers))
    routes.use(path, readOrigin(parts))
    routes.use(path, takeTurn)
    routes.use(path, neverStored)
    routes.use(path, limitBody)
  }
  for (const endpoint of endpoints) {
    const { method, path, guard } = endpoint
    if (guard !== undefined) routes.on(method, path, jwtRequired(parts.jwt, guard))
    routes.on(method, path, (c) => run(endpoint, c))
  }
  for (const path of paths) routes.all(path, refuseMethod(path))
  return routes
}

/** Runs before a body is awaited, because a connection that is reset meanwhile loses the address of the client. */
function readOrigin({ originOf }: RouteParts): MiddlewareHandler<RouteEnv> {
  return function readOriginOfRequest(c, next) {
    c.set('origin', originOf(c))
    return next()
  }
}

/** Every answer here is about one person, or contains a token (RFC 6750 section 5.3). */
const neverStored: MiddlewareHandler = function neverStored(c, next) {
  c.header('Cache-Control', 'no-store')
  return next()
}

/** Checks the stated length. A body without one is counted while it is read. */
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
