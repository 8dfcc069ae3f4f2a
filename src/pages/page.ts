import type { Language, Messages } from './messages/index.ts'
import type { Ask } from './requests/ask.ts'
import type { Form } from './requests/form.ts'
import type { Site } from './site.ts'
import type { Html } from './view/html.ts'

/** One request of a person for a page, and what a page needs to answer it. */
export interface Visit {
  readonly site: Site
  readonly language: Language
  readonly messages: Messages
  readonly now: () => Date
  /** Calls the routes as this browser. */
  readonly ask: Ask
  /** What the fresh access token of this browser states; `undefined` without one. The routes decide whether it is enough. */
  readonly proof: () => Proof | undefined
  /** Whether the browser states that another site sent it here. */
  readonly isFromOtherSite: boolean
  /** Whether the browser comes from the page of ours with this path. */
  readonly isFrom: (path: string) => boolean
  /** A parameter of the query string. */
  readonly query: (name: string) => string | undefined
  /** A cookie that only the pages read. */
  readonly cookie: (name: PageCookie) => string | undefined
  readonly setCookie: (name: PageCookie, value: string, maxAgeSeconds: number) => void
}

/** When the user last authenticated, and how. */
export interface Proof {
  readonly at: Date
  readonly hasSecondFactor: boolean
}

/**
 * `login_step` is the challenge of a login between its steps: not in the address, which is logged, and not in the page,
 * which is cached. `notice` is what the next page says.
 */
export type PageCookie = 'login_step' | 'notice'

/** The answer to a visit. */
export type Outcome =
  | { readonly html: Html; readonly status?: number }
  /** The address of one of our pages, made by `site.to`, or of a listed origin. */
  | { readonly redirect: string }
  /**
   * What a script of ours imports. Unlike other requests, an import needs no `connect-src` in the content security
   * policy.
   */
  | { readonly module: Challenge }

/** What the script for passkeys gets: a challenge, the problem to show, or the page to go to first. */
export type Challenge =
  | { readonly options: unknown; readonly challenge_token: string }
  | { readonly problem: string }
  | { readonly go: string }

/**
 * A page: what a GET shows, and what its form does. A GET changes nothing about an account. It may refresh the tokens
 * of this browser, begin a sign-in at a provider, or use up the outcome of one.
 */
export interface Page {
  /** Relative to the path of the pages. */
  readonly path: string
  readonly show: (visit: Visit) => Promise<Outcome> | Outcome
  readonly submit?: (visit: Visit, form: Form) => Promise<Outcome>
}
