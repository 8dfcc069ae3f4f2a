import { setImmediate as nextTurn } from 'node:timers/promises'

/** What statements and transactions may take of one turn of the event loop, together. */
const budgetMilliseconds = 5

/**
 * Shares the event loop between SQLite, which never waits for anything, and everything else. A hundred requests would be
 * served to their ends, one after the other, before the loop looked at anything else. One statement a turn would be as bad:
 * where other requests fill the turns, each of a hundred statements would wait for a hundred turns.
 */
export class TurnBudget {
  /** When the first statement of this turn began. */
  #began: number | undefined

  /** Returns at once while this turn has something left, and otherwise in a later one. */
  async wait(): Promise<void> {
    while (this.#began !== undefined && performance.now() - this.#began > budgetMilliseconds) await nextTurn()
    if (this.#began !== undefined) return
    this.#began = performance.now()
    setImmediate(() => {
      this.#began = undefined
    })
  }
}
