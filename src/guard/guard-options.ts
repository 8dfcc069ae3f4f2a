import type { MaybePromise } from './maybe-promise.ts'
import type { TokenExpectations, VerifiedToken } from './read-token.ts'
import type { RequestView } from './request-view.ts'
import type { TokenLocation } from './token-location.ts'

/** What a route asks of its requests. */
export interface GuardOptions extends TokenExpectations {
  /** Lets requests without a token through, as nobody. A token that is there must still hold. `false` by default. */
  readonly optional?: boolean
  /** Where this route looks for the token, in place of the manager's `tokenLocation`. */
  readonly locations?: TokenLocation | readonly TokenLocation[]
  /** Does not ask `isRevoked`. `false` by default. */
  readonly skipRevocationCheck?: boolean
  /** The user must have one of these, in `roles` of the token. Not asked by default. */
  readonly roles?: string | readonly string[]
  /** The token must have all of these, in its `scope`. Not asked by default. */
  readonly scopes?: string | readonly string[]
  /** `strict` tells `isRevoked` to rely on no copy: of `createAuth`, the database is asked at each request. */
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
