import type { SignedToken } from '../errors.ts'

/**
 * A token with a verified signature, and what a reader has decided about it. The decision is no object of its own: with
 * many users, it would have to be fetched from memory, which takes longer than the checks.
 */
export interface SeenToken {
  /** The cache replaces it by a copy. */
  text: string
  readonly header: SignedToken['header']
  readonly signedClaims: SignedToken['claims']
  /** The rules by which a reader has accepted the token for good, but for its times. Another reader replaces all four. */
  rules: unknown
  begins: number
  ends: number
  /** As the reader returns them. */
  claims: SignedToken['claims']
  /** The generation of the cache in which the token was last used. */
  generation: number
}

/**
 * Caches tokens with a verified signature by their whole text, so no two tokens can share an entry.
 *
 * Each request brings a new string, and hashing all of it would take longer than anything else here. So an entry is
 * found by a few characters of the signature, which no client can choose, and counts only if the whole text is equal.
 * If two tokens have those characters in common, one has the place, and the other is verified each time.
 *
 * Only what can never change is cached. Times and revocation are checked at each use. Once a generation of `size` tokens
 * has been used, the entries that were not among them are dropped: a hit only looks up and writes a number, and nothing
 * is moved or sorted. At most twice `size` tokens are cached.
 *
 * When a generation is full, the next begins with a cached token of the one before, or with another that comes for the
 * second time. Tokens that come once, or more of them in turn than can be cached, would push out those that are used
 * often, and cost more than they save.
 */
export class VerifiedCache {
  /** Tokens in a generation. */
  readonly #size: number
  readonly #entries = new Map<number, SeenToken>()
  /** Places of tokens that came once when the generation was full. */
  readonly #once = new Set<number>()
  #generation = 0
  /** Characters that this generation can still use. */
  #room = 0

  /** @param size Tokens in a generation. */
  constructor(size: number) {
    this.#size = size
    this.#age()
  }

  get(token: string): SeenToken | undefined {
    const place = placeOf(token)
    const entry = this.#entries.get(place)
    if (entry?.text !== token) return undefined
    if (entry.generation !== this.#generation) this.#use(place, entry)
    return entry
  }

  /** Adds a token that `get` did not find, if its place is free. */
  add(token: SeenToken): void {
    const place = placeOf(token.text)
    if (this.#entries.get(place)?.generation === this.#generation) return
    if (this.#room > 0 || this.#once.delete(place)) {
      // A copy, because a slice of a header would keep the whole header in memory. Joining two strings makes one.
      token.text = ` ${token.text}`.slice(1)
      this.#use(place, token)
    } else {
      if (this.#once.size >= this.#size) this.#once.clear()
      this.#once.add(place)
    }
  }

  #use(place: number, entry: SeenToken): void {
    if (this.#room <= 0) this.#age()
    this.#room -= Math.max(entry.text.length, usualLength)
    entry.generation = this.#generation
    this.#entries.set(place, entry)
  }

  /** Drops all tokens, because a key that verified some of them is gone. */
  clear(): void {
    this.#entries.clear()
    this.#age()
  }

  /** Drops what this generation has not used, and begins the next. */
  #age(): void {
    for (const [place, { generation }] of this.#entries) {
      if (generation !== this.#generation) this.#entries.delete(place)
    }
    this.#generation++
    this.#room = this.#size * usualLength
  }
}

/** Access tokens are shorter, in characters. A longer one counts as several: a few must not use the memory of many. */
const usualLength = 1024

/**
 * Hashes eight characters of the signature. In short tokens, they begin as far from the end as the shortest signature
 * is long, that of HS256. Long tokens may be signed with ML-DSA, whose signatures end alike; there, they are its first.
 */
function placeOf(token: string): number {
  const shortestSignature = 43
  const start = token.length > 2048 ? token.lastIndexOf('.') + 1 : token.length - shortestSignature
  let place = 0
  for (let i = start; i < start + 8; i++) place = (Math.imul(place, 31) + token.charCodeAt(i)) | 0
  return place
}
