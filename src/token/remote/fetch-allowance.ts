/** How many may be made ahead: issuers rotate keys one soon after the other, and a client may be ahead of us. */
const most = 3
/** Names are remembered for a while; anyone can invent another. */
const maxNames = 1000
const maxNameLength = 100

/**
 * How often tokens with a missing key may cause a fetch: three at once, then one each cooldown, and once for a name in that
 * time. Tokens that anyone can make up cost the issuer no more than that, and a key that is new is found at once.
 */
export class FetchAllowance {
  readonly #cooldown: number
  readonly #steadyNow: () => number
  #left = most
  #countedAt: number
  /** When each name was last looked for. */
  readonly #names = new Map<string, number>()

  /** @param steadyNow Milliseconds since any moment; never set back or forward. */
  constructor(cooldownSeconds: number, steadyNow: () => number = () => performance.now()) {
    this.#cooldown = cooldownSeconds * 1000
    this.#steadyNow = steadyNow
    this.#countedAt = steadyNow()
  }

  /**
   * Whether to fetch for a name now.
   * @param isUnderWay A fetch has just begun for another: it counts for this one too.
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
   * A fetch brought keys that were never here before. If one of them was looked for, fetching was needed and is not counted.
   * Any other change is no reason: some issuers answer differently each time, and made-up tokens would cause a fetch each.
   * @param kids Of the new keys.
   */
  restore(kids: readonly string[]): void {
    // A token without a kid looks for any of them.
    const sought = kids.length > 0 ? [...kids, `${undefined}`] : []
    if (!sought.some((kid) => this.#names.has(kid.slice(0, maxNameLength)))) return
    this.#left = most
    this.#names.clear()
  }
}
