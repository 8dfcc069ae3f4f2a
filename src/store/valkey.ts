import type { Redis } from 'iovalkey'
import { ConfigurationError } from '../errors.ts'

/**
 * A Valkey or Redis server used beside the database, for counters and change notifications. It stores nothing that must
 * survive.
 */
export interface Valkey {
  /** The client that counts. It fails at once while the server cannot be reached. */
  readonly client: object
  /**
   * Notifies every process that something has changed. One that the notification does not reach finds out a little
   * later.
   */
  announceChange(): void
  listen(onChange: () => void): void
  close(): void
}

const channel = 'hallpass:changes'
const heartbeatMilliseconds = 1000

/**
 * Starts connecting, and keeps trying for as long as it takes: the server may be unavailable now or later.
 * @param onFault Called each time the connection is lost.
 * @throws {ConfigurationError} `option_invalid`, `package_missing`
 */
export async function openValkey(url: string, onFault: (error: unknown) => void): Promise<Valkey> {
  if (!/^(?:redis|rediss|valkey|valkeys):\/\/./.test(url) || !URL.canParse(url)) {
    // The message does not repeat the address, which may contain a password.
    throw new ConfigurationError('option_invalid', "The address of Valkey must be 'redis://…' or 'rediss://…'")
  }
  const Client = await loadClient()
  const options = {
    lazyConnect: true,
    connectTimeout: 2_000,
    commandTimeout: 600,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    keepAlive: 10_000,
    retryStrategy: (attempts: number) => Math.min(attempts * 50, 1000),
  }
  const address = url.replace(/^valkey/, 'redis')
  const client = new Client(address, { ...options, connectionName: 'hallpass' })
  const subscriber = new Client(address, { ...options, connectionName: 'hallpass-feed', autoResubscribe: true })
  const listeners: (() => void)[] = []
  let isLost = false
  client.on('ready', () => {
    isLost = false
  })
  client.on('error', (error) => {
    if (!isLost) onFault(error)
    isLost = true
  })
  subscriber.on('error', () => {})
  subscriber.on('ready', () => {
    subscriber.subscribe(channel).catch(() => {})
    // Notifications may have been missed while it was not listening.
    for (const listener of listeners) listener()
  })
  subscriber.on('message', () => {
    for (const listener of listeners) listener()
  })
  await Promise.allSettled([client.connect(), subscriber.connect()])
  // A server that has stopped answering keeps its connections open. They are closed, so that counting moves to the
  // database at once.
  const heartbeat = setInterval(() => {
    for (const connection of [client, subscriber]) {
      if (connection.status === 'ready') connection.ping().catch(() => connection.disconnect(true))
    }
  }, heartbeatMilliseconds)
  heartbeat.unref()
  return {
    client,
    announceChange() {
      client.publish(channel, '').catch(() => {})
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

async function loadClient(): Promise<typeof Redis> {
  try {
    return (await import('iovalkey')).Redis
  } catch (cause) {
    throw new ConfigurationError('package_missing', "Valkey needs the package 'iovalkey': run 'npm install iovalkey'", {
      cause,
    })
  }
}
