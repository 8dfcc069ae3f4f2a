import { commit } from '../../../core/change.ts'
import { endSurplus } from '../../../core/end-sessions.ts'
import type { RequestOrigin } from '../../../core/events.ts'
import { queueNotice } from '../../../mail/notices.ts'
import { cutOfSession, endOfSession, type Revocation } from '../../../revocations/revocation.ts'
import type { AuditEvent } from '../../../store/audit.ts'
import type { Sql } from '../../../store/engine/database.ts'
import { noteProof, type SessionProof } from '../../../store/mfa/second-factors.ts'
import { deleteSecretsOf } from '../../../store/one-time/one-time-secrets.ts'
import { lockUser } from '../../../store/sessions/session-batches.ts'
import { advanceSessions, revokeSessions } from '../../../store/sessions/sessions.ts'
import type { FoundSubject } from '../../../store/sessions/token-subjects.ts'
import type { SessionCaller } from '../../sessions/caller.ts'
import { othersOf } from '../../sessions/end-own-sessions.ts'
import { requireStepUp } from '../../sessions/step-up.ts'
import { livingSession } from '../../sessions/tokens/living-session.ts'
import { lastingSecrets } from '../../users/factors.ts'
import type { MfaParts } from '../parts.ts'

/** What changed, and how that changes what the session has proven. */
export interface FactorChange<Result> {
  readonly result: Result
  readonly events: readonly AuditEvent[]
  /** The mail that notifies the user. */
  readonly notice:
    | { readonly template: 'factor_added' | 'factor_removed'; readonly factor: string }
    | { readonly template: 'recovery_codes_made' }
  readonly proof?: SessionProof
  /** Whether existing tokens state more than is true now, and so are revoked. */
  readonly isLowered?: boolean
}

/**
 * Changes the factors of a caller, with the user locked, and clears everything pending for the user. The other sessions
 * end, because an attacker's would continue without the added factor, or with the removed one.
 * @param change Is called twice if the user has very many sessions; the first call is rolled back.
 * @returns What changed, and the session after the change.
 * @throws {TokenError} `insufficient_user_authentication`, `token_revoked`; and whatever `change` throws
 */
export async function changeFactors<Result>(
  parts: MfaParts,
  caller: SessionCaller,
  origin: RequestOrigin,
  change: (trx: Sql, found: FoundSubject, at: Date) => Promise<FactorChange<Result>>,
): Promise<{ readonly result: Result; readonly subject: FoundSubject['subject'] }> {
  const { userId, sessionId } = caller
  async function make(trx: Sql) {
    const at = parts.now()
    await lockUser(trx, userId)
    const found = await livingSession(trx, caller, at)
    requireStepUp(found, at)
    return { at, user: found.subject.user, ...(await change(trx, found, at)) }
  }
  await endSurplus(parts, othersOf(caller), 'factors_changed', origin, make)
  return commit(parts, async (trx) => {
    const { at, user, result, events, notice, proof, isLowered = false } = await make(trx)
    const { template, ...facts } = notice
    await queueNotice(trx, parts, user, template, facts, { at, origin })
    const ended = await revokeSessions(trx, othersOf(caller), 'factors_changed', at)
    await deleteSecretsOf(trx, userId, { except: lastingSecrets })
    if (proof !== undefined) await noteProof(trx, sessionId, proof)
    if (isLowered) await advanceSessions(trx, { id: sessionId })
    const { subject } = await livingSession(trx, caller, at)
    const revoked: Revocation[] = ended.map(({ id }) => endOfSession(id))
    if (isLowered) revoked.push(cutOfSession(sessionId, subject.session.generation))
    return { result: { result, subject }, revoked, events }
  })
}
