import type { MaybePromise } from '../maybe-promise.ts'
import type { RequestView } from '../request/request-view.ts'
import type { TokenLocation } from '../request/token-location.ts'
import type { TokenExpectations, VerifiedToken } from '../tokens/read-token.ts'

/** What a route requires of its requests. */
export interface GuardOptions extends TokenExpectations {
  /** Lets anonymous requests pass; an invalid token is still rejected. `false` by default. */
  readonly optional?: boolean
  /** Where this route looks for the token, instead of the manager's `tokenLocation`. */
  readonly locations?: TokenLocation | readonly TokenLocation[]
  /** Does not call `isRevoked`. `false` by default. */
  readonly skipRevocationCheck?: boolean
  /** The token's `roles` must include one of these. Not checked by default. */
  readonly roles?: string | readonly string[]
  /** The token's `scope` must include all of these. Not checked by default. */
  readonly scopes?: string | readonly string[]
  /** The token's `amr` must include `mfa` (RFC 8176): the user has proved a second factor. `false` by default. */
  readonly mfa?: boolean
  /**
   * How long ago the user may have authenticated, by the token's `auth_time` (OpenID Connect Core section 2). A refresh does not
   * change it. Not checked by default.
   */
  readonly maxAgeSeconds?: number
  /** `strict` makes `isRevoked` check the source, not a copy: with `createAuth`, each request queries the database. */
  readonly revocation?: 'strict'
}

/** The user of a request. */
export interface Authenticated<User = unknown, Identity = string> extends VerifiedToken<Identity> {
  /** Where the token was found. */
  readonly location: TokenLocation
  /** The result of `loadUser`; absent without `loadUser`. */
  readonly user?: User
}

/** Decides about one request: returns its user, or `undefined` if it is anonymous and that is allowed. Throws {TokenError}. */
export type Guard<User, Identity = string> = (
  request: RequestView,
) => MaybePromise<Authenticated<User, Identity> | undefined>

/** One more check of a valid token. */
export type Step<User> = (authenticated: Authenticated<User>) => MaybePromise<Authenticated<User>>
