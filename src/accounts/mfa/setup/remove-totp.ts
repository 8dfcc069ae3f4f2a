import { makeEvent, type RequestOrigin } from '../../../core/events.ts'
import { RequestError } from '../../../errors.ts'
import type { Sql } from '../../../store/engine/database.ts'
import { isUuid } from '../../../store/engine/ids.ts'
import { deleteRecoveryCodesOf } from '../../../store/mfa/recovery-codes.ts'
import { recountFactors } from '../../../store/mfa/second-factors.ts'
import { deleteTotp } from '../../../store/mfa/totp.ts'
import type { TokenSubject } from '../../../store/sessions/token-subjects.ts'
import type { User } from '../../../store/users/users.ts'
import { callerInSession } from '../../own/caller-in-session.ts'
import type { Caller } from '../../sessions/caller.ts'
import type { Keeping } from '../../sessions/parts.ts'
import { createSessionToken } from '../../sessions/tokens/access-token.ts'
import type { MfaParts } from '../parts.ts'
import { changeFactors, type FactorChange } from './change-factors.ts'
import { factorNotFound } from './confirm-totp.ts'

/** What a session no longer has without a second factor. */
const ofFactors: readonly string[] = ['otp', 'recovery', 'hwk', 'swk', 'user', 'mfa']

/**
 * Removes an authenticator app of the caller. With the last one go the recovery codes, and the session has proven one factor
 * from then on: its access tokens of before are revoked.
 * @returns A fresh access token, for clients that keep theirs in a cookie.
 * @throws {RequestError} `session_required`, `factor_not_found`; `mfa_enrollment_required` for the last one where a role
 *   demands one
 * @throws {TokenError} `insufficient_user_authentication`, `token_revoked`
 */
export async function removeTotp(
  parts: MfaParts,
  { userId, sessionId }: Caller,
  id: string,
  origin: RequestOrigin,
  how: Keeping,
): Promise<string> {
  const { session: caller } = await callerInSession(parts, { userId, sessionId })
  const { subject } = await changeFactors(parts, caller, origin, async (trx, { subject: { user, session } }, at) => {
    const removed = isUuid(id) ? await deleteTotp(trx, { id, userId }) : undefined
    if (removed === undefined) throw factorNotFound()
    const details = { factor: id, name: removed.name }
    const events = [makeEvent('factor_removed', at, origin, { userId, sessionId: session.id, details })]
    const notice = { template: 'factor_removed', factor: removed.name } as const
    return { result: undefined, events, notice, ...(await afterRemoval(trx, parts, { user, session, at })) }
  })
  const { authenticatedAt } = subject.session
  return createSessionToken(parts, subject, { fresh: true, authenticatedAt, ...how })
}

/**
 * What follows from the removal of a factor: with the last one go the recovery codes, and what the session has proven by it.
 * @throws {RequestError} `mfa_enrollment_required` for the last one where a role demands one
 */
export async function afterRemoval(
  trx: Sql,
  parts: MfaParts,
  { user, session, at }: { readonly user: User; readonly session: TokenSubject['session']; readonly at: Date },
): Promise<Pick<FactorChange<never>, 'proof' | 'isLowered'>> {
  if ((await recountFactors(trx, user.id, at)) > 0) return {}
  checkDemand(parts, user)
  await deleteRecoveryCodesOf(trx, user.id)
  const amr = session.amr.filter((method) => !ofFactors.includes(method))
  return { proof: { amr, factorAt: null }, isLowered: true }
}

/** @throws {RequestError} `mfa_enrollment_required` */
function checkDemand({ gate }: MfaParts, { roles }: User): void {
  if (!roles.some((role) => gate.mfaRoles.includes(role))) return
  const msg = 'This account requires a second factor: set up another one first'
  throw new RequestError('mfa_enrollment_required', msg)
}
