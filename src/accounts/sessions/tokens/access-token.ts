import { RequestError } from '../../../errors.ts'
import { additionsOf } from '../../../guard/tokens/additions.ts'
import type { Sql } from '../../../store/engine/database.ts'
import { findSubject, type TokenSubject } from '../../../store/sessions/token-subjects.ts'
import type { User } from '../../../store/users/users.ts'
import type { Keeping, SessionParts } from '../parts.ts'

/** Our own login is no client of anyone's: it is named after us. */
const clientId = 'hallpass'

/**
 * An access token of a session (RFC 9068 section 2.2): `sid` names it, `gen` its generation, `roles` are the user's when
 * both were read, `amr` and `acr` say how the user was authenticated, `auth_time` says when the password was given, and
 * `remember: false` that its cookie ends with the browser. What the application adds may replace `roles`, and none of the
 * others.
 *
 * A role that demands a second factor is stated of a session that has proven one: a login is not the only moment at which
 * a session and such a role meet.
 *
 * It ends one life after its subject was read. A change of the user revokes it for about as long, so that a process which
 * stood still between the two, or waited for `claimsFor`, signs nothing that would outlive its revocation.
 * @throws {RequestError} `unavailable` where that life is over already
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
  const expiresInSeconds = lifetimes.accessTokenSeconds - Math.floor((performance.now() - readAt) / 1000)
  if (expiresInSeconds <= 0) {
    throw new RequestError('unavailable', 'Issuing the token took longer than its lifetime: try again', {
      retryAfterSeconds: 1,
    })
  }
  const stated = ownClaims?.roles ?? (roles.length > 0 ? roles : undefined)
  // An absent member is `undefined`: what the application calls by its name must not take its place.
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
 * Makes a token of what the application adds, and discards it. To be called before a change whose answer has a token beside
 * something that is shown once: an application that fails then fails before anything has changed.
 */
export async function rehearseToken(
  { jwt, claimsFor }: Pick<SessionParts, 'jwt' | 'claimsFor'>,
  user: User,
): Promise<void> {
  const additionalClaims = claimsFor && additionsOf('claimsFor', await claimsFor(user))
  if (additionalClaims !== undefined) jwt.createAccessToken(user.id, { additionalClaims })
}

/** Roles without those that demand more than the session has proven. The application may have written them in any form. */
function allowedRoles(roles: unknown, mfaRoles: readonly string[]): unknown {
  const isAllowed = (role: unknown) => !mfaRoles.some((name) => name === role)
  if (!Array.isArray(roles)) return isAllowed(roles) ? roles : undefined
  const allowed = roles.filter(isAllowed)
  return allowed.length > 0 || roles.length === 0 ? allowed : undefined
}

/**
 * What the application's claims are made of, read anew with all else, so that none of it is older than the rest. A user who
 * was deleted meanwhile gets a token that is refused already.
 */
async function withUser(sql: Sql, read: TokenSubject): Promise<TokenSubject> {
  return read.user === undefined ? ((await findSubject(sql, { sessionId: read.session.id }))?.subject ?? read) : read
}
