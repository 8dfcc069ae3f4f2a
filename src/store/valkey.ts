import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'iovalkey'
import { ConfigurationError } from '../errors.ts'

/**
 * A Valkey or Redis server used beside the database, for counters and change notifications. It stores nothing that must
 * survive.
 */
export interface Valkey {
  /** The client that counts. It fails at once while the server cannot be reached. */
  readonly client: CountingClient
  /**
   * Notifies every process that something has changed. One that the notification does not reach finds out a little
   * later.
   */
  announceChange(): void
  listen(onChange: () => void): void
  close(): void
}

/** A client for counters. Not a type of the package: applications compile without it. */
export interface CountingClient {
  readonly status: string
}

/** Counters in Valkey. */
export interface SharedCounters {
  readonly client: CountingClient
  /** The same on all nodes of one deployment, by which its counters differ from those of others on the same server. */
  readonly deployment: string
  /** Called each time the server refuses to count. */
  readonly onFault: (error: Error) => void
}

const channel = 'hallpass:changes'
const heartbeatMilliseconds = 1000
const shortestPauseMilliseconds = 50
const longestPauseMilliseconds = 1000
/** How long the start waits. A server that loads its data accepts connections, but answers nothing until it is done. */
const firstConnectMilliseconds = 4000

/** What is wrong with an address, which may contain a password and is not repeated. */
export function valkeyMistakes(text: string): readonly string[] {
  if (!/^(?:redis|rediss|valkey|valkeys):\/\/./.test(text)) return ["must be 'redis://…' or 'rediss://…'"]
  const url = readable(text)
  if (url === undefined) return [advice]
  // The package would read them as options of the client, which then waits for a server that does not answer.
  if (url.search !== '' || url.hash !== '') return ["must have no parameters: remove everything from '?' or '#' on"]
  return /^\/?\d*$/.test(url.pathname) ? [] : ['must end with host and port, or with a database number']
}

const advice = 'cannot be read: in a user name or password write % as %25, / as %2F, # as %23, ? as %3F and @ as %40'

function readable(text: string): URL | undefined {
  try {
    const url = new URL(text)
    for (const part of [url.username, url.password, url.hostname, url.pathname]) decodeURIComponent(part)
    return url
  } catch {
    return undefined
  }
}

/**
 * Starts connecting, and keeps trying for as long as it takes: the server may be unavailable now or later.
 * @param onFault Called each time that connecting fails, the connection is lost, or the server refuses notifications or
 *   may delete counters.
 * @throws {ConfigurationError} `option_invalid`, `package_missing`
 */
export async function openValkey(url: string, onFault: (error: Error) => void): Promise<Valkey> {
  const [mistake] = valkeyMistakes(url)
  if (mistake !== undefined) throw new ConfigurationError('option_invalid', `The address of Valkey ${mistake}`)
  const Client = await loadClient()
  const options = {
    lazyConnect: true,
    connectTimeout: 2_000,
    commandTimeout: 600,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    keepAlive: 10_000,
    maxLoadingRetryTime: 1000,
    // The package would subscribe again without handling a failure, which ends the process.
    autoResubscribe: false,
    // The address may lead to another server now: the one that has replaced it.
    reconnectOnError: (error: Error) => error.message.includes('READONLY'),
  }
  const address = url.replace(/^valkey/, 'redis')
  function connection(connectionName: string): Redis {
    const pauses = new Pauses()
    const made = new Client(address, { ...options, connectionName, retryStrategy: () => pauses.next() })
    made.on('ready', () => pauses.ready())
    made.on('error', (error) => {
      // Otherwise it would stay in database 0.
      if (commandOf(error) === 'select') made.disconnect(true)
    })
    return made
  }
  const client = connection('hallpass')
  const subscriber = connection('hallpass-feed')
  const listeners: (() => void)[] = []
  // Errors of the package have the command as a member: for AUTH, with the password.
  client.on('error', (error) => onFault(new Error(`Valkey cannot be used: ${error.message}`)))
  client.on('ready', () => {
    client.info('memory').then(
      (memory) => {
        const policy = evictionOf(memory)
        if (policy !== undefined) onFault(new Error(`Valkey deletes counters when it is full, by ${policy}`))
      },
      () => {},
    )
  })
  function notify(): void {
    for (const listener of listeners) listener()
  }
  function reportRefusal(error: Error): void {
    if (error.name !== 'ReplyError') return
    onFault(new Error(`Valkey passes on no changes, so processes find them in the database: ${error.message}`))
  }
  let isSubscribed = false
  function subscribe(): void {
    subscriber.subscribe(channel).then(() => {
      isSubscribed = true
      // Notifications may have been missed while it was not listening.
      notify()
    }, reportRefusal)
  }
  subscriber.on('ready', () => {
    isSubscribed = false
    subscribe()
  })
  subscriber.on('message', notify)
  const connecting = Promise.allSettled([client.connect(), subscriber.connect()])
  await Promise.race([connecting, sleep(firstConnectMilliseconds, undefined, { ref: false })])
  // A server that has stopped answering keeps its connections open. They are closed, so that counting moves to the
  // database at once.
  const heartbeat = setInterval(() => {
    for (const connection of [client, subscriber]) {
      if (connection.status !== 'ready') continue
      connection.ping().catch((error: Error) => {
        // It has answered, if only that the user may not ask.
        if (!error.message.startsWith('NOPERM')) connection.disconnect(true)
      })
    }
    if (subscriber.status === 'ready' && !isSubscribed) subscribe()
  }, heartbeatMilliseconds)
  heartbeat.unref()
  return {
    client,
    announceChange() {
      client.publish(channel, '').catch(reportRefusal)
    },
    listen(onChange) {
      listeners.push(onChange)
    },
    close() {
      clearInterval(heartbeat)
      client.disconnect()
      subscriber.disconnect()
    },
  }
}

/** The pauses between attempts to connect: short after a connection that lasted, otherwise longer and longer. */
class Pauses {
  #next = shortestPauseMilliseconds
  #readyAt = Number.POSITIVE_INFINITY

  ready(): void {
    this.#readyAt = performance.now()
  }

  next(): number {
    const lasted = performance.now() - this.#readyAt
    this.#readyAt = Number.POSITIVE_INFINITY
    const pause = lasted > longestPauseMilliseconds ? shortestPauseMilliseconds : this.#next
    this.#next = Math.min(2 * pause, longestPauseMilliseconds)
    return pause
  }
}

/** How a server deletes values when it is full; `undefined` if it refuses to store others. */
function evictionOf(memory: string): string | undefined {
  const [, policy] = /^maxmemory_policy:(\S+)/m.exec(memory) ?? []
  return policy === 'noeviction' || /^maxmemory:0\r?$/m.test(memory) ? undefined : policy
}

function commandOf(error: unknown): string | undefined {
  return (error as { readonly command?: { readonly name: string } }).command?.name
}

async function loadClient(): Promise<typeof Redis> {
  try {
    return (await import('iovalkey')).Redis
  } catch (cause) {
    throw new ConfigurationError('package_missing', "Valkey needs the package 'iovalkey': run 'npm install iovalkey'", {
      cause,
    })
  }
}
