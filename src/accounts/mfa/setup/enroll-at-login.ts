import { endSurplus } from '../../../core/end-sessions.ts'
import type { RequestOrigin } from '../../../core/events.ts'
import { queueNotice } from '../../../mail/notices.ts'
import { endOfSession } from '../../../revocations/revocation.ts'
import type { Sql } from '../../../store/database.ts'
import { deleteSecretsOf, takeSecretById } from '../../../store/one-time-secrets.ts'
import { lockUser } from '../../../store/session-batches.ts'
import { revokeSessions } from '../../../store/sessions.ts'
import { findUser } from '../../../store/users.ts'
import { completeLogin, type Taken } from '../../sessions/complete-login.ts'
import { emailNotVerified, missingProof } from '../../sessions/missing-proof.ts'
import { lastingSecrets } from '../../users/factors.ts'
import { type Challenge, tokenInvalid } from '../challenge.ts'
import type { MfaParts } from '../parts.ts'
import { type CompletedLogin, keepingOf, withFactor } from '../verify-login.ts'
import { checkEnrollable } from './begin-totp.ts'
import { addApp, proveApp } from './confirm-totp.ts'

/**
 * Confirms the authenticator app that a role demands, and completes the login with it: the challenge, the code and all
 * sessions of before end in the transaction that begins the session.
 * @throws {RequestError} `mfa_token_invalid`, `factor_not_found`, `mfa_code_invalid`, `rate_limited`, `overloaded`; and as
 *   `completeLogin`
 */
export async function enrollAtLogin(
  parts: MfaParts,
  { secret, userId, amr, kept }: Challenge,
  { id, code }: { readonly id: string; readonly code: string },
  origin: RequestOrigin,
): Promise<CompletedLogin & { readonly recoveryCodes: readonly string[] | undefined }> {
  const app = await proveApp(parts, { id, userId, code, device: null }, origin)
  async function add(trx: Sql) {
    const at = parts.now()
    if (!(await takeSecretById(trx, secret, at))) return undefined
    const user = checkEnrollable(await findUser(trx, userId))
    // Before anything is added: the recovery codes would be lost with the refusal.
    if (missingProof(parts.gate, user, ['mfa']) !== undefined) throw emailNotVerified()
    return { at, user, added: await addApp(trx, app, { at, origin, sessionId: null }) }
  }
  await endSurplus(parts, { userId }, 'factors_changed', origin, async (trx) => {
    await lockUser(trx, userId)
    return add(trx)
  })
  let recoveryCodes: readonly string[] | undefined
  async function take(trx: Sql): Promise<false | Taken> {
    const done = await add(trx)
    if (done === undefined) return false
    const { at, user, added } = done
    await queueNotice(trx, parts, user, 'factor_added', { factor: app.totp.name }, { at, origin })
    const ended = await revokeSessions(trx, { userId }, 'factors_changed', at)
    await deleteSecretsOf(trx, userId, { except: lastingSecrets })
    recoveryCodes = added.recoveryCodes
    return { revoked: ended.map((session) => endOfSession(session.id)), events: added.events }
  }
  const login = { id: userId, proof: { amr: withFactor(amr, 'otp'), take } }
  const tokens = await completeLogin(parts, login, origin, keepingOf(kept))
  if (tokens === undefined) throw tokenInvalid()
  return { tokens, kept, recoveryCodes }
}
