import type { Claims } from '../../token/claims.ts'
import type { JsonObject } from '../../token/strict-json.ts'

/**
 * The types of your own claims and users, for every guarded handler. Declare them once:
 * @example
 * import 'hallpass'
 *
 * declare module 'hallpass' {
 *   interface Custom {
 *     claims: { readonly tenant: string }
 *     user: { readonly name: string }
 *     identity: string | number // with verifySub: false, on Express and Fastify
 *   }
 * }
 */
// biome-ignore lint/suspicious/noEmptyInterface: it is for others to fill
export interface Custom {}

/** `claims` of `Custom`. */
export type CustomClaims = Custom extends { readonly claims: infer Own } ? Own : unknown

/** `user` of `Custom`, for frameworks whose types cannot infer it from `loadUser`. */
export type CustomUser = Custom extends { readonly user: infer Own } ? Own : unknown

/** `identity` of `Custom`, for frameworks whose types cannot infer it from the manager. */
export type CustomIdentity = Custom extends { readonly identity: infer Own } ? Own : string

/**
 * The identity in a token: a string, or also a number with `verifySub: false`. (`verifySub: false` accepts any JSON value, but
 * no issuer is known to write others.)
 */
export type TokenIdentity<VerifySub extends boolean> = VerifySub extends true ? string : string | number

/** Claims of a token that a `JwtManager` issued or accepted. Absent `type`, `fresh` and `jti` have defaults. */
export type JwtClaims<Identity = CustomIdentity> = [Identity] extends [string]
  ? ManagedClaims & CustomClaims
  : WithSub<ManagedClaims & CustomClaims, Identity>

/** The same claims with another `sub`. Without the claims that have no name, or every name would be one of those. */
type WithSub<All, Sub> = {
  [Name in keyof All as string extends Name ? never : number extends Name ? never : Exclude<Name, 'sub'>]: All[Name]
} & { readonly sub?: Sub } & Readonly<JsonObject>

/** The claims that hallpass writes or checks, including those of RFC 7519. */
export interface ManagedClaims
  extends Readonly<JsonObject>,
    Pick<Claims, 'iss' | 'sub' | 'aud' | 'exp' | 'nbf' | 'iat'> {
  /** `access` or `refresh`; with the flask preset, also other values that an issuer wrote. */
  readonly type: string
  /** Whether the user just logged in, or Unix seconds until when that counts. */
  readonly fresh: boolean | number
  /** The id of the token, for revocation; `null` in a token without one, which `requireJti: false` and the presets `plain` and `flask` accept. */
  readonly jti: string | null
  /** The roles of the user (RFC 9068 section 2.2.3.1), as the issuer wrote them. */
  readonly roles?: readonly string[]
  /** The scopes of the token, separated by spaces (RFC 8693 section 4.2). */
  readonly scope?: string
  /** How the user authenticated (RFC 8176), as the issuer wrote it; with `mfa`, by more than one factor. */
  readonly amr?: readonly string[]
  /** The authentication context class, as the issuer wrote it: `aal1`, or `aal2` with a second factor. */
  readonly acr?: string
  /** When the user authenticated, Unix seconds. */
  readonly auth_time?: number
}
