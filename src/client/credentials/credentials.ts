import type { TokensBody } from '../../routes/types.ts'
import type { SessionClaims } from '../surroundings.ts'

/** What a request is sent for: those that are `open` need no session. */
export type Purpose = 'access' | 'refresh' | 'logout' | 'open'

/** How a mode shows its session to the server, and keeps what it is given. */
export interface Credentials {
  /**
   * Another value whenever requests carry another access token: a request that was refused may have carried an older one.
   * Empty if there is none.
   */
  mark(): string
  /**
   * Adds the access token, or the value that goes with its cookie, and returns further members of the request.
   * @param hostname Where the request goes: absent where a relative address has no page that it is relative to.
   */
  sign(headers: Headers, method: string, purpose: Purpose, hostname: string | undefined): RequestInit
  /**
   * Stands for the refresh token that the next refresh presents, so that one that was refused is recognised: the token, or
   * the CSRF value of its cookie, or an empty text where that cannot be read. `undefined` if there is none.
   */
  refreshKey(): string | undefined
  /** The members that requests need which log in, refresh or log out. */
  bodyFor(kind: 'login' | 'login-step' | 'refresh' | 'logout'): Readonly<Record<string, unknown>>
  /** Reads what another tab may have stored. */
  adopt(): Promise<void>
  /**
   * Keeps what an answer has.
   * @param presented The `refreshKey` that it was given for. If another one is stored meanwhile, the answer is discarded:
   *   another tab logged out, or in.
   */
  accept(body: TokensBody, presented?: string): Promise<void>
  /** Another tab has refreshed or signed in: adopts what it has, which may be in cookies that cannot be read from here. */
  notice(): Promise<void>
  /** Forgets the tokens, at once. The promise is that of the storage. */
  forget(): Promise<void>
  /** Another tab signed out of this session: forgets its tokens, but not those of a later login. */
  leave(claims: SessionClaims): Promise<void>
  /** Whether there is a session: `undefined` where only the server knows. */
  hasSession(): boolean | undefined
  /** Whether other tabs have the same session. */
  readonly isShared: boolean
  /** Of the access token, if it can be read. */
  claims(): SessionClaims
}

/** The names of tokens in an answer, and of those of the device alone. */
export const tokenNames: RegExp = /(access|refresh|device)_token$/
export const deviceTokenNames: RegExp = /device_token$/

/** The members of an answer with such names, or all others. */
export function pick(body: object, names: RegExp, isWanted = true): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(body).filter(([name]) => names.test(name) === isWanted))
}
