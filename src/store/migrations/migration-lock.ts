import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Database, Sql } from '../engine/database.ts'

/** Any number will do, as long as every hallpass uses the same, and no one else does. */
const lockNumber = 7_239_402_556
const retryMilliseconds = 200
/** A pooler's `idle_transaction_timeout`, or PostgreSQL's own, is a second at least where one is set. */
const pingMilliseconds = 250
/** A network that loses every packet ends no connection: without a bound, the system waits for a quarter of an hour. */
const defaultAnswerMilliseconds = 5_000

/** Without a bound value: until its transaction ends, such a statement keeps its view of the database, which is waited for too. */
const lock = sql<{ free: boolean }>`SELECT pg_try_advisory_xact_lock(${sql.lit(lockNumber)}) AS free`

/**
 * Says something. It looks at no row: a statement that did would have a view of the database, and `CREATE INDEX
 * CONCURRENTLY` would wait for the end of its transaction if it began at that moment.
 */
const ping = sql`SHOW lock_timeout`

/**
 * Lets one process of PostgreSQL's migrate; the others wait for as long as it takes. The lock is that of a transaction which
 * does nothing else: it goes with its connection, and through a pooler it keeps one.
 *
 * It is asked for again and again, in a transaction each. Waiting in one would hold up `CREATE INDEX CONCURRENTLY`, which
 * waits for all that began before it: each would wait for the other.
 * @param work What is aborted stops, and fails: the lock is lost, and another process may have it.
 * @param answerMilliseconds The lock is lost too where the server does not answer on its connection for this long.
 */
export async function withMigrationLock<Result>(
  database: Database,
  onProgress: (line: string) => void,
  work: (lost: AbortSignal) => Promise<Result>,
  answerMilliseconds: number = defaultAnswerMilliseconds,
): Promise<Result> {
  async function waitAndWork(db: Sql): Promise<Result> {
    for (let isFirst = true; ; isFirst = false) {
      const outcome = await tryWithLock(db, work)
      if (outcome !== undefined) return outcome.result
      if (isFirst) onProgress('waiting for another process, which is migrating this database')
      await sleep(retryMilliseconds)
    }
  }
  return database.unlimited(waitAndWork, { answerMilliseconds })
}

/** @returns `undefined` where another process has the lock. */
async function tryWithLock<Result>(
  db: Sql,
  work: (lost: AbortSignal) => Promise<Result>,
): Promise<{ readonly result: Result } | undefined> {
  const lost = new AbortController()
  const done: Result[] = []
  try {
    await db.transaction().execute(async (trx) => {
      const { rows } = await lock.execute(trx)
      if (rows[0]?.free) done.push(await whileKept(trx, lost, work))
    })
  } catch (error) {
    // What is done is done, whatever became of the lock since.
    if (done.length === 0) throw lost.signal.aborted ? lost.signal.reason : error
  }
  return done.length === 0 ? undefined : { result: done[0] as Result }
}

/** Keeps the transaction from being idle, which poolers and servers end, and notices when it is gone. */
async function whileKept<Result>(
  trx: Sql,
  lost: AbortController,
  work: (lost: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const ending = new AbortController()
  async function keep(): Promise<void> {
    while (!ending.signal.aborted) {
      await sleep(pingMilliseconds, undefined, { signal: ending.signal }).catch(() => {})
      if (!ending.signal.aborted) await ping.execute(trx)
    }
  }
  const keeping = keep().catch((cause) => lost.abort(new LockLost(cause)))
  try {
    return await work(lost.signal)
  } finally {
    ending.abort()
    await keeping
  }
}

/** The work stopped half-way: what is prepared stays, and the next run goes on from there. */
class LockLost extends Error {
  constructor(cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause)
    super(
      `The migration stopped, because the connection that held its lock was lost (${why}). Run it again: it continues`,
      {
        cause,
      },
    )
    this.name = 'LockLost'
  }
}
