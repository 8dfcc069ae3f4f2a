import { randomUUID } from 'node:crypto'
import type { IncomingMessage, Server } from 'node:http'
import { Server as NetServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { type Auth, createAuth } from '../auth.ts'
import { RequestError } from '../errors.ts'
import { makeAddressOf } from '../routes/client.ts'
import { answerErrors } from '../routes/errors.ts'
import { routeOf } from '../routes/handler.ts'
import type { Config } from './config.ts'
import { type Logger, logEvent, loggedPath } from './logs.ts'
import { makeMetrics } from './metrics.ts'
import { openSecret } from './secret.ts'

/** A server that listens. */
export interface RunningServer {
  readonly url: string
  /** Takes no more connections, lets requests under way finish, and closes the database. */
  close(): Promise<void>
}

/** No connection is kept longer than this by sending slowly, or nothing. */
const limits = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16_384,
}
const maxConnections = 20_000
const drainMilliseconds = 10_000
const ownPaths: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics'])

/**
 * Opens the database, brings it up to date, and listens.
 * @throws {ConfigurationError} as `createAuth`; the error of `node:net` where it cannot listen
 */
export async function startServer(config: Config, log: Logger, version: string): Promise<RunningServer> {
  let isDraining = false
  const metrics = makeMetrics(() => auth.hashLoad, version)
  const onError = (error: unknown) => log.error({ err: error }, 'a request failed')
  const auth = await openAuth(config, {
    onError,
    onEvent(event) {
      logEvent(log, event)
      metrics.countEvent(event)
    },
  })

  const app = new Hono<{ Bindings: { incoming: IncomingMessage } }>()
  const addressOf = makeAddressOf(config.trustProxy)
  app.onError(answerErrors(auth.jwt, onError))
  app.use(async function observe(c, next) {
    const start = performance.now()
    const id = requestId(c.req.header('x-request-id'), config)
    const route = ownPaths.has(c.req.path) ? c.req.path : routeOf(c.req.path)
    await next()
    c.header('X-Request-Id', id)
    if (isDraining) c.header('Connection', 'close')
    const { method } = c.req
    const { status } = c.res
    const milliseconds = performance.now() - start
    metrics.countRequest({ method, route, status, seconds: milliseconds / 1000 })
    log[Math.floor(status / 100) === 5 ? 'error' : 'info']({
      request_id: id,
      method,
      path: loggedPath(c.req.path),
      status,
      ms: Math.round(milliseconds * 10) / 10,
      address: addressOf(c.env.incoming),
    })
  })
  app.get('/healthz', (c) => c.json({ status: 'ok' }))
  app.get('/readyz', async (c) => {
    if (isDraining) throw new RequestError('unavailable', 'Shutting down')
    await inTime(auth.ready()).catch((cause) => {
      throw new RequestError('unavailable', 'Not ready', { cause })
    })
    return c.json({ status: 'ok' })
  })
  app.get('/metrics', async (c) => c.body(await metrics.text(), 200, { 'Content-Type': metrics.contentType }))
  app.all('*', (c) => auth.handler(c.req.raw, c.env))

  const listener = createAdaptorServer({ fetch: app.fetch, serverOptions: limits }) as Server
  listener.maxConnections = maxConnections
  const url = await listen(listener, config).catch(async (error) => {
    await auth.close()
    throw error
  })
  return {
    url,
    async close() {
      isDraining = true
      await drain(listener)
      await auth.close()
    },
  }
}

async function openAuth(
  config: Config,
  listeners: Required<Pick<Parameters<typeof createAuth>[0], 'onEvent' | 'onError'>>,
): Promise<Auth> {
  const { issuer, audience, corsOrigin, passwordMinLength, attemptsPerAccount, attemptsPerAddress } = config
  const { database, accessTokenSeconds, refreshTokenSeconds, sessionSeconds, registration, trustProxy } = config
  return createAuth({
    database,
    secret: openSecret(config.secret),
    ...(issuer !== undefined && { issuer }),
    ...(audience !== undefined && { audience }),
    ...(corsOrigin !== undefined && { corsOrigins: corsOrigin }),
    accessTokenSeconds,
    refreshTokenSeconds,
    sessionSeconds,
    registration,
    trustProxy,
    cookieSecure: config.cookieSecure,
    passwords: { minLength: passwordMinLength },
    limits: { attemptsPerAccount, attemptsPerAddress },
    ...listeners,
  })
}

function listen(server: Server, { host, port }: Config): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      const { port: actual } = server.address() as { port: number }
      resolve(`http://${host.includes(':') ? `[${host}]` : host}:${actual}`)
    })
  })
}

/**
 * Ends when every connection has. Idle ones are left to end by themselves, which takes as long as they may be kept: to
 * close them now could cut off a request that is on its way.
 */
async function drain(server: Server): Promise<void> {
  // http's own close() would close the idle ones.
  const ended = new Promise((resolve) => NetServer.prototype.close.call(server, resolve))
  await Promise.race([ended, sleep(drainMilliseconds, undefined, { ref: false })])
  server.closeAllConnections()
  server.close()
}

/** A proxy's id goes on, a stranger's does not: it would end up in the log. */
function requestId(given: string | undefined, { trustProxy }: Config): string {
  return trustProxy !== 0 && given !== undefined && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID()
}

async function inTime(check: Promise<void>): Promise<void> {
  const controller = new AbortController()
  const late = sleep(3000, undefined, { signal: controller.signal }).then(() => {
    throw new Error('The database did not answer in time')
  })
  await Promise.race([check, late]).finally(() => controller.abort())
}
