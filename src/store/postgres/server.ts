import { Socket } from 'node:net'
import type { PostgresPool, PostgresPoolClient } from 'kysely'
import type { Client, ClientBase, ClientConfig, PoolClient, PoolConfig, default as pgModule, QueryResult } from 'pg'
import type { QueryOutcome } from '../engine/database.ts'
import { isStaleStatement } from '../engine/faults.ts'
import type { PostgresAddress } from './address.ts'
import { PostgresHosts } from './hosts.ts'
import { explainWaiting, isSharedPerTransaction } from './pooler.ts'
import { statementOf } from './statements.ts'

/** Time limits of a connection in milliseconds, under the names of PostgreSQL's settings; 0 for none. */
export interface SessionLimits {
  readonly statement_timeout: number
  readonly lock_timeout: number
  readonly idle_in_transaction_session_timeout: number
}

/** A pool of connections. */
export interface PostgresConnections extends PostgresPool {
  connect(): Promise<PostgresPoolClient & Pick<LentClient, 'release'>>
  query(text: string, values: readonly unknown[]): Promise<QueryOutcome>
}

/** A connection outside of the pool. */
export interface OpenClient {
  readonly client: Client
  /** Not `client.end()`, which waits for a server that may have stopped answering. */
  close(): void
}

/**
 * Every statement is written for READ COMMITTED. With a stricter default of the role or the database, concurrent logins
 * and refreshes of one user would fail.
 */
const isolation = { default_transaction_isolation: 'read committed' }

/**
 * `read_only_sql_transaction`. A connection keeps the `default_transaction_read_only` that it began with, and a new one
 * may lead to another server.
 */
const readOnly = '25006'

/** For asking a host whether it is the primary, while requests wait. */
const briefly: ClientConfig = {
  connectionTimeoutMillis: 2_000,
  query_timeout: 2_000,
  application_name: 'hallpass start',
}
/**
 * For finding out how a pooler shares connections. A pooler that does not answer has none to give, and the process does
 * not start: a busy machine must not look like that.
 */
const patiently: ClientConfig = { ...briefly, connectionTimeoutMillis: 10_000, query_timeout: 10_000 }

/** The server behind an address, or the pooler in front of it. Opens connections and sets their time limits. */
export class PostgresServer {
  readonly #pg: typeof pgModule
  readonly #hosts: PostgresHosts
  #sharing: Promise<boolean> | undefined
  #isShared = false

  constructor(pg: typeof pgModule, { urls }: PostgresAddress) {
    this.#pg = pg
    this.#hosts = new PostgresHosts(urls, (url) => this.#isPrimary(url))
  }

  /** Whether a pooler assigns server connections per transaction. Known once the first connection is open. */
  get isShared(): boolean {
    return this.#isShared
  }

