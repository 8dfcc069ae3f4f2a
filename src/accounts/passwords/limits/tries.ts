import { setTimeout as sleep } from 'node:timers/promises'
import { type Counter, type MakeCounter, StillCountedError } from './counters.ts'

const daySeconds = 24 * 60 * 60
/**
 * One number of 31 bits holds both counts, so that one statement increments one and reads both: failures are in the
 * lower 17 bits. The rest has room for 16,383 attempts in progress, which are those of a thousand processes.
 */
const oneUnderWay = 2 ** 17
/** The largest limit that fits. */
export const mostAttempts = 100_000
/** If nothing begins or ends for this long, and there is no heartbeat, the process of the attempts was killed. */
const lostAfterMilliseconds = 10_000
/** How long an attempt waits if nothing begins or ends meanwhile. */
const longestStillMilliseconds = 60_000
/** How long it waits in all. Long, because others may begin and end all the time on a busy machine. */
const longestWaitMilliseconds = 5 * 60_000
const pollMilliseconds = 20

interface Tally {
  readonly failures: number
  readonly underWay: number
}

/**
 * Counts wrong passwords once they have failed, and separately those that are being checked. Right passwords that are
 * checked at the same time, on any node, only make others wait for a moment and never count as failures.
 */
export class Tries {
  readonly #counter: Counter
  /** The heartbeats of processes whose attempts take long, as they do on a busy machine: hashes have a low priority. */
  readonly #beats: Counter
  readonly #limit: number
  readonly #stillMilliseconds: number
  /** The number of attempts that this process checks under each key, and whether the last heartbeat found some there. */
  readonly #own = new Map<string, { underWay: number; isLong: boolean }>()
  #heart: NodeJS.Timeout | undefined
  #isBeating = false

  /** @param limit Failures per day, and so the maximum in progress at once. */
  constructor(makeCounter: MakeCounter, limit: number, stillMilliseconds: number = lostAfterMilliseconds) {
    this.#counter = makeCounter({ name: 'tries', points: Number.MAX_SAFE_INTEGER, seconds: daySeconds })
    this.#beats = makeCounter({ name: 'beats', points: Number.MAX_SAFE_INTEGER, seconds: daySeconds })
    this.#limit = limit
    this.#stillMilliseconds = stillMilliseconds
  }

  /**
   * Counts an attempt as in progress, if the limit would not be exceeded even if all attempts in progress failed. As
   * long as they might succeed, this waits, five minutes at most. Attempts of a killed process count as failures after
   * ten to twenty seconds, so that later attempts do not wait for them again.
   * @returns The number of failures before; `undefined` if there were too many.
   */
  async begin(key: string): Promise<number | undefined> {
    const deadline = performance.now() + longestWaitMilliseconds
    while (performance.now() < deadline) {
      const tally = await this.force(key)
      if (tally.failures + tally.underWay <= this.#limit) return tally.failures
      await this.end(key, false)
      if (!(await this.#hasRoom(key, deadline))) return undefined
      await pause()
    }
    return undefined
  }

  /** Counts an attempt as in progress, whatever the limit. */
  async force(key: string): Promise<Tally> {
    const { consumedPoints } = await this.#counter.penalty(key, oneUnderWay)
    const own = this.#own.get(key)
    if (own === undefined) this.#own.set(key, { underWay: 1, isLong: false })
    else own.underWay++
    this.#heart ??= setInterval(() => void this.#beat(), this.#stillMilliseconds / 4).unref()
    return tallyOf(consumedPoints)
  }

  async end(key: string, wasWrong: boolean): Promise<void> {
    this.#endOwn(key)
    const { consumedPoints } = await this.#counter.reward(key, oneUnderWay - (wasWrong ? 1 : 0))
    // The attempt began in a counter that has expired or was lost, so it is not in progress in this one.
    if (consumedPoints < 0) await this.#counter.penalty(key, oneUnderWay)
  }

  /** Counts a failure that was tried under another key. */
  async add(key: string): Promise<void> {
    await this.#counter.penalty(key, 1)
  }

  /** The number of failures. */
  async count(key: string): Promise<number> {
    return tallyOf((await this.#counter.get(key))?.consumedPoints ?? 0).failures
  }

  /** @returns `false` if failures return with a Valkey that cannot delete them now. */
  async forget(key: string): Promise<boolean> {
    try {
      await this.#counter.delete(key)
      return true
    } catch (error) {
      if (!(error instanceof StillCountedError)) throw error
      return false
    }
  }

  /** Waits until another may begin. @returns `false` if it may not, because too many failed or none of them ends. */
  async #hasRoom(key: string, deadline: number): Promise<boolean> {
    let last = -1
    let [changedAt, aliveAt] = [performance.now(), performance.now()]
    let beats = await this.#countBeats(key)
    for (;;) {
      const points = (await this.#counter.get(key))?.consumedPoints ?? 0
      const { failures, underWay } = tallyOf(points)
      if (failures >= this.#limit) return false
      if (failures + underWay < this.#limit) return true
      const now = performance.now()
      if (points !== last) [changedAt, aliveAt] = [now, now]
      last = points
      if (now > deadline || now - changedAt > longestStillMilliseconds) return false
      if (now - aliveAt > this.#stillMilliseconds) {
        const heard = await this.#countBeats(key)
        if (heard === beats) {
          await this.#giveUp(key, underWay)
          return false
        }
        beats = heard
        aliveAt = now
      }
      await pause()
    }
  }

  #endOwn(key: string): void {
    const own = this.#own.get(key)
    if (own !== undefined && --own.underWay === 0) this.#own.delete(key)
    if (this.#own.size > 0) return
    clearInterval(this.#heart)
    this.#heart = undefined
  }

  /** Nearly all attempts end between two heartbeats, and write nothing here. */
  async #beat(): Promise<void> {
    if (this.#isBeating) return
    this.#isBeating = true
    const long = [...this.#own].filter(([, { isLong }]) => isLong)
    for (const own of this.#own.values()) own.isLong = true
    // One after the other, because requests need the connections. If a heartbeat fails, the attempts that wait for this
    // one are refused at worst.
    for (const [key] of long) await this.#beats.penalty(key, 1).catch(() => {})
    this.#isBeating = false
  }

  async #countBeats(key: string): Promise<number> {
    return (await this.#beats.get(key))?.consumedPoints ?? 0
  }

  /**
   * Counts the attempts in progress as failures. The sum of both counts, which decides about a new attempt, never
   * changes meanwhile.
   */
  async #giveUp(key: string, underWay: number): Promise<void> {
    const points = underWay * (oneUnderWay - 1)
    const { consumedPoints } = await this.#counter.reward(key, points)
    // Another waiting process has done it already.
    if (consumedPoints < 0) await this.#counter.penalty(key, points)
  }
}

/** At different times on different nodes. */
function pause(): Promise<void> {
  return sleep(pollMilliseconds * (0.5 + Math.random()))
}

function tallyOf(points: number): Tally {
  const underWay = Math.floor(points / oneUnderWay)
  return { failures: points - underWay * oneUnderWay, underWay }
}
