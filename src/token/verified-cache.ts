import type { SignedToken } from '../errors.ts'

/** A token with a verified signature. */
export interface SeenToken {
  readonly text: string
  readonly signed: SignedToken
  /** What a reader has decided about the token for good, and need not check again. Another reader replaces it. */
  decision: unknown
}

/**
 * Caches tokens with a verified signature by their whole text, so no two tokens can share an entry.
 *
 * Each request brings a new string, and hashing all of it would take longer than anything else here. So an entry is
 * found by a few characters of the signature, which no client can choose, and counts only if the whole text is equal.
 * If two tokens have those characters in common, the first keeps its place, and the other is verified each time.
 *
 * Only what can never change is cached. Times and revocation are checked at each use. The entries that were not used
 * for the longest time are dropped, a generation at a time, so a hit costs one look-up and nothing is sorted. At most
 * twice `size` tokens are cached.
 */
export class VerifiedCache {
  readonly #size: number
  readonly #maxCharacters: number
  #young = new Map<number, SeenToken>()
  #old = new Map<number, SeenToken>()
  #youngCharacters = 0

  /** @param size Tokens in each of the two generations; 0 caches none. */
  constructor(size: number) {
    this.#size = size
    // Access tokens are shorter than 1,024 characters. A few long tokens must not use the memory of many.
    this.#maxCharacters = size * 1024
  }

  get(token: string): SeenToken | undefined {
    const place = placeOf(token)
    const young = this.#young.get(place)
    if (young !== undefined && young.text === token) return young
    const old = this.#old.get(place)
    if (old === undefined || old.text !== token) return undefined
    this.#keep(place, old)
    return old
  }

  /** @returns The entry, even if it is not kept. */
  set(token: string, signed: SignedToken): SeenToken {
    // A copy, because a slice of a header would keep the whole header in memory.
    const seen = { text: Buffer.from(token, 'latin1').toString('latin1'), signed, decision: undefined }
    if (this.#size > 0) this.#keep(placeOf(token), seen)
    return seen
  }

  #keep(place: number, seen: SeenToken): void {
    if (this.#young.has(place)) return
    if (this.#young.size >= this.#size || this.#youngCharacters + seen.text.length > this.#maxCharacters) {
      this.#age()
    }
    this.#young.set(place, seen)
    this.#youngCharacters += seen.text.length
  }

  /** Drops all tokens, because a key that verified some of them is gone. */
  clear(): void {
    this.#age()
    this.#age()
  }

  #age(): void {
    this.#old = this.#young
    this.#young = new Map()
    this.#youngCharacters = 0
  }
}

/** Length of the shortest signature, that of HS256, in characters. */
const shortestSignature = 43

/**
 * Hashes eight characters of the signature (FNV-1a). In short tokens, they begin as far from the end as the shortest
 * signature is long. Long tokens may be signed with ML-DSA, whose signatures end alike; there, they are its first.
 */
function placeOf(token: string): number {
  const start = token.length > 2048 ? token.lastIndexOf('.') + 1 : token.length - shortestSignature
  let place = 0x811c9dc5
  for (let i = start; i < start + 8; i++) place = Math.imul(place ^ token.charCodeAt(i), 0x01000193)
  return place
}
