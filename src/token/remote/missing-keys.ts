import type { TokenError } from '../../errors.ts'

/** By the refusals that they may put right. */
const fetches = new WeakMap<object, Promise<unknown>>()

/** A refusal with the fetch that may bring the key: a guard waits for it, and a caller that cannot wait finds the key later. */
export function withFetch(refusal: TokenError, fetched: Promise<unknown> | undefined): TokenError {
  if (fetched !== undefined) {
    fetched.catch(() => {})
    fetches.set(refusal, fetched)
  }
  return refusal
}

/** If a token was rejected because a remote key is missing: the fetch after which to try again. */
export function fetchAfter(refusal: unknown): Promise<unknown> | undefined {
  return fetches.get(refusal as object)
}
