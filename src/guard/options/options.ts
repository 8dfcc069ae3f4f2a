import type { TokenError } from '../../errors.ts'
import type { RemoteRevocationsOptions } from '../../revocations/remote-options.ts'
import type { AlgorithmName } from '../../token/algorithms.ts'
import type { Claims } from '../../token/claims.ts'
import type { TokenHeader } from '../../token/compact.ts'
import type { Key } from '../../token/keys/key.ts'
import type { KeyMaterial } from '../../token/keys/key-material.ts'
import type { KeySet } from '../../token/keys/key-set.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import type { Answer } from '../problem.ts'
import type { TokenLocation } from '../request/token-location.ts'
import type { JwtClaims, TokenIdentity } from '../tokens/jwt-claims.ts'
import type { VerifiedToken } from '../tokens/read-token.ts'
import type { PresetName } from './presets.ts'

/** Your own decisions. Each is called with the claims first, then the header. */
export interface JwtManagerCallbacks<User, Identity, VerifySub extends boolean = true> {
  /**
   * Whether this token was revoked. Any result but `true` or `false`, an exception or a timeout rejects the request.
   * `strict` is set by routes with `revocation: 'strict'`: check the source, not a copy.
   */
  readonly isRevoked?: (
    claims: JwtClaims,
    header: TokenHeader,
    how: { readonly strict: boolean },
  ) => MaybePromise<boolean>
  /** Returns the user of a token; `null` or `undefined` rejects the token. */
  readonly loadUser?: (
    claims: JwtClaims<TokenIdentity<VerifySub>>,
    header: TokenHeader,
  ) => MaybePromise<User | null | undefined>
  /** Your own rules; any result but `true` rejects the token. */
  readonly verifyClaims?: (claims: JwtClaims<TokenIdentity<VerifySub>>, header: TokenHeader) => MaybePromise<boolean>
  /** Converts your identity, such as a user object, to the string that tokens contain. */
  readonly identityFor?: (identity: Identity) => string
  /** Claims for every new token of this identity; `additionalClaims` take precedence. Not a promise: tokens are issued synchronously. */
  readonly claimsFor?: (identity: Identity) => Readonly<Record<string, unknown>>
  /** Header members for every new token of this identity; `additionalHeaders` take precedence. Not a promise. */
  readonly headersFor?: (identity: Identity) => Readonly<Record<string, unknown>>
  /** The key that signs a token of this identity, instead of the newest. */
  readonly signingKeyFor?: (identity: Identity) => Key
  /**
   * The key that must have signed this token, instead of the set's; `undefined` rejects the token. The arguments are not
   * verified yet. The manager waits for remote sets that it returns, and closes them.
   */
  readonly verifyingKeyFor?: (claims: Claims, header: TokenHeader) => Key | KeySet | undefined
  /** Changes the answer to an error; called with the default answer. */
  readonly answerFor?: (error: TokenError, standard: Answer) => Answer
  /**
   * Issues the token with which `renewCookiesWithinSeconds` replaces one that is about to expire; `undefined` for none. By
   * default, it is a copy, header included, with new times and a new `jti`.
   */
  readonly renewToken?: (token: VerifiedToken<TokenIdentity<VerifySub>>) => MaybePromise<string | undefined>
  /**
   * Called with a fault that does not affect the answer, such as a cookie that could not be renewed. By default, a process
   * warning is emitted, unless it repeats the last one.
   */
  readonly onFault?: (error: unknown) => void
}

/** Options of a `JwtManager`: values, and callbacks. */
export interface JwtManagerOptions<User = unknown, Identity = string, VerifySub extends boolean = boolean>
  extends JwtManagerValues<VerifySub>,
    JwtManagerCallbacks<User, Identity, VerifySub> {}

/** The assumed `verifySub` if only the type of the identity is given. */
export type VerifySubOf<Identity> = number extends Identity ? boolean : true

