import type { Client } from 'pg'
import { ConfigurationError } from '../../errors.ts'

/** A connection to a pooler, for the time of the question. */
interface Probe {
  readonly client: Client
  close(): void
}

/** As many chances that another client takes the connection to the server in between. */
const rounds = 8
/** What a process has at once while it migrates: fewer, and it would wait for itself. */
const sessionLeast = 5
/** What a process may have: its pool, and the connection that listens. */
const sessionWanted = 11

/**
 * Whether a pooler hands out connections to the server for a transaction each, as PgBouncer does with `pool_mode =
 * transaction`. What is set, prepared or listened for belongs to a connection, and would be found on another's.
 * @param open Another connection, of which no question takes long.
 * @throws {ConfigurationError} `database_invalid` where there are too few to work with, or none for a transaction
 */
export async function isSharedPerTransaction(open: () => Promise<Probe>): Promise<boolean> {
  const probes: Probe[] = []
  const openNext = async () => {
    const probe = await open()
    probes.push(probe)
    // The client that asks for all this has one too.
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
 * Compares two clients. Where each has a connection of its own, it is the same one each time, and never the other's.
 *
 * A pooler hands out the connection that came back last, or the one that waited longest. For the first kind each round asks
 * immediately before the other begins: the other gets the same one, unless a third client was quicker in every round. For
 * the second kind some rounds take one more: otherwise two connections could take turns, and each look like one's own.
 */
async function shareServers(one: Client, other: Client): Promise<boolean> {
  const own = await processOf(one)
  for (let round = 0; round < rounds; round++) {
    const before = await processOf(one)
    await begin(other)
    const taken = await processOf(other)
    // While the other keeps its connection, ours is another than before if it was the other's.
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

/** A pooler that has no connection to hand out lets its clients wait. */
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
    `PgBouncer (pool_mode = ${mode}) has connections to PostgreSQL for ${had} at once, and hallpass needs ${least} to start: set default_pool_size = ${each} in pgbouncer.ini, and see that max_db_connections and max_user_connections allow it`,
  )
}

/** What a client that waited in vain says while the process runs: others have all connections. */
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
