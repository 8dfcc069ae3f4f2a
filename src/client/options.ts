import type { TokenStorage } from './credentials/storage.ts'

/** Names that the server has in its own cookie options. */
export interface CsrfNames {
  /** Cookie that has the value for state-changing requests. `__Host-csrf_access_token` and its other spellings by default. */
  readonly accessCookie?: string
  /** Cookie that has the value for a refresh. `__Host-csrf_refresh_token` and its other spellings by default. */
  readonly refreshCookie?: string
  /** `X-CSRF-TOKEN` by default. */
  readonly accessHeader?: string
  /** `X-CSRF-TOKEN` by default. */
  readonly refreshHeader?: string
}

/** Where the server is, and how the client keeps its session. */
export interface ClientOptions {
  /** Where the routes are: a path such as `/auth`, or `https://id.example.com/auth`. */
  readonly baseUrl: string
  /**
   * `cookies`: the browser keeps the tokens where no script can read them; for pages on the site of the server.
   * `bearer`: the client keeps them, and sends the access token in `Authorization`; for pages of other sites and for apps.
   */
  readonly mode: 'cookies' | 'bearer'
  /** Origins of your own APIs that `client.fetch` shows the session to, in addition to the one of `baseUrl`. */
  readonly origins?: readonly string[]
  /**
   * Bearer mode: where tokens are kept. `memory` by default: a reload signs out. `session` lasts as long as the tab,
   * `local` is shared by all tabs; every script of the page can read both. Or an object of your own, for example one
   * that uses a phone's key store.
   */
  readonly storage?: 'memory' | 'session' | 'local' | TokenStorage
  /** Names of the CSRF cookies and headers, if the server has others than the default. */
  readonly csrf?: CsrfNames
  /** Used instead of the global `fetch`. */
  readonly fetch?: (input: string | URL | Request, init?: RequestInit) => Promise<Response>
}
