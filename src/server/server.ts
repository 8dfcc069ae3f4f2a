import type { Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { createAdaptorServer } from '@hono/node-server'
import type { AuthOptions } from '../accounts/options.ts'
import { pageSettings } from '../accounts/page-settings.ts'
import { limitSettings, passwordSettings } from '../accounts/passwords/options.ts'
import { authSettings } from '../accounts/settings.ts'
import { type Auth, createAuth } from '../auth.ts'
import { pick } from '../core/settings/setting.ts'
import { statusOf } from '../guard/problem.ts'
import { logMail } from '../mail/log-mail.ts'
import { mailSettings } from '../mail/options.ts'
import { answerWhileOpening, errorLogger, makeApp, type RequestIds } from './app.ts'
import type { Config } from './config/config.ts'
import { keyRingOptions } from './config/key-ring-options.ts'
import { openSecret } from './config/secret.ts'
import { boundConnections, connectionLimits, drain } from './connections.ts'
import { type Log, logEvent } from './logs.ts'
import { type MetricsOfAll, makeMetrics } from './metrics.ts'
import { migrateAndLog } from './migrate.ts'

/** A running server. */
export interface RunningServer {
  readonly url: string
  /**
   * Accepts no more connections, lets requests in progress finish, and closes the database.
   * @param delaySeconds How long the server first reports that it is not ready and otherwise keeps running, so that
   * load balancers send requests elsewhere.
   */
  close(delaySeconds: number): Promise<void>
}

/** What an operator can do, for the codes that they meet. */
const listenReasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process uses this port. Stop it, or choose another port with --port',
  EADDRNOTAVAIL: 'this machine does not have this address. Set --host to one that it has',
  EACCES: 'this user may not use this port. Choose one above 1023 with --port',
}

function reasonOf({ code = 'unknown' }: NodeJS.ErrnoException): string {
  const reason = listenReasons[code]
  return reason === undefined ? code : `${code}, ${reason}`
}

/** The server cannot listen on the address or port. */
export class ListenError extends Error {
  readonly code: string | undefined

  constructor({ host, port }: Pick<Config, 'host' | 'port'>, cause: NodeJS.ErrnoException) {
    super(`Cannot listen on ${bracketed(host)}:${port}: ${reasonOf(cause)}`, { cause })
    this.code = cause.code
  }
}

/** What a server needs in addition to its configuration. */
export interface ServerContext extends Log {
  readonly version: string
  /** In a worker: reads the metrics of all workers. */
  readonly metricsOfAll?: MetricsOfAll
}

/** The host of a request without one (HTTP/1.0). It belongs to no one, so no page has the same origin. */
const noHost = 'unknown.invalid'

/**
 * Listens, opens the database and brings it up to date. Requests that arrive before that is done wait for it, except
 * health and readiness checks.
 * @throws {ConfigurationError} as `createAuth`
 * @throws {ListenError}
 */
export async function startServer(
  config: Config,
  { log, lostLines, version, metricsOfAll }: ServerContext,
): Promise<RunningServer> {
  let isDraining = false
  const opening = Promise.withResolvers<ReturnType<typeof makeApp>>()
  let app: ReturnType<typeof makeApp> | undefined
  const server = createAdaptorServer({
    fetch(request, env) {
      // The client is gone, so no work is started for it, and no one receives this.
      if (env.incoming.socket.destroyed) return new Response(null, { status: statusOf('unavailable') })
      if (app !== undefined) return app.fetch(request, env)
      return answerWhileOpening(request) ?? opening.promise.then((opened) => opened.fetch(request, env))
    },
    hostname: noHost,
    serverOptions: { ...connectionLimits, keepAliveTimeout: config.keepAliveSeconds * 1000 },
  }) as Server
  boundConnections(server)
  const requestIds: RequestIds = new WeakMap()
  const metrics = makeMetrics(() => auth, { version, lostLines }, metricsOfAll)
  const url = await listen(server, config)
  // Such as one that could not be accepted because too many files are open. Without a listener, it would end the process.
  server.on('error', (error) => log.error({ err: error }, 'a connection could not be accepted'))
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
  const auth = await openAuth({
    onError: errorLogger(log, requestIds),
    onFault: (error) => log.error({ err: error }, 'a background task failed'),
    onEvent(event) {
      logEvent(log, event)
      metrics.countEvent(event)
    },
  })
  if (config.smtp === undefined && config.isProduction)
    log.info('mail is off, and so are the features that need it. Set HALLPASS_SMTP and HALLPASS_MAIL_FROM')
  app = makeApp(config, { auth, metrics, log, requestIds, isDraining: () => isDraining })
  opening.resolve(app)
  return {
    url,
    async close(delaySeconds) {
      isDraining = true
      await sleep(delaySeconds * 1000)
      await drain(server, delaySeconds)
      await auth.close()
    },
  }
}

/** Turns the configuration into options of `createAuth`, which have the same names. */
function authOptions(config: Config, url: string): AuthOptions {
  return {
    ...pick(config, [
      'database',
      'valkey',
      ...namesOf(authSettings),
      ...namesOf(passwordSettings),
      ...namesOf(mailSettings),
      ...namesOf(pageSettings),
    ]),
    ...(config.smtp === undefined && !config.isProduction && { sendMail: logMail }),
    keyRing: keyRingOptions(config, openSecret(config.encryptionSecret)),
    limits: pick(config, namesOf(limitSettings)),
    ...(config.providers !== undefined && { providers: config.providers }),
    url: config.issuer ?? url,
  }
}

function namesOf<Rows extends object>(rows: Rows): (keyof Rows)[] {
  return Object.keys(rows) as (keyof Rows)[]
}

function listen(server: Server, { host, port }: Pick<Config, 'host' | 'port'>): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(new ListenError({ host, port }, error))
    server.once('error', fail)
    server.listen(port, host, () => {
      server.off('error', fail)
      const { port: actual } = server.address() as { port: number }
      resolve(`http://${bracketed(host)}:${actual}`)
    })
  })
}

/** In brackets, as in a URL. */
function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}
