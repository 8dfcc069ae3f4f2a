import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import type { Auth } from '../auth.ts'
import { RequestError } from '../errors.ts'
import { type AnswerStyle, requestProblem } from '../guard/problem.ts'
import { routeOf } from '../routes/handler.ts'
import { answerErrors } from '../routes/http/errors.ts'
import { makeAddressOf, makeProxyCheck } from '../routes/http/forwarded.ts'
import { peerOf } from '../routes/http/origin.ts'
import type { Config } from './config/config.ts'
import { type Logger, loggedPath } from './logs.ts'
import type { Metrics } from './metrics.ts'

type Env = { Bindings: { incoming: IncomingMessage } }

/** The parts of the app. */
export interface AppParts {
  readonly auth: Auth
  readonly metrics: Metrics
  readonly log: Logger
  readonly requestIds: RequestIds
  readonly isDraining: () => boolean
}

/** The id of each request in progress, for log lines about it. */
export type RequestIds = WeakMap<Request, string>

/** The routes of `createAuth` with what an operator needs around them: request ids, logs, metrics, health checks. */
export function makeApp(config: Pick<Config, 'trustProxy' | 'pages'>, parts: AppParts): Hono<Env> {
  const { auth, metrics, log, requestIds, isDraining } = parts
  const addressOf = makeAddressOf(config.trustProxy)
  const isProxy = makeProxyCheck(config.trustProxy)
  const pagePaths = pathsOf(auth.pages, config.pages)
  const app = new Hono<Env>()
  app.onError(answerErrors(auth.jwt, errorLogger(log, requestIds)))
  app.use(async function observe(c, next) {
    const start = performance.now()
    const { method, path, raw } = c.req
    const id = requestId(isProxy(c.env.incoming.socket.remoteAddress) ? c.req.header('x-request-id') : undefined)
    requestIds.set(raw, id)
    await next()
    // `c.header()` would turn the answer into a stream.
    const { headers, status } = c.res
    headers.set('X-Request-Id', id)
    if (isDraining()) headers.set('Connection', 'close')
    const milliseconds = performance.now() - start
    const route = ownPaths.has(path) || pagePaths.has(path) ? path : routeOf(path)
    metrics.countRequest({ method, route, status, seconds: milliseconds / 1000 })
    log.info({
      request_id: id,
      method,
      path: loggedPath(path),
      status,
      ms: Math.round(milliseconds * 10) / 10,
      address: addressFor(c, addressOf),
    })
  })
  app.use(refuseTwoHosts)
  app.get('/healthz', (c) => c.json(well))
  app.get('/readyz', async (c) => {
    if (isDraining()) throw new RequestError('unavailable', 'Shutting down')
    await inTime(auth.ready()).catch((cause) => {
      throw new RequestError('unavailable', 'Not ready', { cause })
    })
    return c.json(well)
  })
  app.get('/metrics', async (c) => c.body(await metrics.text(), 200, { 'Content-Type': metrics.contentType }))
  app.all('*', (c) => auth.handler(c.req.raw, { ...c.env, requestId: requestIds.get(c.req.raw) }))
  return app
}

const well = { status: 'ok' }

/**
 * Answers health and readiness checks while the database is opened and migrated. That may take long, and the process
 * must not be taken for dead meanwhile.
 * @returns `undefined` for all other paths.
 */
export function answerWhileOpening({ url }: Request): Response | undefined {
  const { pathname } = new URL(url)
  if (pathname === '/healthz') return Response.json(well)
  if (pathname !== '/readyz') return undefined
  const { status, headers, body } = requestProblem(new RequestError('unavailable', 'Starting'), answerStyle)
  return Response.json(body, { status, headers })
}

const answerStyle: AnswerStyle = { answers: 'rfc6750', errorMessageKey: 'msg', headerType: 'Bearer' }

/** Rejects two Host headers (RFC 9112 section 3.2): Node passes on the first, and a proxy may have used the other. */
const refuseTwoHosts: MiddlewareHandler<Env> = function refuseTwoHosts(c, next) {
  const { rawHeaders } = c.env.incoming
  let hosts = 0
  for (let i = 0; i < rawHeaders.length; i += 2) if (/^host$/i.test(rawHeaders[i] ?? '')) hosts++
  if (hosts > 1) throw new RequestError('host_invalid', 'The request has more than one Host header')
  return next()
}

/** The client's address for the log, or why there is none. */
function addressFor(c: Context<Env>, addressOf: ReturnType<typeof makeAddressOf>): string {
  const peer = peerOf(c.env)
  if (peer.kind === 'lost') return peer.kind
  const found = addressOf(peer.kind === 'address' ? peer.address : undefined, c.req.header('x-forwarded-for'))
  return found.kind === 'address' ? found.address : found.kind
}

/** The paths of the pages, which have no parameters. */
function pathsOf(pages: Auth['pages'], at: string): ReadonlySet<string> {
  return new Set(pages?.routes.map(({ path }) => at.replace(/\/+$/, '') + path))
}

const ownPaths: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics'])

/** Logs a server error under the request id that the client was given. */
export function errorLogger(log: Logger, requestIds: RequestIds): (error: unknown, request: Request) => void {
  return (error, request) => log.error({ request_id: requestIds.get(request), err: error }, 'a request failed')
}

/** Keeps an id given by a proxy if it has the form of one. Any other text would end up in the log. */
function requestId(given: string | undefined): string {
  return given !== undefined && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID()
}

const readyMilliseconds = 3000

async function inTime(check: Promise<void>): Promise<void> {
  const controller = new AbortController()
  const late = sleep(readyMilliseconds, undefined, { signal: controller.signal }).then(() => {
    throw new Error('The database did not answer in time')
  })
  await Promise.race([check, late]).finally(() => controller.abort())
}
