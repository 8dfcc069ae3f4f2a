import type { Client } from 'pg'
import { ConfigurationError } from '../../errors.ts'

/** As many chances that another client takes no server connection in between. */
const rounds = 4

/**
 * Whether a pooler hands out connections to the server for a transaction each, as PgBouncer does with `pool_mode =
 * transaction`. What is set, prepared or listened for belongs to a connection, and would be found on another's.
 *
 * Two clients are compared. Where each has a connection of its own, it is the same one each time, and never the other's.
 */
export async function isSharedPerTransaction(one: Client, other: Client): Promise<boolean> {
  const own = await processOf(one)
  for (let round = 0; round < rounds; round++) {
    await begin(other)
    const isOther = (await processOf(other)) !== own
    // While the other keeps its connection, ours is another than before if it was the other's.
    const isSame = isOther && (await processOf(one)) === own
    await other.query('ROLLBACK')
    if (!isOther || !isSame) return true
  }
  return false
}

async function processOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  return (rows[0] as { pid: number }).pid
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
