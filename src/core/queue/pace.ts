import { Line, type Turn } from './line.ts'

/** What a pace bounds. */
export interface PaceOptions {
  readonly perTurn: number
  /** How many may wait. */
  readonly places: number
  /** Made for what finds no place, or loses it. */
  readonly refusal: () => Error
}

interface Waiting {
  readonly begin: () => void
  readonly refuse: (error: Error) => void
}

/**
 * Lets a bounded number of things begin in each turn of the event loop, and has clients take turns for the rest. What begins
 * often ends without waiting for anything, so a bound on how much is under way would not keep a hundred of them from one
 * turn, in which everyone else waits.
 */
export class Pace {
  readonly #options: PaceOptions
  readonly #line = new Line<Waiting>()
  #begun = 0
  #isTurning = false

  constructor(options: PaceOptions) {
    this.#options = options
  }

  /**
   * Returns when it may begin: at once while this turn has room, and no one waits.
   * @throws the refusal of the options, at once or while it waits
   */
  async enter(turn: Turn): Promise<void> {
    const { perTurn, places, refusal } = this.#options
    if (this.#begun < perTurn && this.#line.size === 0) {
      this.#begun++
      this.#turn()
      return
    }
    if (this.#line.size >= places) {
      const loser = this.#line.makeRoomFor(turn)
      if (loser === undefined) throw refusal()
      loser.refuse(refusal())
    }
    await new Promise<void>((begin, refuse) => this.#line.add(turn, { begin, refuse }))
  }

  /** With the next turn, those begin that wait; and so on, until none does. */
  #turn(): void {
    if (this.#isTurning) return
    this.#isTurning = true
    setImmediate(() => {
      this.#isTurning = false
      this.#begun = 0
      for (let next = this.#line.take(); next !== undefined; next = this.#line.take()) {
        next.begin()
        if (++this.#begun >= this.#options.perTurn) break
      }
      if (this.#begun > 0) this.#turn()
    })
  }
}
