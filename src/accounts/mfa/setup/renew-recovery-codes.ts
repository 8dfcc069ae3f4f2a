import { makeEvent, type RequestOrigin } from '../../../core/events.ts'
import { replaceRecoveryCodes } from '../../../store/mfa/recovery-codes.ts'
import { callerInSession } from '../../own/caller-in-session.ts'
import { turnOf } from '../../passwords/queue/hash-turn.ts'
import type { Caller } from '../../sessions/caller.ts'
import { makeRecoverySet } from '../codes/recovery-codes.ts'
import type { MfaParts } from '../parts.ts'
import { changeFactors } from './change-factors.ts'
import { factorNotFound } from './confirm-totp.ts'

/**
 * Makes a new set of recovery codes; the previous ones become invalid.
 * @returns The codes, which are shown once.
 * @throws {RequestError} `session_required`, `overloaded`; `factor_not_found` for a user without a factor
 * @throws {TokenError} `insufficient_user_authentication`, `token_revoked`
 */
export async function renewRecoveryCodes(
  parts: MfaParts,
  { userId, sessionId }: Caller,
  origin: RequestOrigin,
): Promise<readonly string[]> {
  const { session: caller, user } = await callerInSession(parts, { userId, sessionId })
  // Checked before the hashes, which are expensive, and again when the user is locked.
  if (user.secondFactors === 0) throw factorNotFound()
  const made = await makeRecoverySet(parts.passwords, turnOf(origin, `mfa ${userId}`))
  await changeFactors(parts, caller, origin, async (trx, { subject: { user } }, at) => {
    if (user.secondFactors === 0) throw factorNotFound()
    await replaceRecoveryCodes(trx, userId, made)
    const events = [makeEvent('recovery_codes_made', at, origin, { userId, sessionId: caller.sessionId })]
    return { result: undefined, events, notice: { template: 'recovery_codes_made' } as const }
  })
  return made.codes
}
