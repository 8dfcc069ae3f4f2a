import type { TokensBody } from '../../routes/types.ts'
import type { SessionClaims } from '../surroundings.ts'

/** What a request is for; `open` requests need no session. */
export type Purpose = 'access' | 'refresh' | 'logout' | 'open'

/** How a mode sends its session to the server, and keeps the tokens that it gets. */
export interface Credentials {
  /**
   * Changes whenever requests carry another access token, so that a refused request with an older one is recognised.
   * Empty if there is none.
   */
  mark(): string
  /**
   * Adds the access token, or the value that goes with its cookie, and returns additional members for the request.
   * @param hostname Where the request goes. The server's host by default; unknown for a relative address without a page.
   */
  sign(headers: Headers, method: string, purpose: Purpose, hostname?: string): RequestInit
  /**
   * Identifies the refresh token that the next refresh presents, so that one that was refused is recognised: the token,
   * or the CSRF value of its cookie, or an empty text if that cannot be read. `undefined` if there is none.
   */
  refreshKey(): string | undefined
  /** The members that requests need to log in, refresh or log out. */
  bodyFor(kind: 'login' | 'login-step' | 'refresh' | 'logout'): Readonly<Record<string, unknown>>
  /** Reads what another tab may have stored. */
  adopt(): Promise<void>
  /**
   * Keeps the tokens of an answer.
   * @param presented The `refreshKey` that it was given for. If another one is stored meanwhile, the answer is
   *   discarded, because another tab has logged out or in.
   */
  accept(body: TokensBody, presented?: string): Promise<void>
  /** Another tab has refreshed or signed in: adopts its tokens, which may be in cookies that cannot be read here. */
  notice(): Promise<void>
  /** Forgets the tokens at once. The promise is that of the storage. */
  forget(): Promise<void>
  /** Another tab signed out of this session: forgets its tokens, but not those of a later login. */
  leave(claims: SessionClaims): Promise<void>
  /** Whether there is a session; `undefined` if only the server knows. */
  hasSession(): boolean | undefined
  /** Whether other tabs have the same session. */
  readonly isShared: boolean
  /** Claims of the access token, if it can be read. */
  claims(): SessionClaims
}

/** The names of tokens in an answer, and of the tokens of the device. */
export const tokenNames: RegExp = /(access|refresh|device)_token$/
export const deviceTokenNames: RegExp = /device_token$/

/** The members with names that match, or all others. */
export function pick(body: object, names: RegExp, isWanted = true): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(body).filter(([name]) => names.test(name) === isWanted))
}
