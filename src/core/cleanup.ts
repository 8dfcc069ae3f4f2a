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

/** How long what is over is kept. */
export interface Retention {
  /** Every session ends after this. */
  readonly sessionSeconds: number
  readonly endedSessionSeconds: number
  readonly auditSeconds: number
}

type CleanupParts = Pick<ChangeParts, 'database' | 'clock'> & {
  readonly lifetimes: Retention
}

/** Few enough that other requests barely wait for them: a few milliseconds. */
const batchSize = 512
/** So many in a run at most, with a pause after each: what is left is for the next. */
const maxBatches = 200
const pauseMilliseconds = 50
const everySeconds = 60
/** An authenticator app that gave no code within an hour was not set up. */
const unconfirmedSeconds = 60 * 60
/** Longer than any grace that 0.1.0 could be given. */
const sealedSeconds = 60 * 60
/** For an operator to see what became of a mail. */
const doneMailSeconds = 7 * 24 * 60 * 60

/** Removes what is over, now and then, in the background. @returns Ends it. */
export function startCleanup(parts: CleanupParts, onFault: (error: unknown) => void): () => Promise<void> {
  const ending = new AbortController()
  const { signal } = ending
  async function run(): Promise<void> {
    // Not all nodes at the same moment.
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

/** What is over at a time, and how some of it is removed. Each returns how many rows that were. */
type Task = (trx: Sql, at: Date, lifetimes: CleanupParts['lifetimes']) => Promise<number>

const tasks: readonly Task[] = [
  (trx, at) => deleteEndedRevocations(trx, at, batchSize),
  (trx, at) => deleteEndedSecrets(trx, at, batchSize),
  (trx, at) => deleteEndedSpent(trx, at, batchSize),
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
  // Their ends are of the machine that counted: neither clock may be ahead of them.
  (trx, at) => deleteEndedCounters(trx, new Date(Math.min(at.getTime(), Date.now())), batchSize),
]

/**
 * Removes ended revocations, one-time secrets, trusted devices, sessions, counters, unconfirmed factors, old audit events and what 0.1.0 sealed,
 * by the clock of the database. One node at a time does it. Where the clocks disagree nothing is removed: what is deleted early is lost to every node.
 * @returns How many.
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
