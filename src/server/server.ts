import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createAdaptorServer } from '@hono/node-server'
import type { AuthOptions } from '../accounts/options.ts'
import { type Auth, createAuth } from '../auth.ts'
import { statusOf } from '../guard/problem.ts'
import { errorLogger, makeApp, type RequestIds } from './app.ts'
import type { Config } from './config.ts'
import { keyRingOptions } from './key-ring-options.ts'
import { type Logger, logEvent } from './logs.ts'
import { makeMetrics } from './metrics.ts'
import { migrateAndLog } from './migrate.ts'
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

/** What a server is given besides its configuration. */
export interface ServerContext {
  readonly log: Logger
  readonly version: string
  /** One of several workers asks for the metrics of all. */
  readonly metricsOfAll?: () => Promise<string>
}

/**
 * Listens, opens the database and brings it up to date. Requests that come before that is done wait for it.
 * @throws {ConfigurationError} as `createAuth`; the error of `node:net` where it cannot listen
 */
export async function startServer(
  config: Config,
  { log, version, metricsOfAll }: ServerContext,
): Promise<RunningServer> {
  let isDraining = false
  const opening = Promise.withResolvers<ReturnType<typeof makeApp>>()
  let app: ReturnType<typeof makeApp> | undefined
  const server = createAdaptorServer({
    fetch(request, env) {
      // Its client is gone: nothing is begun for it, and no one hears this.
      if (env.incoming.socket.destroyed) return new Response(null, { status: statusOf('unavailable') })
      return app === undefined ? opening.promise.then((opened) => opened.fetch(request, env)) : app.fetch(request, env)
    },
    serverOptions: limits,
  }) as Server
  server.maxConnections = maxConnections
  server.on('connection', keepPeer)
  server.prependListener('request', boundPipeline)
  const url = await listen(server, config)
  const requestIds: RequestIds = new WeakMap()
  async function openAuth(listeners: Pick<AuthOptions, 'onError' | 'onFault' | 'onEvent'>): Promise<Auth> {
    try {
      const options = { ...authOptions(config, url), ...listeners }
      await migrateAndLog(config.database, log)
      return await createAuth(options)
    } catch (error) {
      server.close()
      server.closeAllConnections()
      throw error
    }
  }
  const metrics = makeMetrics(() => auth, version, metricsOfAll)
  const auth = await openAuth({
    onError: errorLogger(log, requestIds),
    onFault: (error) => log.error({ err: error }, 'something went wrong beside requests'),
    onEvent(event) {
      logEvent(log, event)
      metrics.countEvent(event)
    },
  })
  app = makeApp(config, { auth, metrics, log, requestIds, isDraining: () => isDraining })
  opening.resolve(app)
  return {
    url,
    async close() {
      isDraining = true
      await drain(server)
      await auth.close()
    },
  }
}

/**
 * Node keeps the address of a client from the first time that it is asked, and after a reset the system does not know it any
 * more: a client would be counted as nowhere. A connection that was reset before it was accepted is closed.
 */
function keepPeer(socket: Socket): void {
  if (socket.remoteAddress === undefined) socket.destroy()
}

/** Requests that a connection may send before the first of them is answered (RFC 9112 section 9.3.2). */
const mostInPipeline = 32
const underWay = new WeakMap<Socket, number>()

/** Node begins every request that arrives, however many: one connection would fill the memory. */
function boundPipeline({ socket }: IncomingMessage, outgoing: ServerResponse): void {
  const count = (underWay.get(socket) ?? 0) + 1
  underWay.set(socket, count)
  if (count > mostInPipeline) socket.destroy()
  outgoing.once('close', () => underWay.set(socket, (underWay.get(socket) ?? 1) - 1))
}

/** The configuration in the words of `createAuth`. */
function authOptions(config: Config, url: string): AuthOptions {
  const { valkey, issuer, audience, corsOrigin, passwordMinLength, attemptsPerAccount, attemptsPerAddress } = config
  return {
    ...pick(config, [
      'database',
      'accessTokenSeconds',
      'leewaySeconds',
      'refreshTokenSeconds',
      'sessionSeconds',
      'sessionsPerUser',
      'refreshGraceSeconds',
      'revocationMaxAgeSeconds',
      'endedSessionSeconds',
      'auditSeconds',
      'registration',
      'trustProxy',
      'cookieSecure',
    ]),
    keyRing: keyRingOptions(config, openSecret(config.secret)),
    url: issuer ?? url,
    audience: audience.length === 1 ? (audience[0] as string) : audience,
    ...(valkey !== undefined && { valkey }),
    ...(issuer !== undefined && { issuer }),
    ...(corsOrigin !== undefined && { corsOrigins: corsOrigin }),
    passwords: { minLength: passwordMinLength },
    limits: { attemptsPerAccount, attemptsPerAddress },
  }
}

function pick<Name extends keyof Config>(config: Config, names: readonly Name[]): Pick<Config, Name> {
  return Object.fromEntries(names.map((name) => [name, config[name]])) as Pick<Config, Name>
}

function listen(server: Server, { host, port }: Pick<Config, 'host' | 'port'>): Promise<string> {
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
