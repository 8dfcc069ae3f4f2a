import { Line, type Turn } from './line.ts'

/** The bounds of a queue. */
export interface FairQueueOptions {
  /** How much work runs at once. */
  readonly atOnce: number
  /** How much of it may belong to one network, even while no one else waits. Default: all. */
  readonly perNetwork?: number
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
 * Runs a bounded amount of work at once, lets a bounded amount wait, and shares both fairly. When every place is taken, a
 * newcomer with less work waiting takes the newest place of the client with the most.
 */
export class FairQueue {
  readonly #options: FairQueueOptions
  readonly #line = new Line<Waiting>()
  readonly #runningOf = new Map<string, number>()
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
    const [network] = turn
    if (this.#running < this.#options.atOnce && this.#mayRun(network)) this.#count(network, 1)
    else await this.#wait(turn)
    try {
      return await work()
    } finally {
      this.#count(network, -1)
      this.#startNext()
    }
  }

  /** Work waits only while nothing more may run, so each piece that ends makes room for one. */
  #startNext(): void {
    const next = this.#line.take((network) => this.#mayRun(network))
    if (next === undefined) return
    this.#count(next.turn[0], 1)
    next.start()
  }

  #mayRun(network: string): boolean {
    const { atOnce, perNetwork = atOnce } = this.#options
    return (this.#runningOf.get(network) ?? 0) < perNetwork
  }

  #count(network: string, change: 1 | -1): void {
    this.#running += change
    const running = (this.#runningOf.get(network) ?? 0) + change
    if (running === 0) this.#runningOf.delete(network)
    else this.#runningOf.set(network, running)
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
