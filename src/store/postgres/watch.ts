import type { Client, ClientConfig } from 'pg'
import type { QueryOutcome, Watch } from '../engine/database.ts'
import type { PostgresServer, SessionLimits } from './server.ts'
import { statementOf } from './statements.ts'

/** Shorter than the bound within which revocations must be known. */
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

/** How often the journal is looked at where PostgreSQL's notifications do not come through. */
const pollMilliseconds = 50

/**
 * Listens on a connection of its own. Behind a pooler that hands out connections for a transaction each, what is listened for
 * on one is heard by whichever client has it next: then the journal is looked at instead, twenty times a second.
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

/** A moment, as PostgreSQL sees it: what was committed until then. */
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

/** A client takes one query at a time, and here two ask. */
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