  /** The first query connects. */
  openPool(config: PoolConfig, limits: SessionLimits): PostgresConnections {
    const pool = new this.#pg.Pool({
      ...config,
      Client: closingClient(this.#pg.Client),
      connectionString: this.#hosts.urls[0],
      onConnect: (client) => this.#greet(client, limits),
    })
    // An idle connection broke: the pool drops it, and the next query opens another.
    pool.on('error', () => {})
    // A connection broke within a transaction, between two queries: the next query fails and reports it.
    pool.on('connect', (client) => client.on('error', () => {}))
    const begin = beginWith(limits)
    const connect = () =>
      this.#hosts
        .connect((url) => {
          pool.options.connectionString = url
          return pool.connect()
        })
        .then((client) => new LentClient(client, this.#isShared, begin))
    return {
      options: pool.options,
      end: async () => {
        if (!pool.ending) await pool.end()
      },
      // It has no cursors and no `processID`: hallpass neither streams nor cancels through Kysely.
      connect: connect as () => Promise<LentClient & PostgresPoolClient>,
      // A released connection sends the next waiting query before the request that had it goes on, because fewer
      // promises lie in between. One more `await` here would make that query wait for the work of the request, such as
      // signing a token.
      async query(text, values) {
        const client = await connect()
        try {
          const { rows, rowCount } = await client.query(text, values)
          return { rows, rowCount: rowCount ?? rows.length }
        } finally {
          client.release()
        }
      },
    }
  }

  /** @param onEnd Called once when the connection breaks. */
  async connect(config: ClientConfig, limits: SessionLimits, onEnd: () => void): Promise<OpenClient> {
    return this.#hosts.connect(async (url) => {
      const opened = await this.#open(url, config)
      try {
        await this.#greet(opened.client, limits)
      } catch (error) {
        opened.close()
        throw error
      }
      opened.client.on('end', onEnd)
      return opened
    })
  }

  /**
   * Sets the limits and the isolation level after connecting, because PgBouncer rejects a connection that asks for them
   * at startup. A pooler is recognised by its process id: the one announced at startup differs from the one that the
   * server reports.
   */
  async #greet(client: ClientBase, limits: SessionLimits): Promise<void> {
    const settings = Object.entries({ ...limits, ...isolation }).map(
      ([name, value]) => `set_config('${name}', '${value}', false)`,
    )
    const asking = client.query<{ standby: boolean; direct: string | null }>(
      `SELECT pg_is_in_recovery() AS standby,
        CASE WHEN pg_backend_pid() = ${Number(Reflect.get(client, 'processID'))} THEN ${settings.join(' || ')} END AS direct`,
    )
    const { rows } = await asking.catch((error) => {
      throw this.#sharing === undefined ? error : explainWaiting(error)
    })
    if (rows[0]?.standby && this.#hosts.urls.length > 1) throw new Error('Connection terminated: this is a standby')
    if (rows[0]?.direct !== null) return
    this.#sharing ??= this.#findSharing()
    this.#isShared = await this.#sharing
    // On a shared server connection they would remain for other clients. There, each transaction sets its own.
    if (!this.#isShared) await client.query(`SELECT ${settings.join(', ')}`)
  }

  async #findSharing(): Promise<boolean> {
    try {
      const url = await this.#hosts.primary()
      return await isSharedPerTransaction(() => this.#open(url, patiently))
    } catch (error) {
      this.#sharing = undefined
      throw error
    }
  }

  async #isPrimary(url: string): Promise<boolean> {
    const { client, close } = await this.#open(url, briefly)
    try {
      const { rows } = await client.query<{ standby: boolean }>('SELECT pg_is_in_recovery() AS standby')
      return rows[0]?.standby === false
    } finally {
      close()
    }
  }

  async #open(connectionString: string, config: ClientConfig): Promise<OpenClient> {
    const socket = new Socket()
    const client = new this.#pg.Client({ ...config, connectionString, stream: () => socket })
    client.on('error', () => {})
    const close = () => {
      socket.destroy()
    }
    try {
      await client.connect()
    } catch (error) {
      close()
      throw error
    }
    return { client, close }
  }
}

/**
 * A client of the pool while it is in use. Prepares its statements, and is discarded once a query has had no answer, a
 * prepared statement can no longer run, or writes are refused. Not an object that inherits from the client: V8 treats
 * what others inherit from as constant, and a client changes with each query.
 */
class LentClient {
  readonly #client: PoolClient
  readonly #isShared: boolean
  readonly #begin: string
  #isStuck = false
  #isStale = false

  /** @param begin Begins a transaction on a shared connection. */
  constructor(client: PoolClient, isShared: boolean, begin: string) {
    this.#client = client
    this.#isShared = isShared
    this.#begin = begin
  }

  async query(
    text: string,
    values: readonly unknown[],
  ): Promise<Pick<QueryResult, 'rows' | 'rowCount'> & Partial<Pick<QueryResult, 'command'>>> {
    if (this.#isStuck) throw new Error('Connection terminated: an earlier query has no answer')
    try {
      if (this.#isShared && text === 'begin') {
        await this.#client.query(this.#begin)
        return { rows: [], rowCount: 0 }
      }
      return await this.#client.query(statementOf(text, values, this.#isShared))
    } catch (error) {
      if ((error as Error).message === 'Query read timeout') this.#isStuck = true
      if (isStaleStatement(error) || (error as { code?: unknown }).code === readOnly) this.#isStale = true
      throw error
    }
  }

  release(destroy = false): void {
    this.#client.release(destroy || this.#isStuck || this.#isStale)
  }
}

function beginWith(limits: SessionLimits): string {
  const settings = Object.entries(limits).map(([name, value]) => `SET LOCAL ${name} = ${value}`)
  return ['BEGIN ISOLATION LEVEL READ COMMITTED', ...settings].join('; ')
}

/**
 * A client that closes its connection when it is refused. If the password is missing, the server waits for it until
 * `authentication_timeout`, one minute, and the open socket would keep this process alive that long.
 */
function closingClient(Client: typeof pgModule.Client): typeof pgModule.Client {
  return class extends Client {
    constructor(config?: string | ClientConfig) {
      super(config)
      const { connection } = this
      const close = () => {
        connection.stream.destroy()
      }
      const refusals = ['error', 'errorMessage'] as const
      for (const refusal of refusals) connection.once(refusal, close)
      this.once('connect', () => {
        for (const refusal of refusals) connection.removeListener(refusal, close)
      })
    }
  }
}
