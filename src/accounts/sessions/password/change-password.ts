import { type Change, commit } from '../../../core/change.ts'
import { endSurplus } from '../../../core/end-sessions.ts'
import type { RequestOrigin } from '../../../core/events.ts'
import { RequestError } from '../../../errors.ts'
import { cutOfSession } from '../../../revocations/revocation.ts'
import type { Sql } from '../../../store/engine/database.ts'
import { noteProof } from '../../../store/mfa/second-factors.ts'
import { lockUser } from '../../../store/sessions/session-batches.ts'
import { advanceSessions } from '../../../store/sessions/sessions.ts'
import type { TokenSubject } from '../../../store/sessions/token-subjects.ts'
import { changePasswordHash, findUser, type User } from '../../../store/users/users.ts'
import type { ProvenUser } from '../../passwords/check-password.ts'
import { turnOf } from '../../passwords/queue/hash-turn.ts'
import { withPassword } from '../../passwords/with-password.ts'
import { attemptOfCaller, type Caller } from '../caller.ts'
import { othersOf } from '../end-own-sessions.ts'
import type { Keeping, SessionParts } from '../parts.ts'
import { requireFactor, requireNoFactor } from '../step-up.ts'
import { createSessionToken, rehearseToken } from '../tokens/access-token.ts'
import { livingSession } from '../tokens/living-session.ts'
import { passwordReplaced } from './password-replaced.ts'

/**
 * Replaces the caller's password, ends the other sessions, and revokes every access token of the user. The caller's own
 * session continues: its refresh token gets a new access token.
 * @returns A fresh access token, for clients that keep theirs in a cookie; `undefined` for a caller without a session.
 * @throws {RequestError} `invalid_credentials`, `invalid_request`, `rate_limited`, `overloaded`, `unavailable`
 * @throws {TokenError} `token_revoked` if the session ends meanwhile; `insufficient_user_authentication` if the account
 *   has a second factor that the session has not proven recently, or the caller has no session
 */
export async function changePassword(
  parts: SessionParts,
  caller: Caller,
  { currentPassword, newPassword }: { readonly currentPassword: string; readonly newPassword: string },
  origin: RequestOrigin,
  how: Keeping = {},
): Promise<string | undefined> {
  await checkFactor(parts.database.sql, caller, parts.now())
  const attempt = await attemptOfCaller(parts, caller, currentPassword, origin)
  let newHash: string | undefined
  const { subject } = await withPassword(parts, attempt, async ({ user }) => {
    if (newHash === undefined) {
      await rehearseToken(parts, caller.userId)
      await checkNewPassword(parts, user, { currentPassword, newPassword })
      newHash = await parts.passwords.hash(newPassword, turnOf(origin, attempt.account))
    }
    const replacement = { user, newHash }
    const rehearsal = (trx: Sql) => replaceHash(trx, caller, replacement, parts.now())
    await endSurplus(parts, othersOf(caller), 'password_changed', origin, rehearsal)
    return commit(parts, (trx) => replacePassword(trx, parts, caller, replacement, origin))
  })
  return subject && createSessionToken(parts, subject, { fresh: true, authenticatedAt: parts.now(), ...how })
}

/** Checked before anything else, and again in the transaction. */
async function checkFactor(sql: Sql, { userId, sessionId }: Caller, at: Date): Promise<void> {
  if (sessionId !== undefined) return requireFactor(await livingSession(sql, { userId, sessionId }, at), at)
  const user = await findUser(sql, userId)
  if (user !== undefined) requireNoFactor(user)
}

async function checkNewPassword(
  { passwords }: Pick<SessionParts, 'passwords'>,
  { username, email }: User,
  { currentPassword, newPassword }: { readonly currentPassword: string; readonly newPassword: string },
): Promise<void> {
  if (currentPassword.normalize('NFKC') === newPassword.normalize('NFKC')) {
    const msg = 'The new password is the same as the old one'
    throw new RequestError('invalid_request', msg, { members: [{ member: 'new_password', msg }] })
  }
  await passwords.check(newPassword, 'new_password', [username, ...(email === null ? [] : [email])])
}

/** The change up to its last refusal. @returns `false` if the password was replaced after it was compared. */
async function replaceHash(trx: Sql, caller: Caller, { user, newHash }: ProvenUser, at: Date): Promise<boolean> {
  const change = { id: user.id, checkedHash: user.passwordHash, newHash, now: at }
  if (!(await changePasswordHash(trx, change))) return false
  await checkFactor(trx, caller, at)
  return true
}

/** In this order: the user, whom this locks; then the sessions; then the contents of the next token. */
async function replacePassword(
  trx: Sql,
  parts: SessionParts,
  caller: Caller,
  replacement: ProvenUser,
  origin: RequestOrigin,
): Promise<Change<{ readonly subject: TokenSubject | undefined } | undefined>> {
  const { user } = replacement
  const { sessionId } = caller
  await lockUser(trx, user.id)
  const at = parts.now()
  if (!(await replaceHash(trx, caller, replacement, at))) return { result: undefined, events: [] }
  const about = { user, event: 'password_changed' } as const
  const { revoked, events } = await passwordReplaced(trx, parts, caller, about, { at, origin })
  if (sessionId === undefined) return { result: { subject: undefined }, revoked, events }
  await noteProof(trx, sessionId, { authenticatedAt: at })
  await advanceSessions(trx, { id: sessionId })
  const { subject } = await livingSession(trx, { userId: user.id, sessionId }, at)
  return { result: { subject }, revoked: [...revoked, cutOfSession(sessionId, subject.session.generation)], events }
}
