import { commit } from '../../core/change.ts'
import { endSurplus } from '../../core/end-sessions.ts'
import type { RequestOrigin } from '../../core/events.ts'
import { RequestError } from '../../errors.ts'
import { cutOfSession } from '../../revocations/revocation.ts'
import type { Sql } from '../../store/engine/database.ts'
import { lockUser } from '../../store/sessions/session-batches.ts'
import { advanceSessions } from '../../store/sessions/sessions.ts'
import type { FoundSubject } from '../../store/sessions/token-subjects.ts'
import { changePasswordHash, findUser } from '../../store/users/users.ts'
import { turnOf } from '../passwords/queue/hash-turn.ts'
import type { Caller } from '../sessions/caller.ts'
import { othersOf } from '../sessions/end-own-sessions.ts'
import type { Keeping, SessionParts } from '../sessions/parts.ts'
import { passwordReplaced } from '../sessions/password/password-replaced.ts'
import { createSessionToken, rehearseToken } from '../sessions/tokens/access-token.ts'
import { livingSession } from '../sessions/tokens/living-session.ts'
import { normalUsername } from '../users/names.ts'
import { callerInSession, type ProvenCaller } from './caller-in-session.ts'
import { requireSignInMethod, type SignInMethodParts } from './require-sign-in-method.ts'

/**
 * Sets the first password of a caller whose account has none. A recent authentication replaces the current password.
 * The other sessions end, and existing access tokens are revoked.
 * @returns A fresh access token, for clients that keep theirs in a cookie.
 * @throws {RequestError} `invalid_request`, also if the account has a password; `session_required`, `overloaded`
 * @throws {TokenError} `insufficient_user_authentication`, `token_revoked`
 */
export async function setFirstPassword(
  parts: SessionParts,
  caller: Caller,
  newPassword: string,
  origin: RequestOrigin,
  how: Keeping = {},
): Promise<string> {
  const proven = await callerInSession(parts, caller)
  const { username, email } = proven.user
  // Checked before the hash, which is expensive, and again when the user is locked.
  if (await hasPassword(parts.database.sql, caller.userId)) throw currentPasswordMissing()
  await parts.passwords.check(newPassword, 'new_password', [username, ...(email === null ? [] : [email])])
  const newHash = await parts.passwords.hash(newPassword, turnOf(origin, normalUsername(username) ?? username))
  return replace(parts, proven, { event: 'password_changed', newHash }, origin, how)
}

/**
 * Removes the caller's password; an account without one stays unchanged. The other sessions end, and existing access
 * tokens are revoked.
 * @returns A fresh access token, for clients that keep theirs in a cookie.
 * @throws {RequestError} `last_way_in` if the user could no longer sign in; `session_required`
 * @throws {TokenError} `insufficient_user_authentication`, `token_revoked`
 */
export async function removePassword(
  parts: SessionParts & SignInMethodParts,
  caller: Caller,
  origin: RequestOrigin,
  how: Keeping = {},
): Promise<string> {
  const proven = await callerInSession(parts, caller)
  if (!(await hasPassword(parts.database.sql, caller.userId))) {
    return tokenOf(parts, await livingSession(parts.database.sql, proven.session, parts.now()), how)
  }
  const check = (trx: Sql) => requireSignInMethod(trx, parts, caller.userId)
  return replace(parts, proven, { event: 'password_removed', newHash: null, check }, origin, how)
}

/** The new state of the password, and its consequences. */
interface Replacement {
  readonly event: 'password_changed' | 'password_removed'
  readonly newHash: string | null
  /** Runs after the change, in its transaction. */
  readonly check?: (trx: Sql) => Promise<void>
}

async function replace(
  parts: SessionParts,
  { session, requireStill }: ProvenCaller,
  { event, newHash, check }: Replacement,
  origin: RequestOrigin,
  how: Keeping,
): Promise<string> {
  const { userId, sessionId } = session
  async function change(trx: Sql) {
    await lockUser(trx, userId)
    const at = parts.now()
    const { user } = await requireStill(trx, at)
    const checkedHash = (await findUser(trx, userId))?.passwordHash ?? null
    if (newHash !== null && checkedHash !== null) throw currentPasswordMissing()
    await changePasswordHash(trx, { id: userId, checkedHash, newHash, now: at })
    await check?.(trx)
    return { at, user }
  }
  await rehearseToken(parts, userId)
  await endSurplus(parts, othersOf(session), 'password_changed', origin, change)
  const found = await commit(parts, async (trx) => {
    const { at, user } = await change(trx)
    const { revoked, events } = await passwordReplaced(trx, parts, session, { user, event }, { at, origin })
    await advanceSessions(trx, { id: sessionId })
    const after = await livingSession(trx, session, at)
    const cut = cutOfSession(sessionId, after.subject.session.generation)
    return { result: after, revoked: [...revoked, cut], events }
  })
  return tokenOf(parts, found, how)
}

function tokenOf(parts: SessionParts, { subject }: FoundSubject, how: Keeping): Promise<string> {
  const { authenticatedAt } = subject.session
  return createSessionToken(parts, subject, { fresh: true, authenticatedAt, ...how })
}

async function hasPassword(sql: Sql, userId: string): Promise<boolean> {
  const user = await findUser(sql, userId)
  return user !== undefined && user.passwordHash !== null
}

function currentPasswordMissing(): RequestError {
  const msg = 'This account has a password: the current one is required'
  return new RequestError('invalid_request', msg, { members: [{ member: 'current_password', msg }] })
}
