import type { TokenError } from '../errors.ts'
import type { RemoteRevocationsOptions } from '../revocations/remote-options.ts'
import type { AlgorithmName } from '../token/algorithms.ts'
import type { Claims } from '../token/claims.ts'
import type { TokenHeader } from '../token/compact.ts'
import type { Key } from '../token/key.ts'
import type { KeyMaterial } from '../token/key-material.ts'
import type { KeySet } from '../token/key-set.ts'
import type { JwtClaims, TokenIdentity } from './jwt-claims.ts'
import type { MaybePromise } from './maybe-promise.ts'
import type { PresetName } from './presets.ts'
import type { Answer } from './problem.ts'
import type { VerifiedToken } from './read-token.ts'

/** The places where a token can stand in a request. */
export const tokenLocations = ['headers', 'cookies', 'query_string', 'json'] as const

export type TokenLocation = (typeof tokenLocations)[number]

/** Whether a token opens routes or fetches new tokens. */
export type TokenKind = 'access' | 'refresh'

/** What the user of the library decides. Each gets the claims first, then the header. */
export interface JwtManagerCallbacks<User, Identity, VerifySub extends boolean = true> {
  /**
   * Whether this token was revoked. Anything but `true` or `false`, a throw or no answer in time refuses the request.
   * `strict` is what the route asks for: the truth of this moment, and no copy of it.
   */
  readonly isRevoked?: (
    claims: JwtClaims,
    header: TokenHeader,
    how: { readonly strict: boolean },
  ) => MaybePromise<boolean>
  /** Finds the user of a token; `null` or `undefined` refuses it. */
  readonly loadUser?: (
    claims: JwtClaims<TokenIdentity<VerifySub>>,
    header: TokenHeader,
  ) => MaybePromise<User | null | undefined>
  /** Rules of your own; anything but `true` refuses the token. */
  readonly verifyClaims?: (claims: JwtClaims<TokenIdentity<VerifySub>>, header: TokenHeader) => MaybePromise<boolean>
  /** Turns what you call an identity, a user object for example, into the text that tokens carry. */
  readonly identityFor?: (identity: Identity) => string
  /** Claims for every new token of this identity; those given at creation win. Not a promise: tokens are made at once. */
  readonly claimsFor?: (identity: Identity) => Readonly<Record<string, unknown>>
  /** Header members, likewise. */
  readonly headersFor?: (identity: Identity) => Readonly<Record<string, unknown>>
  /** The key that signs a token of this identity, in place of the newest. */
  readonly signingKeyFor?: (identity: Identity) => Key
  /**
   * The key that must have signed this token, in place of the set's; `undefined` refuses it. Its arguments are not verified
   * yet. Remote sets that it returns are waited for, and closed with the manager.
   */
  readonly verifyingKeyFor?: (claims: Claims, header: TokenHeader) => Key | KeySet | undefined
  /** Changes the answer to a refusal; gets what would be answered otherwise. */
  readonly answerFor?: (error: TokenError, standard: Answer) => Answer
  /**
   * Makes the token that `renewCookiesWithinSeconds` puts in place of one that is about to end; `undefined` for none. By
   * default it says what that one said, headers included, with new times and a new `jti`.
   */
  readonly renewToken?: (token: VerifiedToken<TokenIdentity<VerifySub>>) => MaybePromise<string | undefined>
  /**
   * Called with what goes wrong beside a request, which is answered all the same: a cookie that could not be renewed. By
   * default a warning of the process, where it is not the last one again.
   */
  readonly onFault?: (error: unknown) => void
}

/** Options of a `JwtManager`: values, and callbacks. */
export interface JwtManagerOptions<User = unknown, Identity = string, VerifySub extends boolean = boolean>
  extends JwtManagerValues<VerifySub>,
    JwtManagerCallbacks<User, Identity, VerifySub> {}

/** What is assumed of `verifySub` where only the type of the identity is given. */
export type VerifySubOf<Identity> = number extends Identity ? boolean : true

/** What tokens are made for. Where they may carry numbers, those need no type of their own. */
export type GivenIdentity<Identity, VerifySub extends boolean> = VerifySub extends true
  ? Identity
  : Identity extends string
    ? Identity | number
    : Identity

/** The names are Flask-JWT-Extended's in camelCase, with the unit where there is one. */
export interface JwtManagerValues<VerifySub extends boolean = boolean> {
  /** HMAC secret, at least 32 random bytes. Either this or `keys`. */
  readonly secret?: KeyMaterial | undefined
  /** Keys of any kind; the newest signs. */
  readonly keys?: KeySet
  /** Follows what a hallpass server takes back, for tokens that it made. Nothing is followed by default. */
  readonly revocations?: RemoteRevocationsOptions
  /** Algorithm of `secret`. HS256 by default. */
  readonly algorithm?: AlgorithmName
  /** Algorithms in which `secret` also verifies, while issuers change over. None by default. */
  readonly decodeAlgorithms?: readonly AlgorithmName[]
  /**
   * `default` speaks RFC 6750 and RFC 9068; `plain` also takes and makes tokens as other libraries do, which do not say
   * that they are access tokens; `flask` speaks to Flask-JWT-Extended and its clients.
   */
  readonly preset?: PresetName