/** The identity that tokens are issued for. If numbers are allowed, they need no type of their own. */
export type GivenIdentity<Identity, VerifySub extends boolean> = VerifySub extends true
  ? Identity
  : Identity extends string
    ? Identity | number
    : Identity

/** The names are those of Flask-JWT-Extended in camelCase, with their units. */
export interface JwtManagerValues<VerifySub extends boolean = boolean> {
  /** HMAC secret, at least 32 random bytes. Pass either this or `keys`. */
  readonly secret?: KeyMaterial | undefined
  /** Keys of any kind; the newest key signs. */
  readonly keys?: KeySet
  /** Follows the revocations of a hallpass server, for tokens that it issued. None by default. */
  readonly revocations?: RemoteRevocationsOptions
  /** Algorithm of `secret`. HS256 by default. */
  readonly algorithm?: AlgorithmName
  /** Algorithms with which `secret` also verifies, while issuers switch algorithms. None by default. */
  readonly decodeAlgorithms?: readonly AlgorithmName[]
  /**
   * `default` follows RFC 6750 and RFC 9068; `plain` also issues and accepts tokens like those of other libraries, which do
   * not state their kind; `flask` is compatible with Flask-JWT-Extended and its clients.
   */
  readonly preset?: PresetName

  /** Lifetime of an access token. 900 by default; `false` for no expiry, which `requireExp: false` must then allow. */
  readonly accessTokenSeconds?: number | false
  /** Lifetime of a refresh token. 2,592,000 (30 days) by default. */
  readonly refreshTokenSeconds?: number | false
  /** Claim that contains the identity. `sub` by default. */
  readonly identityClaim?: string
  /**
   * `false` accepts an identity that is not a string, as older issuers wrote it, and passes it on unchanged. New tokens may
   * then contain a whole number; in `sub` only with the presets `plain` and `flask`.
   */
  readonly verifySub?: VerifySub
  /** Writes `nbf`. `true` by default. */
  readonly encodeNbf?: boolean
  /** `iss`, written into new tokens and required of all. Not checked by default. */
  readonly issuer?: string
  /** `iss` that is written, instead of `issuer`. */
  readonly encodeIssuer?: string
  /** `iss` that is required, or a list of accepted ones, instead of `issuer`. */
  readonly decodeIssuer?: string | readonly string[]
  /** `aud`, written into new tokens and required of all. If it is not set, a token with an `aud` is rejected (RFC 7519 §4.1.3). */
  readonly audience?: string | readonly string[]
  /** `aud` that is written, instead of `audience`. */
  readonly encodeAudience?: string | readonly string[]
  /** `aud` that is required, or a list of accepted ones, instead of `audience`. */
  readonly decodeAudience?: string | readonly string[]
  /** Tolerated clock difference, 0 to 600. 0 by default; 5 with keys that cannot sign, or `verifyingKeyFor`. */
  readonly leewaySeconds?: number
  /** Rejects tokens without `exp`. `true` by default, `false` with the flask preset. */
  readonly requireExp?: boolean
  /** Further claims that tokens must have, with a value other than `null`. None by default. */
  readonly requiredClaims?: readonly string[]
  /**
   * Rejects access tokens that were issued (`iat`) longer ago, regardless of `exp`. Not checked by default. A renewed cookie
   * contains a new token: this limits how long one token is accepted, not how long a user stays logged in.
   */
  readonly maxTokenAgeSeconds?: number
  /** Rejects tokens without `jti`. `true` by default, `false` with the presets `plain` and `flask`. */
  readonly requireJti?: boolean
  /** Member of error bodies that contains the message. `msg` by default. */
  readonly errorMessageKey?: string
  /** How long `isRevoked` may take before the request is rejected. 5 by default. */
  readonly revocationTimeoutSeconds?: number
  /** Returns Unix seconds with a fraction. The machine's clock by default. */
  readonly clock?: () => number

