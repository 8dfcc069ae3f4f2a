import type { Server } from 'node:http'
import { Server as NetServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createAdaptorServer } from '@hono/node-server'
import type { AuthOptions } from '../accounts/options.ts'
import { createAuth } from '../auth.ts'
import { errorLogger, makeApp, type RequestIds } from './app.ts'
import type { Config } from './config.ts'
import { type Logger, logEvent } from './logs.ts'
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

/**
 * Opens the database, brings it up to date, and listens.
 * @throws {ConfigurationError} as `createAuth`; the error of `node:net` where it cannot listen
 */
export async function startServer(config: Config, log: Logger, version: string): Promise<RunningServer> {
  let isDraining = false
  const requestIds: RequestIds = new WeakMap()
  const metrics = makeMetrics(() => auth.hashLoad, version)
  const auth = await createAuth({
    ...authOptions(config),
    onError: errorLogger(log, requestIds),
    onEvent(event) {
      logEvent(log, event)
      metrics.countEvent(event)
    },
  })
  const app = makeApp(config, { auth, metrics, log, requestIds, isDraining: () => isDraining })
  const server = createAdaptorServer({ fetch: app.fetch, serverOptions: limits }) as Server
  server.maxConnections = maxConnections
  const url = await listen(server, config).catch(async (error) => {
    await auth.close()
    throw error
  })
  return {
    url,
    async close() {
      isDraining = true
      await drain(server)
      await auth.close()
    },
  }
}

/** The configuration in the words of `createAuth`. */
function authOptions(config: Config): AuthOptions {
  const { issuer, audience, corsOrigin, passwordMinLength, attemptsPerAccount, attemptsPerAddress } = config
  const { database, accessTokenSeconds, refreshTokenSeconds, sessionSeconds, refreshGraceSeconds } = config
  const { registration, trustProxy, cookieSecure } = config
  return {
    database,
    secret: openSecret(config.secret),
    ...(issuer !== undefined && { issuer }),
    ...(audience !== undefined && { audience }),
    ...(corsOrigin !== undefined && { corsOrigins: corsOrigin }),
    accessTokenSeconds,
    refreshTokenSeconds,
    sessionSeconds,
    refreshGraceSeconds,
    registration,
    trustProxy,
    cookieSecure,
    passwords: { minLength: passwordMinLength },
    limits: { attemptsPerAccount, attemptsPerAddress },
  }
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
