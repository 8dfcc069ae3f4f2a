import { setTimeout as sleep } from 'node:timers/promises'
import { type Kysely, sql } from 'kysely'
import type { Tables } from '../tables.ts'

/** Any number will do, as long as every hallpass uses the same, and no one else does. */
const lockNumber = 7_239_402_556
const pauseMilliseconds = 200

/** Without a bound value: until its transaction ends, such a statement keeps its view of the database, which is waited for too. */
const lock = sql<{ free: boolean }>`SELECT pg_try_advisory_xact_lock(${sql.lit(lockNumber)}) AS free`

/**
 * Lets one process of PostgreSQL's migrate; the others wait for as long as it takes. The lock is that of a transaction which
 * does nothing else: it goes with its connection, and through a pooler it keeps one.
 *
 * It is asked for again and again. Waiting within a statement would keep up `CREATE INDEX CONCURRENTLY`, which waits for
 * all statements that began before it: each would wait for the other.
 */
export async function withMigrationLock<Result>(
  db: Kysely<Tables>,
  onProgress: (line: string) => void,
  work: () => Promise<Result>,
): Promise<Result> {
  return db.transaction().execute(async (trx) => {
    for (let isFirst = true; ; isFirst = false) {
      const { rows } = await lock.execute(trx)
      if (rows[0]?.free) return work()
      if (isFirst) onProgress('waiting for another process, which is migrating this database')
      await sleep(pauseMilliseconds)
    }
  })
}
