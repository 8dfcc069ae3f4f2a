import { createHash } from 'node:crypto'
import { Kysely, PostgresDialect, sql } from 'kysely'
import type { Pool, PoolConfig, default as pgModule } from 'pg'
import { ConfigurationError } from '../errors.ts'
import type { Database } from './database.ts'
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
  const pool = makePool(await loadPg(), url)
  // A connection that breaks while it is idle: the pool drops it, and the next query opens another.
  pool.on('error', () => {})
  const kysely = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  return {
    kind: 'postgres',
    sql: kysely,
    transaction: (change) => kysely.transaction().execute(change),
    async query(text, values) {
      const { rows, rowCount } = await pool.query({ name: nameOf(text), text, values: [...values] })
      return { rows, rowCount: rowCount ?? rows.length }
    },
    async check() {
      await sql`SELECT 1`.execute(kysely)
    },
    async close() {
      await kysely.destroy()
      if (!pool.ending) await pool.end()
    },
  }
}

const names = new Map<string, string>()

/** PostgreSQL prepares a statement once for each connection, by a name. */
function nameOf(text: string): string {
  let name = names.get(text)
  if (name === undefined) {
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
