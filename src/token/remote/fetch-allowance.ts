/** How many fetches may follow each other at once: issuers rotate several keys in succession. */
const most = 3
/** Limits for the names that are remembered, because anyone can invent new ones. */
const maxNames = 1000
const maxNameLength = 100

/**
 * Limits how often tokens with an unknown key trigger a fetch: three in a row, then one per cooldown, and only one per
 * name in that time. Made-up tokens cause the issuer no more requests than that, and a new key is found at once.
 */
export class FetchAllowance {
  readonly #cooldown: number
  readonly #steadyNow: () => number
  #left = most
  #countedAt: number
  /** When each name was last sought. */
  readonly #names = new Map<string, number>()

  /** @param steadyNow A monotonic clock, in milliseconds. */
  constructor(cooldownSeconds: number, steadyNow: () => number = () => performance.now()) {
    this.#cooldown = cooldownSeconds * 1000
    this.#steadyNow = steadyNow
    this.#countedAt = steadyNow()
  }

  /**
   * Whether to fetch for a name now.
   * @param isUnderWay Whether a fetch for another name has just begun, which also serves this one.
   */
  take(sought: string, isUnderWay: boolean): boolean {
    const now = this.#steadyNow()
    const name = sought.slice(0, maxNameLength)
    const soughtAt = this.#names.get(name)
    if (soughtAt !== undefined && now - soughtAt < this.#cooldown) return false
    const earned = Math.floor((now - this.#countedAt) / this.#cooldown)
    this.#left = Math.min(most, this.#left + earned)
    this.#countedAt += earned * this.#cooldown
    if (!isUnderWay && this.#left === 0) return false
    if (!isUnderWay) this.#left--
    if (this.#names.size >= maxNames) this.#names.clear()
    this.#names.set(name, now)
    return true
  }

  /**
   * Called when a fetch has brought keys for the first time. If one of them was sought, the fetches were needed and no
   * longer count. No other change has this effect: some issuers answer differently each time, and each made-up token
   * would then trigger a fetch.
   * @param kids The `kid` of each new key.
   */
  restore(kids: readonly string[]): void {
    // A token without a kid seeks any of them.
    const sought = kids.length > 0 ? [...kids, `${undefined}`] : []
    if (!sought.some((kid) => this.#names.has(kid.slice(0, maxNameLength)))) return
    this.#left = most
    this.#names.clear()
  }
}
