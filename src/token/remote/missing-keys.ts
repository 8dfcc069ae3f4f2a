import type { TokenError } from '../../errors.ts'

/** Fetches under way, by the refusals that they may make obsolete. */
const fetches = new WeakMap<object, Promise<unknown>>()

/**
 * Attaches to a refusal the fetch that may bring the missing key. A guard waits for it; for callers that cannot wait,
 * the key is there later.
 */
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
