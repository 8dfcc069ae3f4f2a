import { Line, type Turn } from './line.ts'

/** The bounds of a pace. */
export interface PaceOptions {
  readonly perTurn: number
  /** How many may wait. */
  readonly places: number
  /** Creates the error for a request that finds no place, or loses it. */
  readonly refusal: () => Error
}

interface Waiting {
  readonly begin: () => void
  readonly refuse: (error: Error) => void
}

/**
 * Lets a bounded number of requests begin in each turn of the event loop, and shares the rest among clients in turns. A
 * bound on requests in progress would not do: many finish without waiting for anything, so a hundred could still run in
 * one turn while everyone else waits.
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
   * Resolves when the request may begin: at once if this turn has room and nothing is waiting.
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

  /** Lets waiting requests begin in the next turn, and in each one after it until none is left. */
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
