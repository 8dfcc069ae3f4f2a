import { findUser, type UserWithHash, withoutHash } from '../store/users.ts'
import type { Caller, ClaimsFor, Parts } from './parts.ts'

/** Our own login is no client of anybody's: it is named after us. */
const clientId = 'hallpass'

/**
 * An access token of a session (RFC 9068 section 2.2): `sid` names it, `gen` its generation, `roles` are the user's of this
 * moment, and `auth_time` says when the password was given. What the application adds may replace `roles`,
 * and none of the others.
 */
export async function createSessionToken(
  { jwt, claimsFor, database }: Pick<Parts, 'jwt' | 'claimsFor' | 'database'>,
  { userId, sessionId, generation }: Caller,
  roles: readonly string[],
  { fresh, authenticatedAt }: { readonly fresh: boolean; readonly authenticatedAt: Date },
): Promise<string> {
  const auth_time = Math.floor(authenticatedAt.getTime() / 1000)
  return jwt.createAccessToken(userId, {
    fresh,
    additionalClaims: {
      ...(roles.length > 0 && { roles }),
      ...(claimsFor && (await ownClaims(claimsFor, await findUser(database.sql, userId)))),
      client_id: clientId,
      auth_time,
      sid: sessionId,
      gen: generation,
    },
  })
}

/** What the application adds. Whoever was deleted meanwhile gets a token that is refused already. */
function ownClaims(claimsFor: ClaimsFor, user: UserWithHash | undefined): ReturnType<ClaimsFor> {
  return user === undefined ? {} : claimsFor(withoutHash(user))
}
