import { createHash } from 'node:crypto'
import { Socket } from 'node:net'
import { Kysely, PostgresDialect, type PostgresPool, sql } from 'kysely'
import type { ClientConfig, Pool, PoolConfig, default as pgModule, QueryConfig } from 'pg'
import { ConfigurationError } from '../errors.ts'
import type { Database, Sql, Watch } from './database.ts'
import type { Tables } from './tables.ts'

/** No request waits longer than this for anything, a server that has stopped answering included. */
const limits: PoolConfig = {
  max: 10,
  connectionTimeoutMillis: 5_000,
  statement_timeout: 5_000,
  lock_timeout: 4_000,
  query_timeout: 6_000,
  idle_in_transaction_session_timeout: 10_000,
  keepAlive: true,
  application_name: 'hallpass',
}

/**
 * Opens a pool of connections. The first query connects.
 * @throws {ConfigurationError} `package_missing`, `database_invalid`
 */
export async function openPostgres(url: string): Promise<Database> {
  const pg = await loadPg()
  const pool = makePool(pg, url)
  // A connection that breaks while it is idle: the pool drops it, and the next query opens another.
  pool.on('error', () => {})
  // One that breaks in the middle of a transaction, between two queries: the next query fails, and says so.
  pool.on('connect', (client) => client.on('error', () => {}))
  const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: preparing(pool) }) })
  return {
    kind: 'postgres',
    isRemote: !isLocal(url),
    sql: kysely,
    transaction: (change) => kysely.transaction().execute(change),
    longTransaction: (change) => transactionWithoutLimits(pg, url, change),
    async query(text, values) {
      const { rows, rowCount } = await pool.query(prepared(text, values))
      return { rows, rowCount: rowCount ?? rows.length }
    },
    watch: (onChange) => watch(pg, url, onChange),
    async check() {
      await sql`SELECT 1`.execute(kysely)
    },
    async close() {
      await kysely.destroy()
      if (!pool.ending) await pool.end()
    },
  }
}

/** On a connection of its own, which waits for locks and statements for as long as they take. */
async function transactionWithoutLimits<Result>(
  pg: typeof pgModule,
  connectionString: string,
  change: (trx: Sql) => Promise<Result>,
): Promise<Result> {
  const { connectionTimeoutMillis, keepAlive } = limits
  const pool = new pg.Pool({
    max: 1,
    connectionTimeoutMillis,
    keepAlive,
    connectionString,
    application_name: 'hallpass migration',
  })
  pool.on('error', () => {})
  const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  try {
    return await kysely.transaction().execute(change)
  } finally {
    await kysely.destroy()
  }
}

/** Shorter than the bound within which revocations must be known. */
const watchLimits: ClientConfig = {
  connectionTimeoutMillis: 2_000,
  statement_timeout: 2_000,
  query_timeout: 2_000,
  keepAlive: true,
  application_name: 'hallpass watch',
}

async function watch(pg: typeof pgModule, url: string, onChange: () => void): Promise<Watch> {
  const socket = new Socket()
  const client = new pg.Client({ ...watchLimits, connectionString: url, stream: () => socket })
  client.on('notification', onChange)
  client.on('error', () => {})
  client.on('end', onChange)
  // Not client.end(), which waits for a server that may have stopped answering.
  const close = () => socket.destroy()
  try {
    await client.connect()
    await client.query('LISTEN hallpass')
  } catch (error) {
    close()
    throw error
  }
  return {
    async query(text, values) {
      const { rows, rowCount } = await client.query(prepared(text, values))
      return { rows, rowCount: rowCount ?? rows.length }
    },
    close,
  }
}

/** An address with several hosts is none that can be read here, and of other machines. */
function isLocal(url: string): boolean {
  return URL.canParse(url) && /^(?:|localhost|127(?:\.\d+){3}|\[::1\])$/.test(new URL(url).hostname)
}

/** What Kysely sends is prepared as well: to plan a login's statements anew each time takes longer than to run them. */
function preparing(pool: Pool): PostgresPool {
  return {
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      const client = await pool.connect()
      const query = (text: string, values: readonly unknown[]) => client.query(prepared(text, values))
      return Object.create(client, { query: { value: query } })
    },
  }
}

/** Each connection keeps every statement that it has prepared: those of lists that are now long, now short, are not among them. */
const mostNames = 200
const names = new Map<string, string>()

/** What these answer changes when another process adds a column, and PostgreSQL refuses to run them again then. */
const answersAllColumns = /^\s*select \*|\breturning \*/i

/** PostgreSQL prepares a statement once for each connection, by a name. */
function prepared(text: string, values: readonly unknown[]): QueryConfig {
  const isPrepared = values.length > 0 && !answersAllColumns.test(text)
  return { text, values: [...values], ...(isPrepared && { name: nameOf(text) }) }
}

function nameOf(text: string): string | undefined {
  let name = names.get(text)
  if (name === undefined && names.size < mostNames) {
    name = `hallpass_${createHash('sha256').update(text).digest('hex').slice(0, 16)}`
    names.set(text, name)
  }
  return name
}

async function loadPg(): Promise<typeof pgModule> {
  try {
    return (await import('pg')).default
  } catch (cause) {
    throw new ConfigurationError('package_missing', "PostgreSQL needs the package 'pg': run 'npm install pg'", {
      cause,
    })
  }
}

function makePool(pg: typeof pgModule, url: string): Pool {
  try {
    return new pg.Pool({ ...limits, connectionString: url })
  } catch (cause) {
    throw new ConfigurationError('database_invalid', 'The address of the PostgreSQL database cannot be read', { cause })
  }
}