  /** Where tokens are looked for, in this order. `headers` by default. */
  readonly tokenLocation?: TokenLocation | readonly TokenLocation[]
  /** Header that contains the token. `Authorization` by default. */
  readonly headerName?: string
  /** Scheme before the token, case-insensitive. `Bearer` by default; empty if the header contains only the token. */
  readonly headerType?: string
  /** Query parameter that contains the token. `jwt` by default. URLs end up in logs: use a lifetime of seconds. */
  readonly queryStringName?: string
  /** Prefix before the token in the parameter. None by default. */
  readonly queryStringValuePrefix?: string
  /** Member of a JSON body that contains the access token. `access_token` by default. */
  readonly jsonKey?: string
  /** The same for a refresh token. `refresh_token` by default. */
  readonly refreshJsonKey?: string

  /** Cookie with the access token. `__Host-access_token` by default, without the prefix if the attributes forbid it. */
  readonly accessCookieName?: string
  /** Cookie with the refresh token. `__Host-refresh_token` by default, as above. */
  readonly refreshCookieName?: string
  /** Cookie from which scripts read the CSRF value of the access token. `__Host-csrf_access_token` by default, as above. */
  readonly accessCsrfCookieName?: string
  /** The same for the refresh token. `__Host-csrf_refresh_token` by default, as above. */
  readonly refreshCsrfCookieName?: string
  /** Path of the cookie with the access token. `/` by default. */
  readonly accessCookiePath?: string
  /** Path of the cookie with the refresh token. `/` by default. */
  readonly refreshCookiePath?: string
  /** Path of the cookie with the CSRF value of the access token. `/` by default. */
  readonly accessCsrfCookiePath?: string
  /** Path of the cookie with the CSRF value of the refresh token. `/` by default. */
  readonly refreshCsrfCookiePath?: string
  /** Domain of the cookies. None by default: only the host that set them. */
  readonly cookieDomain?: string
  /** Sets the attribute `Secure`. `true` by default; `false` is for development over plain HTTP. */
  readonly cookieSecure?: boolean
  /** The attribute `SameSite`. `Lax` by default; no attribute with the flask preset. */
  readonly cookieSameSite?: 'Lax' | 'Strict' | 'None'
  /** Sets the attribute `Partitioned`, for pages embedded in other sites. `false` by default. */
  readonly cookiePartitioned?: boolean
  /**
   * Cookies end with the browser session. `true` by default; `false` keeps them for the lifetime of the token, except those
   * of a token with the claim `remember: false`.
   */
  readonly sessionCookie?: boolean
  /** Lifetime of persistent cookies. By default that of their token; 31,540,000 with the flask preset. */
  readonly persistentCookieSeconds?: number
  /**
   * Replaces an access cookie that expires within this time, on the response to a guarded request. Off by default. The new
   * cookie has the manager's attributes, so no cookie may be set with others.
   */
  readonly renewCookiesWithinSeconds?: number

  /** Requires the CSRF double-submit value for tokens in cookies, except from `trustedOrigins`. `true` by default. */
  readonly cookieCsrfProtect?: boolean
  /** Sends the value in cookies that scripts can read. `true` by default. */
  readonly csrfInCookies?: boolean
  /** Methods that require the value. POST, PUT, PATCH and DELETE by default. */
  readonly csrfMethods?: readonly string[]
  /** Header that carries the value of the access token. `X-CSRF-TOKEN` by default. */
  readonly accessCsrfHeaderName?: string
  /** Header that carries the value of the refresh token. `X-CSRF-TOKEN` by default. */
  readonly refreshCsrfHeaderName?: string
  /** Also accepts the value in a form field, if the header is absent. `false` by default. */
  readonly csrfCheckForm?: boolean
  /** Form field with the value of the access token, for `csrfCheckForm`. `csrf_token` by default. */
  readonly accessCsrfFieldName?: string
  /** Form field with the value of the refresh token, for `csrfCheckForm`. `csrf_token` by default. */
  readonly refreshCsrfFieldName?: string
  /**
   * Your other origins whose pages may send requests with cookies, such as `https://app.example`. They need no CSRF value,
   * because they could not read it: trust them as your own. None by default.
   */
  readonly trustedOrigins?: readonly string[]
}
