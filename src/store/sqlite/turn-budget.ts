import { setImmediate as nextTurn } from 'node:timers/promises'

/** The total time that statements and transactions may take in one turn of the event loop. */
const budgetMilliseconds = 5

/**
 * Shares the event loop between SQLite, which blocks it, and everything else. Without a limit, a hundred requests would
 * be served completely, one after the other, before the loop did anything else. One statement per turn would be as bad:
 * if other work fills the turns, each of a hundred statements would wait for a hundred turns.
 */
export class TurnBudget {
  /** When the first statement of this turn began. */
  #began: number | undefined

  /** Returns at once if this turn has time left, otherwise in a later turn. */
  async wait(): Promise<void> {
    while (this.#began !== undefined && performance.now() - this.#began > budgetMilliseconds) await nextTurn()
    if (this.#began !== undefined) return
    this.#began = performance.now()
    setImmediate(() => {
      this.#began = undefined
    })
  }
}
