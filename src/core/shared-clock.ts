import { uptime } from 'node:os'
import type { Sql } from '../store/engine/database.ts'

/** Decides by the clock that all processes share. */
export interface InstallationClock {
  /** The database's clock. */
  databaseTime(trx: Sql): Promise<Date>
  /**
   * The time by which data is deleted for good, or something is changed for everyone: the database's, read within the
   * transaction. `undefined` if the clocks disagree, in which case nothing may be decided.
   */
  decisionTime(trx: Sql): Promise<Date | undefined>
}

/** The clocks of a process, in milliseconds. Tests pass their own. */
export interface MachineClocks {
  /** The wall clock, which can be set. */
  readonly wall: () => number
  /** Monotonic time since an arbitrary moment, which cannot be set. It stops while the machine sleeps. */
  readonly steady: () => number
  /** Time since an arbitrary moment, including sleep. */
  readonly awake: () => number
}

const machineClocks: MachineClocks = {
  wall: Date.now,
  steady: () => performance.now(),
  awake: () => uptime() * 1000,
}

interface ClockOptions {
  /** Called each time the clocks begin to disagree. */
  readonly onFault: (error: Error) => void
  /** Whether the database's clock is on another machine. If it agrees with ours, both are right. */
  readonly isIndependent: boolean
  /** A clock that the application provides instead of the machine's, in Unix seconds. */
  readonly given?: (() => number) | undefined
}

/** The two offsets between which the right one lies, as far as one answer of the database shows. */
interface OffsetRange {
  readonly earliest: number
  readonly latest: number
}

/** Clocks that differ by less than this agree. */
const agreementMilliseconds = 2_000
/** Above this, the operator is warned: servers accept their own tokens within this difference. */
const warningMilliseconds = 5_000
/** Above this, nothing is deleted and no key changes. */
const decisionMilliseconds = 60_000
/** If the database's clock has jumped, it is followed once it has kept the new time for this long. */
const patienceMilliseconds = 120_000
/** If no process has been seen for this long before a start, either all were stopped or this clock is ahead. */
const gapMilliseconds = 60 * 60 * 1000
/** Until an answer is faster than this, the time is an estimate, and each answer corrects it at once. */
const slowMilliseconds = 1_000

/**
 * The time that all processes of an installation share: their database's clock, read with every query of the journal
 * and carried forward by a monotonic clock. A token that one node signs is therefore valid on all others, and a clock
 * that is wrong for a minute, the machine's or the database's, changes nothing.
 *
 * It also decides whether the clocks agree well enough to delete anything for good.
 */
export class SharedClock {
  readonly #options: ClockOptions
  readonly #clocks: MachineClocks
  /** The difference between the shared time and the monotonic clock: the current one, and the first one measured. */
  #offset: number | undefined
  #firstOffset = 0
  /** Whether no answer was precise since the start or a jump, so that the offset may be wrong by seconds. */
  #isEstimate = true
  #hasJumped = false
  /** A time to which the database's clock has jumped, and since when. */
  #jump: { readonly offset: number; readonly since: number } | undefined
  /** How far the clock that includes sleep, and the wall clock, were ahead of the monotonic one. */
  #slept: number
  #wallOffset: number
  /** Monotonic time at which the wall clock was last compared. */
  #comparedAt = Number.NEGATIVE_INFINITY
  /** Monotonic time at which it was last noticed that the machine had slept. */
  #wokeAt = Number.NEGATIVE_INFINITY
  #difference = 0
  #isWarned = false
  #undecidedUntil = Number.NEGATIVE_INFINITY

  constructor(options: ClockOptions, clocks: MachineClocks = machineClocks) {
    this.#options = options
    this.#clocks = clocks
    this.#slept = clocks.awake() - clocks.steady()
    this.#wallOffset = clocks.wall() - clocks.steady()
  }

  now(): Date {
    return new Date(this.seconds() * 1000)
  }

