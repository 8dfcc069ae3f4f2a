import { Kysely, PostgresDialect } from 'kysely'
import type { PoolConfig, default as pgModule } from 'pg'
import { ConfigurationError } from '../../errors.ts'
import { runTransaction } from '../engine/after-commit.ts'
import type { Database } from '../engine/database.ts'
import type { Tables } from '../tables.ts'
import { type PostgresAddress, readPostgresAddress } from './address.ts'
import { type PostgresConnections, PostgresServer, type SessionLimits } from './server.ts'
import { expendableText } from './statements.ts'
import { watchPostgres } from './watch.ts'

const config: PoolConfig = { max: 10, keepAlive: true, application_name: 'hallpass' }

/**
 * No request waits longer than this for anything, even if the server has stopped answering. All times are in proportion
 * to that of a statement.
 */
function limitsOf(statementMilliseconds: number): { readonly pool: PoolConfig; readonly session: SessionLimits } {
  return {
    pool: { connectionTimeoutMillis: statementMilliseconds, query_timeout: statementMilliseconds * 1.2 },
    session: {
      statement_timeout: statementMilliseconds,
      lock_timeout: Math.floor(statementMilliseconds * 0.8),
      idle_in_transaction_session_timeout: statementMilliseconds * 2,
    },
  }
}

/**
 * A migration waits for locks and statements for as long as they take. One connection does the work; another reports
 * its progress or cancels it.
 */
const unlimitedConfig: PoolConfig = {
  max: 3,
  connectionTimeoutMillis: 5_000,
  keepAlive: true,
  // Creating an index can take hours without a packet. The system's default delay is two hours, and a NAT forgets the
  // connection sooner.
  keepAliveInitialDelayMillis: 10_000,
  application_name: 'hallpass migration',
}
const noLimits: SessionLimits = { statement_timeout: 0, lock_timeout: 0, idle_in_transaction_session_timeout: 0 }

const readFault = `SELECT CASE
  WHEN pg_is_in_recovery() THEN 'is a standby, which accepts no writes'
  WHEN current_setting('transaction_read_only') = 'on' THEN 'is read-only: default_transaction_read_only is on'
  END AS fault`

/**
 * Opens a pool of connections. The first query connects.
 * @throws {ConfigurationError} `package_missing`, `database_invalid`
 */
export async function openPostgres(url: string): Promise<Database> {
  const pg = await loadPg()
  const address = readAddress(pg, url)
  const server = new PostgresServer(pg, address)
  const limits = limitsOf(address.statementMilliseconds)
  const pool = server.openPool({ ...config, ...limits.pool }, limits.session)
  const kysely = kyselyOn(pool)
  return {
    kind: 'postgres',
    isRemote: !address.isLocal,
    sql: kysely,
    transaction: (change) => runTransaction(kysely, change),
    async unlimited(work, { answerMilliseconds } = {}) {
      const db = kyselyOn(server.openPool({ ...unlimitedConfig, query_timeout: answerMilliseconds }, noLimits))
      try {
        return await work(db)
      } finally {
        await db.destroy()
      }
    },
    query: (text, values, { expendable = false } = {}) => pool.query(expendable ? expendableText(text) : text, values),
    watch: (onChange) => watchPostgres(server, onChange),
    async check() {
      const client = await pool.connect()
      let fault: string | null = 'does not answer'
      try {
        const { rows } = await client.query<{ fault: string | null }>(readFault, [])
        fault = rows[0]?.fault ?? null
      } finally {
        // A new connection may lead to another server, or begin with another setting.
        client.release(fault !== null)
      }
      if (fault !== null) throw new Error(`The database ${fault}`)
    },
    async close() {
      await kysely.destroy()
      await pool.end()
    },
  }
}

/** @throws {ConfigurationError} `database_invalid`. The message does not repeat the address, which may contain a password. */
function readAddress(pg: typeof pgModule, url: string): PostgresAddress {
  const address = readPostgresAddress(url)
  if (address.mistakes.length > 0) throw unreadable(address.mistakes)
  try {
    // Checks the driver's reading of the other parameters.
    for (const connectionString of address.urls) new pg.Client({ connectionString })
  } catch (cause) {
    throw unreadable([`cannot be used: ${(cause as Error).message}`], cause)
  }
  return address
}

function unreadable(mistakes: readonly string[], cause?: unknown): ConfigurationError {
  const lines = mistakes.map((mistake) => `The address of the PostgreSQL database ${mistake}`)
  return new ConfigurationError('database_invalid', lines.join('\n'), { cause })
}

function kyselyOn(pool: PostgresConnections): Kysely<Tables> {
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
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
