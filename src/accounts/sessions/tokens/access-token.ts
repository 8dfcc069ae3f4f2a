import { RequestError } from '../../../errors.ts'
import { additionsOf } from '../../../guard/tokens/additions.ts'
import type { Sql } from '../../../store/engine/database.ts'
import { secondsSince } from '../../../store/engine/moment.ts'
import { findSubject, type TokenSubject } from '../../../store/sessions/token-subjects.ts'
import { findUser, type User, withoutHash } from '../../../store/users/users.ts'
import type { Keeping, SessionParts } from '../parts.ts'

/** Our own login is not the client of another server, so it has our name. */
const clientId = 'hallpass'

/**
 * Issues an access token of a session (RFC 9068 section 2.2). `sid` is the session and `gen` its generation; `roles`
 * are the user's when both were read; `amr` and `acr` say how the user was authenticated; `auth_time` is when
 * the user last authenticated; `remember: false` says that its cookie ends with the browser. Claims of the application can
 * replace `roles`, and no other claim.
 *
 * A role that requires a second factor is included only if the session has proven one: a user may get such a role after
 * the login.
 *
 * The token expires one lifetime after its subject was read. A change of the user revokes it for about as long. So a
 * process that stood still in between, slept with its machine, or waited for `claimsFor`, cannot sign a token that
 * outlives its revocation.
 * @throws {RequestError} `unavailable` if that lifetime is over already
 */
export async function createSessionToken(
  {
    jwt,
    claimsFor,
    database,
    gate,
    lifetimes,
  }: Pick<SessionParts, 'jwt' | 'claimsFor' | 'database' | 'gate' | 'lifetimes'>,
  read: TokenSubject,
  { fresh, authenticatedAt, remember }: Keeping & { readonly fresh: boolean; readonly authenticatedAt: Date },
): Promise<string> {
  const { roles, session, readAt, user } = claimsFor === undefined ? read : await withUser(database.sql, read)
  const ownClaims = claimsFor && user && additionsOf('claimsFor', await claimsFor(user))
  const expiresInSeconds = lifetimes.accessTokenSeconds - Math.floor(secondsSince(readAt))
  if (expiresInSeconds <= 0) {
    throw new RequestError('unavailable', 'Issuing the token took longer than its lifetime: try again', {
      retryAfterSeconds: 1,
    })
  }
  const stated = ownClaims?.roles ?? (roles.length > 0 ? roles : undefined)
  // An absent claim is `undefined`, so that a claim of the application with its name cannot take its place.
  return jwt.createAccessToken(session.userId, {
    fresh,
    expiresInSeconds,
    additionalClaims: {
      ...ownClaims,
      roles: session.amr.includes('mfa') ? stated : allowedRoles(stated, gate.mfaRoles),
      client_id: clientId,
      amr: session.amr.length > 0 ? session.amr : undefined,
      acr: session.amr.includes('mfa') ? 'aal2' : 'aal1',
      auth_time: Math.floor(authenticatedAt.getTime() / 1000),
      sid: session.id,
      gen: session.generation,
      remember: remember === false ? remember : undefined,
    },
  })
}

/**
 * Makes a token with the application's claims, and discards it. To be called before a change whose answer has a token:
 * an application that fails then fails before a code is used up or anything has changed, and the request can be repeated.
 * @param getsToken Whether the user gets one. A user who is disabled never does.
 */
export async function rehearseToken(
  { jwt, claimsFor, database }: Pick<SessionParts, 'jwt' | 'claimsFor' | 'database'>,
  userId: string,
  getsToken: (user: User) => boolean = () => true,
): Promise<void> {
  const user = claimsFor && (await findUser(database.sql, userId))
  if (user === undefined || user.disabledAt !== null || !getsToken(user)) return
  const additionalClaims = additionsOf('claimsFor', await claimsFor?.(withoutHash(user)))
  if (additionalClaims !== undefined) jwt.createAccessToken(userId, { additionalClaims })
}

/**
 * Removes the roles that require more than the session has proven. The application may have provided roles in any form.
 */
function allowedRoles(roles: unknown, mfaRoles: readonly string[]): unknown {
  const isAllowed = (role: unknown) => !mfaRoles.some((name) => name === role)
  if (!Array.isArray(roles)) return isAllowed(roles) ? roles : undefined
  const allowed = roles.filter(isAllowed)
  return allowed.length > 0 || roles.length === 0 ? allowed : undefined
}

/**
 * Reads the user for the application's claims, together with everything else, so that nothing in the token is older
 * than the rest. If the user was deleted meanwhile, the token is already revoked.
 */
async function withUser(sql: Sql, read: TokenSubject): Promise<TokenSubject> {
  return read.user === undefined ? ((await findSubject(sql, { sessionId: read.session.id }))?.subject ?? read) : read
}
