import type { TokenLocation } from '../request/token-location.ts'

/** Behaviour that depends on the programs with which an application must be compatible. */
export interface Preset {
  /** Where tokens are looked for. */
  readonly tokenLocation: readonly TokenLocation[]
  /** Header `typ` of each kind of token, which is also checked; `null` writes `JWT` and checks nothing. */
  readonly typ: { readonly access: string; readonly refresh: string } | null
  /** Writes `kid` even if there is only one key. */
  readonly alwaysKid: boolean
  /** Tries all keys if the token's `kid` is unknown. */
  readonly kidIsHint: boolean
  /** Reads claims as PyJWT does: accepts numeric strings as times, an empty identity, and any `aud` without a rule. */
  readonly lenientClaims: boolean
  /** Rejects a token without `exp`. */
  readonly requireExp: boolean
  /** Rejects a token without `jti`, which could not be revoked on its own. */
  readonly requireJti: boolean
  /** An access token has the type `access`, or none besides its `typ` header. If `false`, any type but `refresh`. */
  readonly exactType: boolean
  /** `additionalClaims` may replace `type`, `jti`, `exp` and the like. */
  readonly overridableClaims: boolean
  /**
   * With `verifySub: false`, `sub` of new tokens may be a whole number, for the programs that also issue such tokens.
   */
  readonly numericSub: boolean
  /** Writes the `csrf` claim even if tokens are not read from cookies. */
  readonly alwaysCsrfClaim: boolean
  /** Also checks `Sec-Fetch-Site` and `Origin`, in addition to the double submit. */
  readonly checkOrigin: boolean
  /** Accepts several credentials in the header, if exactly one of them is ours. */
  readonly headerLists: boolean
  /** `rfc6750` answers with the statuses of RFC 6750, and a `code` beside the message; `flask`, as Flask apps do. */
  readonly answers: 'rfc6750' | 'flask'
  /** Lifetime of a cookie that outlasts the browser session; `null` for that of its token. */
  readonly persistentCookieSeconds: number | null
  readonly cookieSecure: boolean
  readonly cookieSameSite: 'Lax' | 'Strict' | 'None' | undefined
  readonly accessCookieName: string
  readonly refreshCookieName: string
  readonly accessCsrfCookieName: string
  readonly refreshCsrfCookieName: string
  /** Puts `__Host-` or `__Secure-` before the four names above, if the attributes allow it (RFC 6265bis §4.1.3). */
  readonly cookiePrefix: boolean
}

export type PresetName = 'default' | 'plain' | 'flask'

/** The members of a preset that are also options. */
export type PresetOptions = Pick<
  Preset,
  | 'tokenLocation'
  | 'requireExp'
  | 'requireJti'
  | 'persistentCookieSeconds'
  | 'cookieSecure'
  | 'cookieSameSite'
  | 'accessCookieName'
  | 'refreshCookieName'
  | 'accessCsrfCookieName'
  | 'refreshCsrfCookieName'
>

/** The options whose default depends on the preset, with the defaults of the standard. */
export const presetDefaults: PresetOptions = {
  tokenLocation: ['headers'],
  requireExp: true,
  requireJti: true,
  persistentCookieSeconds: null,
  cookieSecure: true,
  cookieSameSite: 'Lax',
  accessCookieName: 'access_token',
  refreshCookieName: 'refresh_token',
  accessCsrfCookieName: 'csrf_access_token',
  refreshCsrfCookieName: 'csrf_refresh_token',
}

const standard: Preset = {
  ...presetDefaults,
  typ: { access: 'at+jwt', refresh: 'rt+jwt' },
  alwaysKid: true,
  kidIsHint: false,
  lenientClaims: false,
  exactType: true,
  overridableClaims: false,
  numericSub: false,
  alwaysCsrfClaim: false,
  checkOrigin: true,
  headerLists: false,
  answers: 'rfc6750',
  cookiePrefix: true,
}

/** What differs from the standard for tokens that do not state their kind. */
const plain: Preset = {
  ...standard,
  typ: null,
  alwaysKid: false,
  kidIsHint: true,
  requireJti: false,
  exactType: false,
  numericSub: true,
}

/** Each preset, with its purpose, and one line for each difference. */
export const presets: Readonly<Record<PresetName, Preset>> = {
  /** RFC 6750, RFC 8725 and RFC 9068, for new applications. */
  default: standard,
  /** Tokens like those of other libraries, for applications that migrate. */
  plain,
  /** Flask-JWT-Extended 4.7: either side accepts the other's tokens, and clients notice no change. */
  flask: {
    ...plain,
    lenientClaims: true,
    requireExp: false,
    overridableClaims: true,
    alwaysCsrfClaim: true,
    checkOrigin: false,
    headerLists: true,
    answers: 'flask',
    persistentCookieSeconds: 31_540_000,
    cookieSecure: false,
    cookieSameSite: undefined,
    accessCookieName: 'access_token_cookie',
    refreshCookieName: 'refresh_token_cookie',
    cookiePrefix: false,
  },
}
