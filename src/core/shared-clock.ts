import { uptime } from 'node:os'
import type { Sql } from '../store/engine/database.ts'

/** Decides by the clock that all processes have in common. */
export interface InstallationClock {
  /** The database's clock. */
  databaseTime(trx: Sql): Promise<Date>
  /**
   * The time by which something is deleted for good, or changed for everyone: the database's, read within the transaction.
   * `undefined` where the clocks disagree, and nothing is to be decided.
   */
  decisionTime(trx: Sql): Promise<Date | undefined>
}

/** The clocks of a process, in milliseconds. Tests hand in their own. */
export interface MachineClocks {
  /** The wall clock, which can be set. */
  readonly wall: () => number
  /** Since any moment: it is never set. It stands still while the machine sleeps. */
  readonly steady: () => number
  /** Since any moment, sleep included. */
  readonly awake: () => number
}

const machineClocks: MachineClocks = {
  wall: Date.now,
  steady: () => performance.now(),
  awake: () => uptime() * 1000,
}

interface ClockOptions {
  /** Called once each time that the clocks begin to disagree. */
  readonly onFault: (error: Error) => void
  /** Whether the database's clock is another machine's, and agrees with ours only if both are right. */
  readonly isIndependent: boolean
  /** The time that the application gives this process in place of the machine's: Unix seconds. */
  readonly given?: (() => number) | undefined
}

/** Clocks that differ by less agree. */
const agreementMilliseconds = 2_000
/** From here on an operator wants to know: own tokens are accepted by others within as much. */
const warningMilliseconds = 5_000
/** Beyond this nothing is deleted, and no key changes. */
const decisionMilliseconds = 60_000
/** A database whose clock jumped is followed when it has stood by it for this long. */
const patienceMilliseconds = 120_000
/** A start this long after any process was last seen is a long pause, or a clock that is ahead. */
const gapMilliseconds = 60 * 60 * 1000
/** A slower answer says too little about the moment that it is of. */
const slowMilliseconds = 1_000

/**
 * The time that all processes of an installation have in common: the clock of their database, looked at whenever something
 * is read there, and carried on by a monotonic clock. Tokens that one node signs are therefore valid on every
 * other, and a clock that is set forward for a minute, the machine's or the database's, changes nothing.
 *
 * It also says whether the clocks agree so far that something may be deleted for good.
 */
export class SharedClock {
  readonly #options: ClockOptions
  readonly #clocks: MachineClocks
  /** What the steady clock lacks to the time: of now, and of the first look. */
  #offset: number | undefined
  #firstOffset = 0
  /** A time that the database has jumped to, and since when it says so. */
  #jump: { readonly offset: number; readonly since: number } | undefined
  #slept: number
  #difference = 0
  #isWarned = false
  #undecidedUntil = Number.NEGATIVE_INFINITY

  constructor(options: ClockOptions, clocks: MachineClocks = machineClocks) {
    this.#options = options
    this.#clocks = clocks
    this.#slept = clocks.awake() - clocks.steady()
  }

  now(): Date {
    return new Date(this.seconds() * 1000)
  }

  /** Unix seconds with a fraction. */
  seconds(): number {
    const { given } = this.#options
    if (given !== undefined) return given()
    return (this.#offset === undefined ? this.#clocks.wall() : this.#clocks.steady() + this.#offset) / 1000
  }

  /** How far this machine is ahead of the database, when last looked at. */
  get differenceSeconds(): number {
    return this.#difference / 1000
  }

  /** @param began By the steady clock, when the database was asked. */
  observe(database: Date, began: number): void {
    const ended = this.#clocks.steady()
    this.#accountForSleep(ended)
    if (ended - began > slowMilliseconds && this.#offset !== undefined) return
    const middle = (began + ended) / 2
    const { given } = this.#options
    this.#difference =
      (given === undefined ? this.#clocks.wall() : given() * 1000) - database.getTime() - (ended - middle)
    // A time that the application gives is its own affair.
    if (given !== undefined) return
    this.#follow(database.getTime() - middle, middle)
    this.#warn()
  }

  get steadyNow(): number {
    return this.#clocks.steady()
  }

  /** @param before When any process last looked at the database's clock: after a long pause it may be this clock that is wrong. */
  noteGap(database: Date, before: Date | undefined): void {
    const gap = before === undefined ? 0 : Math.abs(database.getTime() - before.getTime())
    if (gap > gapMilliseconds) this.#undecidedUntil = this.#clocks.steady() + gapMilliseconds
  }

  /**
   * Until when things are over that are deleted for good, or changed for everyone, by what the database says now;
   * `undefined` where the clocks disagree about that, and nothing is to be decided.
   */
  decisionTime(database: Date): Date | undefined {
    const steady = this.#clocks.steady()
    const wall = this.#options.given === undefined ? this.#clocks.wall() : this.#options.given() * 1000
    const isCertain =
      this.#jump === undefined &&
      steady >= this.#undecidedUntil &&
      Math.abs(wall - database.getTime()) <= decisionMilliseconds
    if (!isCertain) return undefined
    // Never by a time that was only reached by a jump: what is left over for that is deleted after the next start.
    return new Date(Math.min(database.getTime(), this.#offset === undefined ? Infinity : steady + this.#firstOffset))
  }

  /** A machine that slept has the steady clock behind: it is carried on by as much as it slept. */
  #accountForSleep(steady: number): void {
    const slept = this.#clocks.awake() - steady
    const since = slept - this.#slept
    if (Math.abs(since) < agreementMilliseconds) return
    this.#slept = slept
    if (this.#offset === undefined) return
    this.#offset += since
    this.#firstOffset += since
  }

  #follow(offset: number, at: number): void {
    const known = this.#offset
    if (known === undefined) {
      this.#offset = offset
      this.#firstOffset = offset
      return
    }
    const wallOffset = this.#clocks.wall() - this.#clocks.steady()
    const isSame = agree(offset, known)
    const isConfirmed = this.#options.isIndependent && agree(offset, wallOffset)
    const isPatient =
      this.#jump !== undefined && agree(offset, this.#jump.offset) && at - this.#jump.since >= patienceMilliseconds
    if (isSame || isConfirmed || isPatient) {
      this.#offset = offset
      this.#jump = undefined
      return
    }
    if (this.#jump !== undefined && agree(offset, this.#jump.offset)) return
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

function agree(one: number, other: number): boolean {
  return Math.abs(one - other) <= agreementMilliseconds
}

function seconds(milliseconds: number): number {
  return Math.round(milliseconds / 100) / 10
}
