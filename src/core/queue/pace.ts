import { Line, type Turn } from './line.ts'

/**
 * Lets a bounded number of things begin in each turn of the event loop, and has clients take turns for the rest. What begins
 * often ends without waiting for anything, so a bound on how much is under way would not keep a hundred of them from one
 * turn, in which everyone else waits.
 */
export class Pace {
  readonly #perTurn: number
  readonly #line = new Line<() => void>()
  #begun = 0
  #isTurning = false

  constructor(perTurn: number) {
    this.#perTurn = perTurn
  }

  /** Returns when it may begin: at once while this turn has room, and no one waits. */
  async enter(turn: Turn): Promise<void> {
    if (this.#begun < this.#perTurn && this.#line.size === 0) {
      this.#begun++
      this.#turn()
      return
    }
    await new Promise<void>((begin) => this.#line.add(turn, begin))
  }

  /** With the next turn, those begin that wait; and so on, until none does. */
  #turn(): void {
    if (this.#isTurning) return
    this.#isTurning = true
    setImmediate(() => {
      this.#isTurning = false
      this.#begun = 0
      for (let begin = this.#line.take(); begin !== undefined; begin = this.#line.take()) {
        begin()
        if (++this.#begun >= this.#perTurn) break
      }
      if (this.#begun > 0) this.#turn()
    })
  }
}
