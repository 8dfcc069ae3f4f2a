import type { SignedToken } from '../errors.ts'

/** A token whose signature is known to be right. */
export interface SeenToken {
  readonly text: string
  readonly signed: SignedToken
  /** What a reader has decided about it once and for all, and need not ask again; another reader puts its own here. */
  decision: unknown
}

/**
 * Tokens whose signature is known to be right, by their whole text: no two tokens can share an entry.
 *
 * The text of each request is new, and to hash all of it takes longer than anything else here. So an entry is found by a few
 * characters of the signature, which no one can choose, and counts only if its text is the same. Should two tokens have
 * those characters in common, the first keeps its place, and the other is verified each time.
 *
 * Only what can never change is kept. Times and revocation are asked again at each use. Entries leave by age of use, in two
 * generations, so that a hit costs one look-up and nothing is sorted; at most twice `size` tokens are held.
 */
export class VerifiedCache {
  readonly #size: number
  readonly #maxCharacters: number
  #young = new Map<number, SeenToken>()
  #old = new Map<number, SeenToken>()
  #youngCharacters = 0

  /** @param size Tokens in each of the two generations; 0 keeps none. */
  constructor(size: number) {
    this.#size = size
    // An access token is shorter than this; a few long ones may not use the memory of many.
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

  /** @returns The entry, also where it is not kept. */
  set(token: string, signed: SignedToken): SeenToken {
    // A copy: what was cut out of a header would keep all of the header in memory.
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

  /** Forgets all, because a key that vouched for some of them is gone. */
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

/** The shortest signature, of HS256, in characters. */
const shortestSignature = 43

/**
 * A number from eight characters of the signature (FNV-1a). In short tokens they stand so far from the end as the shortest
 * signature is long. Long ones may be of ML-DSA, whose signatures end alike: there they are its first.
 */
function placeOf(token: string): number {
  const start = token.length > 2048 ? token.lastIndexOf('.') + 1 : token.length - shortestSignature
  let place = 0x811c9dc5
  for (let i = start; i < start + 8; i++) place = Math.imul(place ^ token.charCodeAt(i), 0x01000193)
  return place
}
