import { setTimeout as sleep } from 'node:timers/promises'
import type { Counter, MakeCounter, RedisCounter } from './counters.ts'

const daySeconds = 24 * 60 * 60
/**
 * One number of 31 bits holds both counts, so that one statement raises one and reads both: failures are in the lower 17.
 * That is room for 16,383 under way, those of a thousand processes.
 */
const oneUnderWay = 2 ** 17
/** The largest bound that there is room for. */
export const mostAttempts = 100_000
/** When nothing has begun or ended for this long, what is under way was lost with its process. */
const lostAfterMilliseconds = 10_000
const longestWaitMilliseconds = 60_000
const pollMilliseconds = 20

interface Tally {
  readonly failures: number
  readonly underWay: number
}

/**
 * Counts wrong passwords once they were wrong, and those that are being checked apart from them: right ones that are under
 * way at the same time, on any node, make others wait for a moment and are never counted against anyone.
 */
export class Tries {
  readonly #counter: Counter | RedisCounter
  readonly #limit: number
  readonly #stillMilliseconds: number

  /** @param limit Wrong ones in a day, and so the most that are under way at once. */
  constructor(makeCounter: MakeCounter, limit: number, stillMilliseconds: number = lostAfterMilliseconds) {
    this.#counter = makeCounter({ name: 'tries', points: Number.MAX_SAFE_INTEGER, seconds: daySeconds })
    this.#limit = limit
    this.#stillMilliseconds = stillMilliseconds
  }

  /**
   * Counts a try as under way, if not too many would be wrong when all under way were. While they may yet be right, this
   * waits. What a process that was killed had under way is counted as wrong after ten still seconds: the next ones do not wait for
   * it again.
   * @returns How many were wrong before; `undefined` where there were too many.
   */
  async begin(key: string): Promise<number | undefined> {
    const deadline = performance.now() + longestWaitMilliseconds
    for (;;) {
      const tally = await this.force(key)
      if (tally.failures + tally.underWay <= this.#limit) return tally.failures
      await this.end(key, false)
      if (!(await this.#hasRoom(key, deadline))) return undefined
    }
  }

  /** Counts a try as under way, whatever the bound. */
  async force(key: string): Promise<Tally> {
    return tallyOf((await this.#counter.penalty(key, oneUnderWay)).consumedPoints)
  }

  async end(key: string, wasWrong: boolean): Promise<void> {
    const { consumedPoints } = await this.#counter.reward(key, oneUnderWay - (wasWrong ? 1 : 0))
    // It began in a day that is over, or in a counter that was lost: it is not under way in this one.
    if (consumedPoints < 0) await this.#counter.penalty(key, oneUnderWay)
  }

  /** Counts a wrong one that was tried under another key. */
  async add(key: string): Promise<void> {
    await this.#counter.penalty(key, 1)
  }

  /** How many were wrong. */
  async count(key: string): Promise<number> {
    return tallyOf((await this.#counter.get(key))?.consumedPoints ?? 0).failures
  }

  async forget(key: string): Promise<void> {
    await this.#counter.delete(key)
  }

  /** Waits until another may begin. @returns `false` where it may not, because enough were wrong or nothing ends. */
  async #hasRoom(key: string, deadline: number): Promise<boolean> {
    let last = -1
    let stillSince = performance.now()
    for (;;) {
      const points = (await this.#counter.get(key))?.consumedPoints ?? 0
      const { failures, underWay } = tallyOf(points)
      if (failures >= this.#limit) return false
      if (failures + underWay < this.#limit) return true
      const now = performance.now()
      if (points !== last) stillSince = now
      last = points
      if (now > deadline) return false
      if (now - stillSince > this.#stillMilliseconds) {
        await this.#giveUp(key, underWay)
        return false
      }
      // At different times on different nodes.
      await sleep(pollMilliseconds * (0.5 + Math.random()))
    }
  }

  /** Counts those under way as wrong. The sum of both counts, which is what a try is measured by, is the same at every moment. */
  async #giveUp(key: string, underWay: number): Promise<void> {
    const points = underWay * (oneUnderWay - 1)
    const { consumedPoints } = await this.#counter.reward(key, points)
    // Another that waited has done it already.
    if (consumedPoints < 0) await this.#counter.penalty(key, points)
  }
}

function tallyOf(points: number): Tally {
  const underWay = Math.floor(points / oneUnderWay)
  return { failures: points - underWay * oneUnderWay, underWay }
}
