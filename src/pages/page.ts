import type { Language, Messages } from './messages/index.ts'
import type { Ask } from './requests/ask.ts'
import type { Form } from './requests/form.ts'
import type { Site } from './site.ts'
import type { Html } from './view/html.ts'

/** One request of a person for a page, and what answers it. */
export interface Visit {
  readonly site: Site
  readonly language: Language
  readonly messages: Messages
  readonly now: () => Date
  /** Calls the routes as this browser. */
  readonly ask: Ask
  /** What the fresh access token of this browser states; `undefined` without one. The routes decide whether it is enough. */
  readonly proof: () => Proof | undefined
  /** Whether another site sent the browser here, by its own word. */
  readonly isFromOtherSite: boolean
  /** Whether the browser comes from one of our pages. */
  readonly isFrom: (path: string) => boolean
  /** A parameter of the query string. */
  readonly query: (name: string) => string | undefined
  /** A cookie of the pages' own, which only they read. */
  readonly cookie: (name: PageCookie) => string | undefined
  readonly setCookie: (name: PageCookie, value: string, maxAgeSeconds: number) => void
}

/** When the user last authenticated, and how. */
export interface Proof {
  readonly at: Date
  readonly hasSecondFactor: boolean
}

/**
 * The challenge of a login between its steps: not in the address, which is logged, and not in the page, which is cached. What
 * the next page says.
 */
export type PageCookie = 'login_step' | 'notice'

/** What a visit gets. */
export type Outcome =
  | { readonly html: Html; readonly status?: number }
  /** The address of one of our pages, made by `site.to`, or of a listed origin. */
  | { readonly redirect: string }
  /** What a script of ours imports: the pages send no requests that a content policy would have to allow (`connect-src`). */
  | { readonly module: Challenge }

/** What the script of passkeys needs to begin: from a challenge of its own, and where a refusal leads. */
export type Challenge =
  | { readonly options: unknown; readonly challenge_token: string }
  | { readonly problem: string }
  | { readonly go: string }

/**
 * A page: what a GET shows, and what its form does. A GET changes nothing about an account. It may refresh the tokens of this
 * browser, and it takes what the browser carries between two pages: a notice, or what a provider had to say.
 */
export interface Page {
  /** Below the path of the pages. */
  readonly path: string
  readonly show: (visit: Visit) => Promise<Outcome> | Outcome
  readonly submit?: (visit: Visit, form: Form) => Promise<Outcome>
}