  /** Unix seconds with a fraction. */
  seconds(): number {
    const { given } = this.#options
    if (given !== undefined) return given()
    if (this.#offset === undefined) return this.#clocks.wall() / 1000
    const steady = this.#clocks.steady()
    // Once a millisecond, because every request asks for the time.
    if (steady - this.#comparedAt >= 1) {
      this.#comparedAt = steady
      // A wall clock that has moved was set, or the machine slept.
      if (!agree(this.#clocks.wall() - steady, this.#wallOffset)) this.#accountForSleep(steady)
    }
    return (steady + this.#offset) / 1000
  }

  /** How far this machine's clock was ahead of the database's at the last reading. */
  get differenceSeconds(): number {
    return this.#difference / 1000
  }

  /** @param began Monotonic time at which the query started. */
  observe(database: Date, began: number): void {
    const ended = this.#clocks.steady()
    this.#accountForSleep(ended)
    // The monotonic clock did not count the time that the machine slept while the answer was on its way.
    const isSpoilt = began <= this.#wokeAt
    if (isSpoilt && this.#offset !== undefined) return
    const answer = { earliest: database.getTime() - ended, latest: database.getTime() - began }
    const { given } = this.#options
    const machine = (given === undefined ? this.#clocks.wall() : given() * 1000) - ended
    if (!isSpoilt) this.#difference = machine - nearest(answer, machine)
    // A clock that the application provides is not corrected.
    if (given !== undefined) return
    if (this.#offset !== undefined && !this.#isEstimate) this.#follow(answer, this.#offset, machine, ended)
    else this.#begin(answer, isSpoilt || isSlow(answer))
    this.#warn()
  }

  get steadyNow(): number {
    return this.#clocks.steady()
  }

  /**
   * @param before When any process last read the database's clock. After a long pause, this clock may be the wrong one.
   */
  noteGap(database: Date, before: Date | undefined): void {
    const gap = before === undefined ? 0 : Math.abs(database.getTime() - before.getTime())
    if (gap > gapMilliseconds) this.#undecidedUntil = this.#clocks.steady() + gapMilliseconds
  }

  /**
   * The time up to which data counts as expired when it is deleted for good or changed for everyone, according to the
   * database; `undefined` if the clocks disagree, in which case nothing may be decided.
   */
  decisionTime(database: Date): Date | undefined {
    const steady = this.#clocks.steady()
    const wall = this.#options.given === undefined ? this.#clocks.wall() : this.#options.given() * 1000
    // An estimate follows the database at once, also by a jump.
    const isEstimate = this.#offset !== undefined && this.#isEstimate
    const isCertain =
      !isEstimate &&
      this.#jump === undefined &&
      steady >= this.#undecidedUntil &&
      Math.abs(wall - database.getTime()) <= decisionMilliseconds
    if (!isCertain) return undefined
    // A time that was reached only by a jump decides nothing. What this leaves is deleted after the next start.
    return new Date(Math.min(database.getTime(), this.#offset === undefined ? Infinity : steady + this.#firstOffset))
  }

  /**
   * The monotonic clock stops while the machine sleeps, so the time slept is added. Less than two seconds may be the
   * drift of one clock against the other, which the next answer corrects.
   */
  #accountForSleep(steady: number): void {
    const slept = this.#clocks.awake() - steady
    const since = slept - this.#slept
    this.#slept = slept
    this.#wallOffset = this.#clocks.wall() - steady
    if (Math.abs(since) < agreementMilliseconds) return
    this.#wokeAt = steady
    if (this.#offset === undefined) return
    this.#offset += since
    this.#firstOffset += since
    if (this.#jump !== undefined) this.#jump = { ...this.#jump, offset: this.#jump.offset + since }
  }

  #begin(answer: OffsetRange, isEstimate: boolean): void {
    this.#offset = nearest(answer, this.#offset ?? (answer.earliest + answer.latest) / 2)
    if (!this.#hasJumped) this.#firstOffset = this.#offset
    this.#isEstimate = isEstimate
  }

  /** A known offset moves only as far as it must, and jumps only to a time that is certain. */
  #follow(answer: OffsetRange, known: number, machine: number, at: number): void {
    const jump = this.#jump !== undefined && agrees(answer, this.#jump.offset) ? this.#jump : undefined
    if (agrees(answer, known)) {
      this.#offset = nearest(answer, known)
      // Only a slow answer leaves open which of the two times is right.
      this.#jump = agree(answer.earliest, answer.latest) ? undefined : jump
    } else if (this.#options.isIndependent && agrees(answer, machine)) {
      this.#adopt(answer, machine)
    } else if (jump === undefined) {
      this.#noteJump(nearest(answer, known), known, at)
    } else if (at - jump.since >= patienceMilliseconds) {
      this.#adopt(answer, jump.offset)
    }
  }

  /** From a slow answer, the new time is an estimate again. */
  #adopt(answer: OffsetRange, offset: number): void {
    this.#offset = nearest(answer, offset)
    this.#jump = undefined
    this.#hasJumped = true
    this.#isEstimate = isSlow(answer)
  }

  #noteJump(offset: number, known: number, at: number): void {
    this.#jump = { offset, since: at }
    this.#options.onFault(
      new Error(
        `The clock of the database jumped by ${seconds(offset - known)} s; hallpass adopts it if it stays there`,
      ),
    )
  }

  #warn(): void {
    const isFar = Math.abs(this.#difference) > warningMilliseconds
    if (isFar && !this.#isWarned) {
      const way = this.#difference > 0 ? 'ahead of' : 'behind'
      this.#options.onFault(
        new Error(
          `The clock of this machine is ${seconds(Math.abs(this.#difference))} s ${way} the clock of the database, which hallpass uses. Beyond ${decisionMilliseconds / 1000} s, hallpass cleans up nothing and rotates no keys. Synchronise both, for example with NTP`,
        ),
      )
    }
    this.#isWarned = isFar
  }
}

/** The offset within an answer's range that is nearest to another offset. */
function nearest({ earliest, latest }: OffsetRange, offset: number): number {
  return Math.min(Math.max(offset, earliest), latest)
}

function isSlow({ earliest, latest }: OffsetRange): boolean {
  return latest - earliest > slowMilliseconds
}

function agrees(answer: OffsetRange, offset: number): boolean {
  return agree(nearest(answer, offset), offset)
}

function agree(one: number, other: number): boolean {
  return Math.abs(one - other) <= agreementMilliseconds
}

function seconds(milliseconds: number): number {
  return Math.round(milliseconds / 100) / 10
}
