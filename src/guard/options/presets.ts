import type { TokenLocation } from '../request/token-location.ts'

/** What an application sees and sends that depends on whom it has to get along with. */
export interface Preset {
  /** Where tokens are looked for. */
  readonly tokenLocation: readonly TokenLocation[]
  /** Header `typ` of each kind, checked on reading; `null` writes `JWT` and does not look. */
  readonly typ: { readonly access: string; readonly refresh: string } | null
  /** Writes `kid` even where there is one key only. */
  readonly alwaysKid: boolean
  /** Tries all keys where the token's `kid` is unknown. */
  readonly kidIsHint: boolean
  /** Reads claims as PyJWT does: numeric strings as times, an empty identity, an audience that no rule checks. */
  readonly lenientClaims: boolean
  /** Refuses a token without an end. */
  readonly requireExp: boolean
  /** Refuses a token that cannot be revoked by its name. */
  readonly requireJti: boolean
  /** An access token is one that says `access`, or only `at+jwt`; otherwise, one that does not say `refresh`. */
  readonly exactType: boolean
  /** `additionalClaims` may replace `type`, `jti`, `exp` and the like. */
  readonly overridableClaims: boolean
  /** Writes a whole number into `sub` where `verifySub` is off, for the programs that such tokens come from. */
  readonly numericSub: boolean
  /** Writes the `csrf` claim even where no token is looked for in cookies. */
  readonly alwaysCsrfClaim: boolean
  /** Also checks `Sec-Fetch-Site` and `Origin`, in addition to the double submit. */
  readonly checkOrigin: boolean
  /** Accepts several credentials in the header, where one of them is ours. */
  readonly headerLists: boolean
  /** Answers with a `code` beside the text, and with the statuses of RFC 6750. */
  readonly answers: 'rfc6750' | 'flask'
  /** Life of a cookie that outlasts the browser's session; `null` for the token's own. */
  readonly persistentCookieSeconds: number | null
  readonly cookieSecure: boolean
  readonly cookieSameSite: 'Lax' | 'Strict' | 'None' | undefined
  readonly accessCookieName: string
  readonly refreshCookieName: string
  readonly accessCsrfCookieName: string
  readonly refreshCsrfCookieName: string
  /** Puts `__Host-` or `__Secure-` before the four names above where the attributes allow it (RFC 6265bis §4.1.3). */
  readonly cookiePrefix: boolean
}

export type PresetName = 'default' | 'plain' | 'flask'

/** The members of a preset that are options too. */
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

/** The options whose default is the preset's, with those of the standard. */
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

/** What differs from the standard for tokens that say nothing of their kind. */
const plain: Preset = {
  ...standard,
  typ: null,
  alwaysKid: false,
  kidIsHint: true,
  requireJti: false,
  exactType: false,
  numericSub: true,
}

/** What each is for, and one line for whatever differs. */
export const presets: Readonly<Record<PresetName, Preset>> = {
  /** RFC 6750, RFC 8725, RFC 9068: what a new application wants. */
  default: standard,
  /** Tokens as other libraries make them: while an application moves. */
  plain,
  /** Flask-JWT-Extended 4.7: the other side accepts our tokens, we accept its, and clients notice no change. */
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
