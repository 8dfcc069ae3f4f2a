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
 *   }
 * }
 */
// biome-ignore lint/suspicious/noEmptyInterface: it is for others to fill
export interface Custom {}

/** `claims` of `Custom`. */
export type CustomClaims = Custom extends { readonly claims: infer Own } ? Own : unknown

/** `user` of `Custom`, for frameworks in which a guard cannot tell what its `loadUser` finds. */
export type CustomUser = Custom extends { readonly user: infer Own } ? Own : unknown

/** Claims of a token that a `JwtManager` made or accepted: absent `type`, `fresh` and `jti` are filled in. */
export type JwtClaims = ManagedClaims & CustomClaims

/** The claims that hallpass writes or asks for, those of RFC 7519 included. */
export interface ManagedClaims
  extends Readonly<JsonObject>,
    Pick<Claims, 'iss' | 'sub' | 'aud' | 'exp' | 'nbf' | 'iat'> {
  /** `access` or `refresh`; with the flask preset, whatever else an issuer wrote. */
  readonly type: string
  /** Whether the user just logged in, or Unix seconds until when that counts. */
  readonly fresh: boolean | number
  /** Names the token for revocation; `null` in a token without one, which `requireJti: false` and the presets `plain` and `flask` accept. */
  readonly jti: string | null
  /** What the user is (RFC 9068 section 2.2.3.1), as whoever made the token wrote it. */
  readonly roles?: readonly string[]
  /** What the token may be used for, with blanks (RFC 8693 section 4.2). */
  readonly scope?: string
}
