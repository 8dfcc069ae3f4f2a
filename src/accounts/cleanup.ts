import { setTimeout as sleep } from 'node:timers/promises'
import { deleteAuditEvents } from '../store/audit.ts'
import { tryLock } from '../store/cleanup-lock.ts'
import { deleteEndedCounters } from '../store/counters.ts'
import type { Sql } from '../store/database.ts'
import { deleteEndedRevocations } from '../store/revocations.ts'
import { deleteExpiredSessions, deleteRevokedSessions } from '../store/sessions.ts'
import { type Lifetimes, later, type Parts } from './parts.ts'

/** How long what is over is kept. */
export interface Retention {
  readonly endedSessionSeconds: number
  readonly auditSeconds: number
}

type CleanupParts = Pick<Parts, 'database' | 'now'> & {
  readonly lifetimes: Pick<Lifetimes, 'sessionSeconds'> & Retention
}

/** Few enough that nobody waits for them: a few milliseconds. */
const batchSize = 512
/** So many in a run at most, with a pause after each: what is left is for the next. */
const maxBatches = 200
const pauseMilliseconds = 50
const everySeconds = 60

/** Removes what is over, now and then, in the background. @returns Ends it. */
export function startCleanup(parts: CleanupParts, onFault: (error: unknown) => void): () => Promise<void> {
  const ending = new AbortController()
  const { signal } = ending
  async function run(): Promise<void> {
    // Not all nodes at the same moment.
    for (let seconds = Math.random() * everySeconds; ; seconds = everySeconds) {
      await sleep(seconds * 1000, undefined, { signal, ref: false })
      await cleanUp(parts, signal).catch((error) => {
        if (!signal.aborted) onFault(error)
      })
    }
  }
  const running = run().catch(() => {})
  return async function stopCleanup() {
    ending.abort()
    await running
  }
}

/** Removes ended revocations, sessions, counters and old audit events. One node at a time does it. @returns How many. */
export async function cleanUp({ database, now, lifetimes }: CleanupParts, signal?: AbortSignal): Promise<number> {
  const at = now()
  const { sessionSeconds, endedSessionSeconds, auditSeconds } = lifetimes
  const expiredBefore = later(at, -endedSessionSeconds)
  const createdBefore = later(expiredBefore, -sessionSeconds)
  const tasks: ((trx: Sql) => Promise<number>)[] = [
    (trx) => deleteEndedRevocations(trx, at, batchSize),
    (trx) => deleteRevokedSessions(trx, expiredBefore, batchSize),
    (trx) => deleteExpiredSessions(trx, { expiredBefore, createdBefore }, batchSize),
    (trx) => deleteAuditEvents(trx, later(at, -auditSeconds), batchSize),
    // Those have the machine's clock, whichever the tokens have.
    (trx) => deleteEndedCounters(trx, new Date(), batchSize),
  ]
  let total = 0
  for (const task of tasks) {
    for (let batch = 0; batch < maxBatches && !signal?.aborted; batch++) {
      const count = await database.transaction(async (trx) => ((await tryLock(trx, database.kind)) ? task(trx) : 0))
      total += count
      if (count < batchSize) break
      await sleep(pauseMilliseconds, undefined, { ref: false })
    }
  }
  return total
}
