import { Line, type Turn } from './line.ts'

/** The bounds of a queue. */
export interface FairQueueOptions {
  /** How much work runs at once. */
  readonly atOnce: number
  /** How much work may wait. */
  readonly places: number
  /** Creates the error for work that finds no place, or loses it. */
  readonly refusal: () => Error
}

interface Waiting {
  readonly turn: Turn
  readonly start: () => void
  readonly refuse: (error: Error) => void
}

/**
 * Runs a bounded amount of work at once, lets a bounded amount wait, and shares both fairly. A client may use all of it
 * while it is alone. When every place is taken, a newcomer with less work waiting takes the newest place of the client
 * with the most.
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

  /** Resolves when earlier work has ended, and takes its place among the running work. */
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
