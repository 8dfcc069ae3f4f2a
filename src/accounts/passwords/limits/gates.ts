import pLimit, { type LimitFunction } from 'p-limit'

/** Lets a number of calls run at once under each key. A key without a call is forgotten. */
export class Gates {
  readonly #atOnce: number
  readonly #gates = new Map<string, { readonly limit: LimitFunction; users: number }>()

  constructor(atOnce: number) {
    this.#atOnce = atOnce
  }

  /** Keys under which something runs or waits. */
  get size(): number {
    return this.#gates.size
  }

  async pass<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const gate = this.#gates.get(key) ?? { limit: pLimit(this.#atOnce), users: 0 }
    this.#gates.set(key, gate)
    gate.users++
    try {
      return await gate.limit(work)
    } finally {
      if (--gate.users === 0) this.#gates.delete(key)
    }
  }
}
