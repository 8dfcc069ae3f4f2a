import type { makeGuardedFetch } from '../../../outbound/guarded-fetch.ts'
import { type Moment, secondsSince, thisMoment } from '../../../store/engine/moment.ts'

type Fetch = ReturnType<typeof makeGuardedFetch>

/** Providers change these documents rarely; a change is used after this at the latest. */
const maxAgeSeconds = 60 * 60

/** Not its keys, which may be beside it: new ones work at once. */
const description = /\/\.well-known\/openid-configuration$/

/**
 * Keeps the document that describes an OpenID provider, so that not every sign-in waits for it. One that is of no use is
 * forgotten: the next sign-in asks again.
 */
export class DiscoveryCache {
  readonly #fetch: Fetch
  #kept: { readonly address: string; readonly answer: Promise<Response>; readonly at: Moment } | undefined

  constructor(fetch: Fetch) {
    this.#fetch = fetch
  }

  /** For one sign-in: a `fetch` that takes the document from here, and what to call if it was of no use. */
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
