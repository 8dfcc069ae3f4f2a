import type { Client, ClientConfig } from 'pg'
import type { QueryOutcome, Watch } from '../engine/database.ts'
import type { PostgresServer, SessionLimits } from './server.ts'
import { statementOf } from './statements.ts'

/** Shorter than the time within which a revocation must be known. */
const config: ClientConfig = {
  connectionTimeoutMillis: 2_000,
  query_timeout: 2_000,
  keepAlive: true,
  application_name: 'hallpass watch',
}
const limits: SessionLimits = {
  statement_timeout: 2_000,
  lock_timeout: 2_000,
  idle_in_transaction_session_timeout: 2_000,
}

/** How often the journal is polled if PostgreSQL's notifications do not arrive. */
const pollMilliseconds = 50

/**
 * Listens on its own connection. Behind a pooler that assigns server connections per transaction, notifications reach
 * whichever client has the connection at the time. The journal is then polled instead, twenty times a second.
 */
export async function watchPostgres(server: PostgresServer, onChange: () => void): Promise<Watch> {
  let isClosed = false
  const { client, close } = await server.connect(config, limits, onChange)
  const query = oneByOne(client, server)
  if (server.isShared) poll().catch(() => isClosed || onChange())
  else {
    client.on('notification', onChange)
    try {
      await client.query('LISTEN hallpass')
    } catch (error) {
      close()
      throw error
    }
  }

  async function poll(): Promise<void> {
    let seen: Seen | undefined
    while (!isClosed) {
      const { rows } = await query(seen === undefined ? begin : look, seen === undefined ? [] : [seen.snapshot])
      const now = rows[0] as Seen & { readonly changed: boolean }
      if (now.changed || (seen !== undefined && seen.server !== now.server)) onChange()
      seen = now
      await new Promise((resolve) => setTimeout(resolve, pollMilliseconds))
    }
  }
  return {
    query,
    close() {
      isClosed = true
      close()
    },
  }
}

/** A PostgreSQL snapshot: what was committed by then. */
interface Seen {
  readonly snapshot: string
  readonly server: string
}

const moment = 'pg_current_snapshot()::text AS snapshot, pg_postmaster_start_time()::text AS server'
const begin = `SELECT ${moment}, true AS changed`
const look = `SELECT ${moment}, EXISTS (
  SELECT 1 FROM hallpass_revocations
  WHERE xid >= pg_snapshot_xmin($1::pg_snapshot) AND NOT pg_visible_in_snapshot(xid, $1::pg_snapshot)
) AS changed`

/** A client runs one query at a time, and there are two callers here. */
function oneByOne(client: Client, server: PostgresServer): Watch['query'] {
  let last: Promise<unknown> = Promise.resolve()
  return (text, values) => {
    const outcome = last.then(async (): Promise<QueryOutcome> => {
      const { rows, rowCount } = await client.query(statementOf(text, values, server.isShared))
      return { rows, rowCount: rowCount ?? rows.length }
    })
    last = outcome.catch(() => {})
    return outcome
  }
}
