import type { makeGuardedFetch } from '../../../outbound/guarded-fetch.ts'
import { type Moment, secondsSince, thisMoment } from '../../../store/engine/moment.ts'

type Fetch = ReturnType<typeof makeGuardedFetch>

/** Providers rarely change these documents. A change takes effect after this time at the latest. */
const maxAgeSeconds = 60 * 60

/** The discovery document only. Keys are fetched every time, so new ones work at once. */
const description = /\/\.well-known\/openid-configuration$/

/**
 * Caches the discovery document of an OpenID provider, so that not every sign-in waits for it. A document that turns
 * out to be unusable is dropped, and the next sign-in fetches it again.
 */
export class DiscoveryCache {
  readonly #fetch: Fetch
  #kept: { readonly address: string; readonly answer: Promise<Response>; readonly at: Moment } | undefined

  constructor(fetch: Fetch) {
    this.#fetch = fetch
  }

  /** For one sign-in: a `fetch` that answers with the cached document, and a function that drops an unusable one. */
  forOne(): { readonly fetch: Fetch; forget(): void } {
    return {
      fetch: async (address, request) => {
        if (!description.test(new URL(address).pathname)) return this.#fetch(address, request)
        const answer = await this.#answerTo(address, request)
        return answer.clone()
      },
      forget: () => {
        this.#kept = undefined
      },
    }
  }

  #answerTo(address: string, request: Parameters<Fetch>[1]): Promise<Response> {
    const kept = this.#kept
    if (kept?.address === address && secondsSince(kept.at) < maxAgeSeconds) return kept.answer
    const answer = this.#fetch(address, request)
    this.#kept = { address, answer, at: thisMoment() }
    answer.then(
      ({ ok }) => ok || this.#forget(answer),
      () => this.#forget(answer),
    )
    return answer
  }

  #forget(answer: Promise<Response>): void {
    if (this.#kept?.answer === answer) this.#kept = undefined
  }
}
