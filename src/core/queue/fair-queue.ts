import { Line, type Turn } from './line.ts'

/** What a queue bounds. */
export interface FairQueueOptions {
  /** Work that is done at once. */
  readonly atOnce: number
  /** Work that may wait. */
  readonly places: number
  /** Made for work that finds no place, or loses it. */
  readonly refusal: () => Error
}

interface Waiting {
  readonly turn: Turn
  readonly start: () => void
  readonly refuse: (error: Error) => void
}

/**
 * Does a bounded amount of work at once, lets a bounded amount wait, and shares both. One client alone may use all of it,
 * but never at the expense of others: when every place is taken, a newcomer that waits with less takes the newest place of
 * the client that waits with most.
 */
export class FairQueue {
  readonly #options: FairQueueOptions
  readonly #line = new Line<Waiting>()
  #running = 0

  constructor(options: FairQueueOptions) {
    this.#options = options
  }

  get running(): number {
    return this.#running
  }

  get waiting(): number {
    return this.#line.size
  }

  /** @throws the refusal of the options, at once or while it waits */
  async run<Result>(turn: Turn, work: () => Promise<Result>): Promise<Result> {
    if (this.#running < this.#options.atOnce) this.#running++
    else await this.#wait(turn)
    try {
      return await work()
    } finally {
      const next = this.#line.take()
      if (next === undefined) this.#running--
      else next.start()
    }
  }

  /** Resolves when the one before is done, whose place among those that run it takes. */
  #wait(turn: Turn): Promise<void> {
    const { places, refusal } = this.#options
    if (this.#line.size >= places) {
      const loser = this.#line.makeRoomFor(turn)
      if (loser === undefined) return Promise.reject(refusal())
      loser.refuse(refusal())
    }
    return new Promise((start, refuse) => this.#line.add(turn, { turn, start, refuse }))
  }
}