  /** Life of an access token. 900 by default; `false` for no end, which needs `requireExp: false` to be accepted. */
  readonly accessTokenSeconds?: number | false
  /** Life of a refresh token. 2,592,000 (30 days) by default. */
  readonly refreshTokenSeconds?: number | false
  /** Claim that holds the identity. `sub` by default. */
  readonly identityClaim?: string
  /**
   * `false` reads an identity that is not text, as older issuers wrote it, and passes it on as it is. New tokens may carry a
   * whole number then, in `sub` with the presets `plain` and `flask` only.
   */
  readonly verifySub?: VerifySub
  /** Writes `nbf`. `true` by default. */
  readonly encodeNbf?: boolean
  /** `iss` written into tokens and demanded of them. Not looked at by default. */
  readonly issuer?: string
  /** `iss` written, in place of `issuer`. */
  readonly encodeIssuer?: string
  /** `iss` demanded, or one of them, in place of `issuer`. */
  readonly decodeIssuer?: string | readonly string[]
  /** `aud` written into tokens and demanded of them. A token with an `aud` is refused where none is set (RFC 7519 §4.1.3). */
  readonly audience?: string | readonly string[]
  /** `aud` written, in place of `audience`. */
  readonly encodeAudience?: string | readonly string[]
  /** `aud` demanded, or one of them, in place of `audience`. */
  readonly decodeAudience?: string | readonly string[]
  /** How far clocks may differ, 0 to 600. 0 by default. */
  readonly leewaySeconds?: number
  /** Refuses tokens without `exp`. `true` by default, `false` with the flask preset. */
  readonly requireExp?: boolean
  /** Claims that tokens must have, and not as `null`, besides those that other options ask for. None by default. */
  readonly requiredClaims?: readonly string[]
  /**
   * Refuses access tokens that were issued longer ago, by their `iat`, whatever their `exp` says. Not looked at by default. A
   * renewed cookie holds a new token: this bounds how long one token is accepted, not how long a user stays logged in.
   */
  readonly maxTokenAgeSeconds?: number
  /** Refuses tokens without `jti`. `true` by default, `false` with the flask preset. */
  readonly requireJti?: boolean
  /** Key of the text in error bodies. `msg` by default. */
  readonly errorMessageKey?: string
  /** Longest that `isRevoked` may take before the request is refused. 5 by default. */
  readonly revocationTimeoutSeconds?: number
  /** The time, Unix seconds with a fraction. The machine's clock by default. */
  readonly clock?: () => number

  /** Where tokens are looked for, in this order. `headers` by default. */
  readonly tokenLocation?: TokenLocation | readonly TokenLocation[]
  /** `Authorization` by default. */
  readonly headerName?: string
  /** Scheme before the token, any case. `Bearer` by default; empty where the header is the bare token. */
  readonly headerType?: string
  /** `jwt` by default. A URL ends up in logs: tokens in it should live for seconds. */
  readonly queryStringName?: string
  /** Text before the token in the parameter. None by default. */
  readonly queryStringValuePrefix?: string
  /** Member of a JSON body that holds an access token. `access_token` by default. */
  readonly jsonKey?: string
  /** The same for a refresh token. `refresh_token` by default. */
  readonly refreshJsonKey?: string

  /** Names of the cookies. By default `__Host-access_token` and so on, without the prefix where attributes forbid it. */
  readonly accessCookieName?: string
  readonly refreshCookieName?: string
  readonly accessCsrfCookieName?: string
  readonly refreshCsrfCookieName?: string
  /** Paths of the cookies. `/` by default. */
  readonly accessCookiePath?: string
  readonly refreshCookiePath?: string
  readonly accessCsrfCookiePath?: string
  readonly refreshCsrfCookiePath?: string
  /** Domain of the cookies. None by default: the host that set them. */
  readonly cookieDomain?: string
  /** `true` by default. `false` for development over plain HTTP. */
  readonly cookieSecure?: boolean
  /** `Lax` by default; no attribute with the flask preset. */
  readonly cookieSameSite?: 'Lax' | 'Strict' | 'None'
  /** `Partitioned`, for pages embedded in other sites. `false` by default. */
  readonly cookiePartitioned?: boolean
  /**
   * Cookies end with the browser's session. `true` by default; `false` keeps them as long as the token lives, but for those
   * of a token with the claim `remember: false`.
   */
  readonly sessionCookie?: boolean
  /** Life of a cookie that outlasts the browser. By default that of its token; 31,540,000 with the flask preset. */
  readonly persistentCookieSeconds?: number
  /**
   * Replaces an access cookie that has less than this left, on the response to a guarded request. Off by default. The new
   * cookie has the manager's attributes, so none may be set with others.
   */
  readonly renewCookiesWithinSeconds?: number

  /** Demands the double-submit value for tokens in cookies. `true` by default. */
  readonly cookieCsrfProtect?: boolean
  /** Hands the value out in cookies that scripts can read. `true` by default. */
  readonly csrfInCookies?: boolean
  /** Methods that need the value. POST, PUT, PATCH and DELETE by default. */
  readonly csrfMethods?: readonly string[]
  /** Header that carries the value. `X-CSRF-TOKEN` by default. */
  readonly accessCsrfHeaderName?: string
  readonly refreshCsrfHeaderName?: string
  /** Looks for the value in a form field where the header is absent. `false` by default. */
  readonly csrfCheckForm?: boolean
  /** `csrf_token` by default. */
  readonly accessCsrfFieldName?: string
  readonly refreshCsrfFieldName?: string
  /** Origins of other sites whose pages may send requests with our cookies, such as `https://app.example`. */
  readonly trustedOrigins?: readonly string[]
}
