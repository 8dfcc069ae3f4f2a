import { isMisconfigured } from '../engine/faults.ts'

/** Several hosts of which one accepts writes: a primary and its standbys. */
export class PostgresHosts {
  readonly urls: readonly string[]
  readonly #isPrimary: (url: string) => Promise<boolean>
  readonly #only: string | undefined
  #known: Promise<string> | undefined

  /** @param isPrimary Connects to a host and asks whether it is the primary. Fails quickly if it cannot connect. */
  constructor(urls: readonly string[], isPrimary: (url: string) => Promise<boolean>) {
    this.urls = urls
    this.#only = urls.length === 1 ? urls[0] : undefined
    this.#isPrimary = isPrimary
  }

  /**
   * The address to connect to: the only one, or the primary's. All hosts are asked at once, so that an unreachable one
   * delays nothing.
   */
  async primary(): Promise<string> {
    if (this.#only !== undefined) return this.#only
    this.#known ??= this.#find()
    const found = this.#known
    found.catch(() => this.#forget(found))
    return found
  }

  /**
   * Connects to the primary. If the known primary fails, looks for the new one and tries once more.
   * @param connect Fails at a standby.
   */
  connect<Connection>(connect: (url: string) => Promise<Connection>): Promise<Connection> {
    return this.#only === undefined ? this.#connectToPrimary(connect) : connect(this.#only)
  }

  async #connectToPrimary<Connection>(connect: (url: string) => Promise<Connection>): Promise<Connection> {
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

/** Temporary: a standby will be promoted, or the primary will return. */
class NoPrimary extends Error {
  readonly code = 'EHOSTUNREACH'
}
