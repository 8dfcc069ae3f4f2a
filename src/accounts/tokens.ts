import { RequestError } from '../errors.ts'
import type { TokenSubject } from '../store/token-subjects.ts'
import type { Parts } from './parts.ts'

/** Our own login is no client of anyone's: it is named after us. */
const clientId = 'hallpass'

/**
 * An access token of a session (RFC 9068 section 2.2): `sid` names it, `gen` its generation, `roles` are the user's when
 * both were read, and `auth_time` says when the password was given. What the application adds may replace `roles`,
 * and none of the others.
 *
 * It ends one life after its subject was read. A change of the user revokes it for about as long, so that a process which
 * stood still between the two, or waited for `claimsFor`, signs nothing that would outlive its revocation.
 * @throws {RequestError} `unavailable` where that life is over already
 */
export async function createSessionToken(
  { jwt, claimsFor, lifetimes }: Pick<Parts, 'jwt' | 'claimsFor' | 'lifetimes'>,
  { user, session, readAt }: TokenSubject,
  { fresh, authenticatedAt }: { readonly fresh: boolean; readonly authenticatedAt: Date },
): Promise<string> {
  const ownClaims = claimsFor && (await claimsFor(user))
  const expiresInSeconds = lifetimes.accessTokenSeconds - Math.floor((performance.now() - readAt) / 1000)
  if (expiresInSeconds <= 0) {
    throw new RequestError('unavailable', 'The token took longer to make than it would have lived', {
      retryAfterSeconds: 1,
    })
  }
  return jwt.createAccessToken(user.id, {
    fresh,
    expiresInSeconds,
    additionalClaims: {
      ...(user.roles.length > 0 && { roles: user.roles }),
      ...ownClaims,
      client_id: clientId,
      auth_time: Math.floor(authenticatedAt.getTime() / 1000),
      sid: session.id,
      gen: session.generation,
    },
  })
}
