import { makeEvent, type RequestOrigin } from '../../../core/events.ts'
import { RequestError } from '../../../errors.ts'
import type { Sql } from '../../../store/engine/database.ts'
import { deleteRecoveryCodesOf } from '../../../store/mfa/recovery-codes.ts'
import { recountFactors } from '../../../store/mfa/second-factors.ts'
import type { TokenSubject } from '../../../store/sessions/token-subjects.ts'
import type { User } from '../../../store/users/users.ts'
import { requiresFactor } from '../../devices/required-factor.ts'
import { callerInSession } from '../../own/caller-in-session.ts'
import type { Caller } from '../../sessions/caller.ts'
import type { Keeping } from '../../sessions/parts.ts'
import { createSessionToken, rehearseToken } from '../../sessions/tokens/access-token.ts'
import type { MfaParts } from '../parts.ts'
import { changeFactors, type FactorChange } from './change-factors.ts'

/** Methods that a session loses when the last second factor is removed. */
const ofFactors: readonly string[] = ['otp', 'recovery', 'hwk', 'swk', 'user', 'mfa']

/** A factor of the caller, of either kind. */
interface FactorToRemove {
  readonly id: string
  /** Deletes its row, or refuses to. */
  readonly remove: (trx: Sql) => Promise<{ readonly name: string }>
  /** What the event says beyond its id and name. */
  readonly details?: { readonly passkey: true }
}

/**
 * Removes a second factor of the caller. If it was the last one, the recovery codes are removed too, the session has proven
 * one factor from then on, and its existing access tokens are revoked.
 * @returns A fresh access token, for clients that keep theirs in a cookie.
 * @throws {RequestError} `session_required`; `mfa_enrollment_required` for the last factor if a role requires one; and what
 *   `remove` throws
 * @throws {TokenError} `insufficient_user_authentication`, `token_revoked`
 */
export async function removeFactor(
  parts: MfaParts,
  { userId, sessionId }: Caller,
  { id, remove, details }: FactorToRemove,
  origin: RequestOrigin,
  how: Keeping,
): Promise<string> {
  const { session: caller } = await callerInSession(parts, { userId, sessionId })
  await rehearseToken(parts, userId)
  const { subject } = await changeFactors(parts, caller, origin, async (trx, { subject: { user, session } }, at) => {
    const { name } = await remove(trx)
    const about = { userId, sessionId: session.id, details: { factor: id, name, ...details } }
    return {
      result: undefined,
      events: [makeEvent('factor_removed', at, origin, about)],
      notice: { template: 'factor_removed', factor: name } as const,
      ...(await afterRemoval(trx, parts, { user, session, at })),
    }
  })
  const { authenticatedAt } = subject.session
  return createSessionToken(parts, subject, { fresh: true, authenticatedAt, ...how })
}

async function afterRemoval(
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
function checkDemand({ gate }: MfaParts, user: User): void {
  if (!requiresFactor(user, gate)) return
  const msg = 'This account requires a second factor: set up another one first'
  throw new RequestError('mfa_enrollment_required', msg)
}
