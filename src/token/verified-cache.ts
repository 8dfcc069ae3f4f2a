import type { SignedToken } from '../errors.ts'

/**
 * Tokens whose signature is known to be right, by their whole text: no two tokens can share an entry.
 *
 * Only what can never change is kept, the signature. Times, issuer, audience and revocation are asked again at each
 * use. Entries leave by age of use, in two generations, so that a hit costs one look-up and nothing is sorted; at most
 * twice `size` tokens are held.
 */
export class VerifiedCache {
  readonly #size: number
  readonly #maxCharacters: number
  #young = new Map<string, SignedToken>()
  #old = new Map<string, SignedToken>()
  #youngCharacters = 0

  /** @param size Tokens in each of the two generations; 0 keeps none. */
  constructor(size: number) {
    this.#size = size
    // An access token is shorter than this; a few long ones may not use the memory of many.
    this.#maxCharacters = size * 1024
  }

  get(token: string): SignedToken | undefined {
    const young = this.#young.get(token)
    if (young !== undefined) return young
    const old = this.#old.get(token)
    if (old !== undefined) this.set(token, old)
    return old
  }

  set(token: string, verified: SignedToken): void {
    if (this.#size === 0) return
    if (this.#young.size >= this.#size || this.#youngCharacters + token.length > this.#maxCharacters) {
      this.#old = this.#young
      this.#young = new Map()
      this.#youngCharacters = 0
    }
    this.#young.set(token, verified)
    this.#youngCharacters += token.length
  }

  /** Forgets all, because a key that vouched for some of them is gone. */
  clear(): void {
    this.#young = new Map()
    this.#old = new Map()
    this.#youngCharacters = 0
  }
}
