import { createHash } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import { optionInvalid, RequestError } from '../errors.ts'
import type { JwtManager } from '../guard/jwt-manager.ts'
import { corsFor } from './http/cors.ts'
import type { RouteEnv } from './http/endpoint.ts'
import { answerErrors } from './http/errors.ts'
import { endpoints, type RouteSettings } from './index.ts'
import { openApiDocument } from './reference/openapi.ts'
import { referencePage, referenceStyle } from './reference/page.ts'
import { issuerPath } from './services/well-known.ts'

/** The default path of the routes. */
export const basePath = '/auth'

/** Answers a request. `env` is what the surrounding server passes with it, such as the connection of the client. */
export type FetchHandler = (request: Request, env?: unknown) => Response | Promise<Response>

/** Pages, and their path. */
export interface MountedPages {
  readonly path: string
  readonly app: Hono
  readonly notFound: (c: Context) => Promise<Response>
}

interface Handled {
  readonly routes: Hono<RouteEnv>
  readonly jwt: JwtManager
}

/** The routes alone, under a path; anything else there is `not_found`. */
export function makeHandlerAt(path: string, { routes, jwt }: Handled, settings: RouteSettings): FetchHandler {
  const app = makeApp(jwt, settings)
  app.route(path, routes)
  letListedOriginsRead(app, jwt, settings)
  return answerWith(app)
}

/**
 * The routes under `/auth`, with the API document at `/openapi.json` and a page for people at `/docs`. Anything else is
 * `not_found`, in the same shape.
 */
export function makeHandler(
  { routes, wellKnown, jwt, pages }: Handled & { readonly wellKnown: Hono; readonly pages?: MountedPages },
  settings: RouteSettings,
): FetchHandler {
  // Made when they are first requested, because in most processes they never are: they took a third of every start.
  const document = once(() => openApiDocument(endpoints, basePath, jwt.settings))
  const page = once(() => referencePage(document()))
  const styleHash = createHash('sha256').update(referenceStyle).digest('base64')
  const app = makeApp(jwt, settings)
  app.route(basePath, routes)
  for (const path of new Set(['', issuerPath(jwt.settings.encodeIssuer)])) app.route(`${path}/.well-known`, wellKnown)
  if (pages !== undefined) {
    app.route(pages.path, pages.app)
    // Before the headers of the documents, which allow no style sheet and no script.
    app.get('*', (c, next) => (isForPerson(c) ? pages.notFound(c) : next()))
  }
  app.use(
    secureHeaders({
      xFrameOptions: 'DENY',
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        styleSrc: [`'sha256-${styleHash}'`],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    }),
  )
  letListedOriginsRead(app, jwt, settings)
  app.get('/openapi.json', (c) => c.json(document()))
  app.get('/docs', (c) => c.html(page()))
  return answerWith(app)
}

/** @throws {ConfigurationError} `option_invalid` for a request of `node:http`, whose headers Hono could not read */
function answerWith(app: Hono<RouteEnv>): FetchHandler {
  return function handle(request, env) {
    if (typeof Object(request).headers?.get !== 'function') {
      throw optionInvalid('The handler requires a Request: for node:http, use authRoutes of hallpass/node')
    }
    return app.fetch(request, env as object)
  }
}

function once<Made>(make: () => Made): () => Made {
  let made: { readonly it: Made } | undefined
  return () => {
    made ??= { it: make() }
    return made.it
  }
}

/**
 * Applies to everything after the routes, including `not_found`. A page that cannot read an answer sees a network error
 * instead.
 */
function letListedOriginsRead(app: Hono<RouteEnv>, jwt: JwtManager, { corsOrigins }: RouteSettings): void {
  if (corsOrigins.length > 0) app.use(corsFor(corsOrigins, endpoints, jwt))
}

/** Whether a browser navigates to a path that is not one of the documents. */
function isForPerson({ req }: Context): boolean {
  return !documentPaths.includes(req.path) && /text\/html/i.test(req.header('accept') ?? '')
}

function makeApp(jwt: JwtManager, { onError }: RouteSettings): Hono<RouteEnv> {
  const app = new Hono<RouteEnv>()
  const answer = answerErrors(jwt, onError)
  app.onError(answer)
  // Not thrown, because that would bypass the middleware in front, which adds a header.
  app.notFound((c) => answer(new RequestError('not_found', 'No such path'), c))
  return app
}

/** The pattern of the route that a path matches, or `other`, so that clients cannot make up names. */
export function routeOf(path: string): string {
  return patterns.find(({ matches }) => matches.test(path))?.name ?? 'other'
}

const documentPaths = ['/.well-known/jwks.json', '/.well-known/oauth-authorization-server', '/openapi.json', '/docs']

const patterns = [...endpoints.map((endpoint) => basePath + endpoint.path), ...documentPaths].map((name) => ({
  name,
  matches: new RegExp(`^${name.replace(/:\w+/g, '[^/]+')}$`),
}))
