import { setTimeout as sleep } from 'node:timers/promises'
import { deleteAuditEvents } from '../store/audit.ts'
import { tryLock } from '../store/cleanup-lock.ts'
import { deleteEndedCounters } from '../store/counters.ts'
import { deleteEndedDevices } from '../store/devices.ts'
import { noteClock } from '../store/engine/clock.ts'
import type { Sql } from '../store/engine/database.ts'
import { deleteDoneMails } from '../store/mails.ts'
import { deleteStaleTotps } from '../store/mfa/totp.ts'
import { deleteEndedSecrets } from '../store/one-time/one-time-secrets.ts'
import { deleteEndedSpent } from '../store/one-time/spent.ts'
import { deleteEndedRevocations } from '../store/revocations/revocations.ts'
import {
  clearSealedSuccessors,
  deleteExpiredSessions,
  deleteRevokedSessions,
} from '../store/sessions/session-cleanup.ts'
import type { ChangeParts } from './change.ts'
import { later } from './time.ts'

/** How long expired data is kept. */
export interface Retention {
  /** The maximum lifetime of a session. */
  readonly sessionSeconds: number
  readonly endedSessionSeconds: number
  readonly auditSeconds: number
}

type CleanupParts = Pick<ChangeParts, 'database' | 'clock'> & {
  readonly lifetimes: Retention
}

/** Small enough that other requests wait only a few milliseconds. */
const batchSize = 512
/** The most batches per task in one run, with a pause after each. The rest is left for the next run. */
const maxBatches = 200
const pauseMilliseconds = 50
const everySeconds = 60
/** An authenticator app that has sent no code within an hour was not set up. */
const unconfirmedSeconds = 60 * 60
/** Longer than any grace period that 0.1.0 could be configured with. */
const sealedSeconds = 60 * 60
/**
 * How long a used challenge is remembered after it expired. Longer than clocks may differ: on a node whose clock is
 * behind, it could otherwise be used again.
 */
const spentSeconds = 60 * 60
/** For how long an operator can see what became of a mail. */
const doneMailSeconds = 7 * 24 * 60 * 60

/** Deletes expired data in the background, once a minute. @returns A function that stops it. */
export function startCleanup(parts: CleanupParts, onFault: (error: unknown) => void): () => Promise<void> {
  const ending = new AbortController()
  const { signal } = ending
  async function run(): Promise<void> {
    // Spreads the nodes over the interval.
    for (let seconds = Math.random() * everySeconds; ; seconds = everySeconds) {
      await sleep(seconds * 1000, undefined, { signal, ref: false })
      await noteAndCleanUp(parts, signal).catch((error) => {
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

async function noteAndCleanUp(parts: CleanupParts, signal: AbortSignal): Promise<void> {
  const { database, clock } = parts
  await noteClock(database.sql, await clock.databaseTime(database.sql))
  await cleanUp(parts, signal)
}

/** Deletes one batch of what had expired at a time. @returns How many rows were deleted. */
type Task = (trx: Sql, at: Date, lifetimes: CleanupParts['lifetimes']) => Promise<number>

const tasks: readonly Task[] = [
  (trx, at) => deleteEndedRevocations(trx, at, batchSize),
  (trx, at) => deleteEndedSecrets(trx, at, batchSize),
  (trx, at) => deleteEndedSpent(trx, later(at, -spentSeconds), batchSize),
  (trx, at) => deleteEndedDevices(trx, at, batchSize),
  (trx, at) => deleteStaleTotps(trx, later(at, -unconfirmedSeconds), batchSize),
  (trx, at) => clearSealedSuccessors(trx, later(at, -sealedSeconds), batchSize),
  (trx, at, { endedSessionSeconds }) => deleteRevokedSessions(trx, later(at, -endedSessionSeconds), batchSize),
  (trx, at, { endedSessionSeconds, sessionSeconds }) => {
    const expiredBefore = later(at, -endedSessionSeconds)
    return deleteExpiredSessions(
      trx,
      { expiredBefore, createdBefore: later(expiredBefore, -sessionSeconds) },
      batchSize,
    )
  },
  (trx, at, { auditSeconds }) => deleteAuditEvents(trx, later(at, -auditSeconds), batchSize),
  (trx, at) => deleteDoneMails(trx, later(at, -doneMailSeconds), batchSize),
  // Counters expire by the clock of the machine that counted, so the earlier of the two clocks decides.
  (trx, at) => deleteEndedCounters(trx, new Date(Math.min(at.getTime(), Date.now())), batchSize),
]

/**
 * Deletes what has expired, by the database's clock. One node at a time does it. If the clocks disagree, nothing is
 * deleted, because what is deleted too early is lost to every node.
 * @returns How many rows were deleted.
 */
export async function cleanUp({ database, clock, lifetimes }: CleanupParts, signal?: AbortSignal): Promise<number> {
  let total = 0
  for (const task of tasks) {
    for (let batch = 0; batch < maxBatches && !signal?.aborted; batch++) {
      const count = await database.transaction(async (trx) => {
        if (!(await tryLock(trx))) return 0
        const at = await clock.decisionTime(trx)
        return at === undefined ? 0 : task(trx, at, lifetimes)
      })
      total += count
      if (count < batchSize) break
      await sleep(pauseMilliseconds, undefined, { ref: false })
    }
  }
  return total
}
