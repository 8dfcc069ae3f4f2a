import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { asText } from '../../errors.ts'
import type { Database, Sql } from '../engine/database.ts'

/** An arbitrary number, which every hallpass uses and nothing else does. */
const lockNumber = 7_239_402_556
const retryMilliseconds = 200
/** A pooler's `idle_transaction_timeout`, or PostgreSQL's own, is at least a second if it is set. */
const pingMilliseconds = 250
/**
 * A network that drops every packet closes no connection: without this limit, the system waits a quarter of an hour. A
 * busy machine delays an answer by seconds. After this time, another process may have the lock: a failover gives it away,
 * and so does a pooler that ends idle transactions.
 */
const defaultAnswerMilliseconds = 30_000

/**
 * It binds no value: a statement that does keeps its snapshot until its transaction ends, and index creation would wait
 * for that too.
 */
const lock = sql<{ free: boolean }>`SELECT pg_try_advisory_xact_lock(${sql.lit(lockNumber)}) AS free`

/**
 * Keeps the connection busy without reading a row. A statement that reads one has a snapshot, and `CREATE INDEX
 * CONCURRENTLY` would wait for the end of its transaction if it began at that moment.
 */
const ping = sql`SHOW lock_timeout`

/**
 * Lets one PostgreSQL process migrate; the others wait for as long as it takes. A transaction that does nothing else
 * holds the lock, so the lock ends with its connection. Behind a pooler, the transaction keeps its connection.
 *
 * A waiting process polls for the lock, in a new transaction each time. Waiting inside one would deadlock: `CREATE
 * INDEX CONCURRENTLY` waits for all transactions that began before it.
 * @param work Must stop and fail when its signal is aborted: the lock is lost then, and another process may have it.
 * @param answerMilliseconds The lock also counts as lost if the server does not answer on its connection for this long.
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

/** @returns `undefined` if another process has the lock. */
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
    // Finished work stays finished, even if the lock was lost afterwards.
    if (done.length === 0) throw lost.signal.aborted ? lost.signal.reason : error
  }
  return done.length === 0 ? undefined : { result: done[0] as Result }
}

/**
 * Keeps the transaction from being idle, because poolers and servers end idle ones, and notices when the connection is
 * lost.
 */
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

/** The work stopped half-way. What was prepared stays, and the next run continues from there. */
class LockLost extends Error {
  constructor(cause: unknown) {
    const why = cause instanceof Error ? cause.message : asText(cause)
    super(
      `The migration stopped, because the connection that held its lock was lost (${why}). Run it again: it continues`,
      {
        cause,
      },
    )
    this.name = 'LockLost'
  }
}
