import type { Client } from 'pg'
import { ConfigurationError } from '../../errors.ts'

/** A connection to a pooler, used only to find out its mode. */
interface Probe {
  readonly client: Client
  close(): void
}

/**
 * Another client can take the server connection in between, which would hide the answer. It would have to do so in each
 * of these rounds.
 */
const rounds = 8
/** Connections that a process uses at once while it migrates. With fewer it would wait for itself. */
const sessionLeast = 5
/** Connections that a process may use: its pool, and the one that listens. */
const sessionWanted = 11

/**
 * Whether a pooler assigns server connections per transaction, as PgBouncer does with `pool_mode = transaction`.
 * Settings, prepared statements and LISTEN belong to a server connection, so they would turn up on another client's.
 * @param open Opens another connection, whose queries have a time limit.
 * @throws {ConfigurationError} `database_invalid` if there are too few connections, or if none can be had for a
 * transaction
 */
export async function isSharedPerTransaction(open: () => Promise<Probe>): Promise<boolean> {
  const probes: Probe[] = []
  const openNext = async () => {
    const probe = await open()
    probes.push(probe)
    // The client that asks for this occupies a connection too.
    await answered(probe.client, () => tooFew('session', probes.length, sessionLeast, sessionWanted))
    return probe.client
  }
  try {
    const [one, other] = [await openNext(), await openNext()]
    if (await shareServers(one, other)) return true
    while (probes.length + 1 < sessionLeast) await openNext()
    return false
  } finally {
    for (const { close } of probes) close()
  }
}

/**
 * Compares the server connections of two clients. If each has its own, it is the same one each time, and never the
 * other's.
 *
 * A pooler hands out either the connection that was returned last, or the one that has waited longest. For the first
 * kind, each round queries on one client immediately before the other begins a transaction: the other gets the same
 * connection, unless a third client was faster in every round. For the second kind, every other round takes one
 * connection more. Otherwise two connections could alternate, and each would look like the client's own.
 */
async function shareServers(one: Client, other: Client): Promise<boolean> {
  const own = await processOf(one)
  for (let round = 0; round < rounds; round++) {
    const before = await processOf(one)
    await begin(other)
    const taken = await processOf(other)
    // While the other client keeps its connection, this one's differs from before if the two share.
    const after = await answered(one, () => tooFew('transaction', 1, 2, 10))
    await other.query('ROLLBACK')
    if (taken === own || before !== own || after !== own) return true
    if (round % 2 === 1) await processOf(other)
  }
  return false
}

async function processOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  return (rows[0] as { pid: number }).pid
}

/** A pooler without a free connection lets its clients wait. */
async function answered(client: Client, explain: () => ConfigurationError): Promise<number> {
  try {
    return await processOf(client)
  } catch (cause) {
    throw isUnanswered(cause) ? Object.assign(explain(), { cause }) : cause
  }
}

function isUnanswered(error: unknown): boolean {
  return (error as Error).message === 'Query read timeout'
}

function tooFew(mode: 'session' | 'transaction', had: number, least: number, wanted: number): ConfigurationError {
  const each = mode === 'session' ? `${wanted} for each process, or pool_mode = transaction` : `${wanted}`
  return new ConfigurationError(
    'database_invalid',
    `PgBouncer (pool_mode = ${mode}) has ${had} of the ${least} connections to PostgreSQL that hallpass needs to start: set default_pool_size = ${each} in pgbouncer.ini, and make sure that max_db_connections and max_user_connections allow it`,
  )
}

/** Explains a query that timed out behind a pooler while the process runs: other clients occupy all connections. */
export function explainWaiting(error: unknown): unknown {
  if (!isUnanswered(error)) return error
  return new Error(
    'Query read timeout: PgBouncer has no free connection to PostgreSQL. Raise default_pool_size in pgbouncer.ini',
    { cause: error },
  )
}

async function begin(client: Client): Promise<void> {
  try {
    await client.query('BEGIN')
  } catch (cause) {
    if (!/statement pooling/.test((cause as Error).message)) throw cause
    throw new ConfigurationError(
      'database_invalid',
      'PgBouncer uses pool_mode = statement, and hallpass needs transactions: set pool_mode = transaction or pool_mode = session in pgbouncer.ini',
      { cause },
    )
  }
}
