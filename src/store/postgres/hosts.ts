import { isMisconfigured } from '../engine/faults.ts'

/** Several hosts, of which one takes writes: a primary and its standbys. */
export class PostgresHosts {
  readonly urls: readonly string[]
  readonly #isPrimary: (url: string) => Promise<boolean>
  #known: Promise<string> | undefined

  /** @param isPrimary Connects, and fails where that is not possible in a short time. */
  constructor(urls: readonly string[], isPrimary: (url: string) => Promise<boolean>) {
    this.urls = urls
    this.#isPrimary = isPrimary
  }

  /** The address to connect to: the only one, or that of the primary. All are asked at once: one that is gone holds up no other. */
  async primary(): Promise<string> {
    const [only, ...others] = this.urls
    if (only !== undefined && others.length === 0) return only
    this.#known ??= this.#find()
    const found = this.#known
    found.catch(() => this.#forget(found))
    return found
  }

  /**
   * Connects to the primary; once more where the one that was known is it no more.
   * @param connect Fails at a standby.
   */
  async connect<Connection>(connect: (url: string) => Promise<Connection>): Promise<Connection> {
    for (let mayBeOld = this.#known !== undefined; ; mayBeOld = false) {
      const url = await this.primary()
      const known = this.#known
      try {
        return await connect(url)
      } catch (error) {
        if (known === undefined) throw error
        this.#forget(known)
        if (!mayBeOld) throw error
      }
    }
  }

  #forget(known: Promise<string>): void {
    if (this.#known === known) this.#known = undefined
  }

  async #find(): Promise<string> {
    const asked = this.urls.map(async (url) => {
      if (await this.#isPrimary(url)) return url
      throw new Error('is a standby')
    })
    return Promise.any(asked).catch((error: AggregateError) => {
      const mistake = error.errors.find(isMisconfigured)
      if (mistake !== undefined) throw mistake
      const reasons = error.errors.map((one) => (one instanceof Error ? one.message || one.name : String(one)))
      throw new NoPrimary(`No host of the database accepts writes: ${reasons.join(', ')}`, { cause: error })
    })
  }
}

/** Trouble of the moment: one will be promoted, or comes back. */
class NoPrimary extends Error {
  readonly code = 'EHOSTUNREACH'
}
