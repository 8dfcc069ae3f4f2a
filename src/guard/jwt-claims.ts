import type { Claims } from '../token/claims.ts'
import type { JsonObject } from '../token/strict-json.ts'

/**
 * What your own tokens and users hold, for the types behind every guard. Declare it once:
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

/** `user` of `Custom`, for frameworks in which a guard cannot tell what its `loadUser` finds. */
export type CustomUser = Custom extends { readonly user: infer Own } ? Own : unknown

/** `identity` of `Custom`, for frameworks in which a guard cannot tell what its manager accepts. */
export type CustomIdentity = Custom extends { readonly identity: infer Own } ? Own : string

/**
 * What tokens call their user: text, and numbers too where `verifySub: false` accepts them. (`verifySub: false` lets any JSON
 * through; what else there is, no issuer is known to write.)
 */
export type TokenIdentity<VerifySub extends boolean> = VerifySub extends true ? string : string | number

/** Claims of a token that a `JwtManager` made or accepted: absent `type`, `fresh` and `jti` are filled in. */
export type JwtClaims<Identity = CustomIdentity> = [Identity] extends [string]
  ? ManagedClaims & CustomClaims
  : WithSub<ManagedClaims & CustomClaims, Identity>

/** The same claims with another `sub`. Without the claims that have no name, or every name would be one of those. */
type WithSub<All, Sub> = {
  [Name in keyof All as string extends Name ? never : number extends Name ? never : Exclude<Name, 'sub'>]: All[Name]
} & { readonly sub?: Sub } & Readonly<JsonObject>

/** The claims that hallpass writes or asks for, those of RFC 7519 included. */
export interface ManagedClaims extends Claims {
  /** `access` or `refresh`; with the flask preset, whatever else an issuer wrote. */
  readonly type: string
  /** Whether the user just logged in, or Unix seconds until when that counts. */
  readonly fresh: boolean | number
  /** Names the token for revocation; `null` only where the flask preset accepted a token without one. */
  readonly jti: string
  /** What the user is (RFC 9068 section 2.2.3.1), as whoever made the token wrote it. */
  readonly roles?: readonly string[]
  /** What the token may be used for, with blanks (RFC 8693 section 4.2). */
  readonly scope?: string
}
