import type { RequestOrigin } from '../../../core/events.ts'
import { callerInSession } from '../../own/caller-in-session.ts'
import { type Caller, deviceOfSession } from '../../sessions/caller.ts'
import type { Keeping } from '../../sessions/parts.ts'
import { createSessionToken } from '../../sessions/tokens/access-token.ts'
import type { MfaParts } from '../parts.ts'
import { withFactor } from '../verify-login.ts'
import { changeFactors } from './change-factors.ts'
import { addApp, proveApp } from './confirm-totp.ts'

/**
 * Confirms an authenticator app with its first code, for a caller in a session. The session has then proven that
 * factor.
 * @returns A fresh access token that states it, and recovery codes if the user had none.
 * @throws {RequestError} `session_required`, `factor_not_found`, `mfa_code_invalid`, `rate_limited`, `overloaded`
 * @throws {TokenError} `insufficient_user_authentication`, `token_revoked`
 */
export async function confirmInSession(
  parts: MfaParts,
  { userId, sessionId }: Caller,
  { id, code }: { readonly id: string; readonly code: string },
  origin: RequestOrigin,
  how: Keeping,
): Promise<{ readonly accessToken: string; readonly recoveryCodes: readonly string[] | undefined }> {
  const { session: caller } = await callerInSession(parts, { userId, sessionId })
  const app = await proveApp(parts, { id, userId, code, device: deviceOfSession(caller.sessionId) }, origin)
  const { result, subject } = await changeFactors(parts, caller, origin, async (trx, { subject: { session } }, at) => {
    const added = await addApp(trx, app, { at, origin, sessionId: session.id })
    const proof = { amr: withFactor(session.amr, 'otp'), factorAt: at }
    const notice = { template: 'factor_added', factor: app.totp.name } as const
    return { result: added.recoveryCodes, events: added.events, notice, proof }
  })
  const { authenticatedAt } = subject.session
  const accessToken = await createSessionToken(parts, subject, { fresh: true, authenticatedAt, ...how })
  return { accessToken, recoveryCodes: result }
}
