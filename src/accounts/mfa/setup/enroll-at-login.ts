import { endSurplus } from '../../../core/end-sessions.ts'
import type { RequestOrigin } from '../../../core/events.ts'
import { queueNotice } from '../../../mail/notices.ts'
import { endOfSession } from '../../../revocations/revocation.ts'
import type { AuditEvent } from '../../../store/audit.ts'
import type { Sql } from '../../../store/engine/database.ts'
import { deleteSecretsOf, takeSecretById } from '../../../store/one-time/one-time-secrets.ts'
import { lockUser } from '../../../store/sessions/session-batches.ts'
import { revokeSessions } from '../../../store/sessions/sessions.ts'
import { findUser } from '../../../store/users/users.ts'
import { completeLogin, type Taken } from '../../sessions/complete-login.ts'
import { emailNotVerified, missingProof } from '../../sessions/missing-proof.ts'
import { lastingSecrets } from '../../users/factors.ts'
import { type Challenge, tokenInvalid } from '../challenge.ts'
import type { FactorAmr } from '../codes/proven-factor.ts'
import type { MfaParts } from '../parts.ts'
import { type CompletedLogin, keepingOf, withFactor } from '../verify-login.ts'
import { checkEnrollable } from './begin-totp.ts'
import { type AddedApp, addApp, proveApp } from './confirm-totp.ts'

/** A factor that is proven and not stored yet. */
interface NewFactor<Added> {
  /** Its name in `amr`. */
  readonly method: FactorAmr
  /** The name that the user gives it. */
  readonly name: string
  /** Stores it, in a transaction that has locked the user. Is called twice if the user has very many sessions. */
  readonly add: (
    trx: Sql,
    about: { readonly at: Date; readonly origin: RequestOrigin; readonly sessionId: null },
  ) => Promise<Added>
}

/** A login that was completed with a new factor, and what was added. */
export interface CompletedEnrollment<Added> extends CompletedLogin {
  readonly added: Added
}

/**
 * Confirms the authenticator app that a role requires, and completes the login with it.
 * @throws {RequestError} `factor_not_found`, `mfa_code_invalid`, `rate_limited`, `overloaded`; and as `completeEnrollment`
 */
export async function enrollAtLogin(
  parts: MfaParts,
  challenge: Challenge,
  { id, code }: { readonly id: string; readonly code: string },
  origin: RequestOrigin,
): Promise<CompletedEnrollment<AddedApp>> {
  const app = await proveApp(parts, { id, userId: challenge.userId, code, device: null }, origin)
  const { name } = app.totp
  return completeEnrollment(
    parts,
    challenge,
    { method: 'otp', name, add: (trx, about) => addApp(trx, app, about) },
    origin,
  )
}

/**
 * Adds the factor that a role requires, and completes the login with it. The challenge, the proof of the factor and all
 * previous sessions end in the transaction that begins the new session.
 * @throws {RequestError} `mfa_token_invalid`; what adding it throws; and as `completeLogin`
 */
export async function completeEnrollment<Added extends { readonly events: readonly AuditEvent[] }>(
  parts: MfaParts,
  { secret, userId, amr, kept }: Challenge,
  { method, name, add }: NewFactor<Added>,
  origin: RequestOrigin,
): Promise<CompletedEnrollment<Added>> {
  async function make(trx: Sql) {
    const at = parts.now()
    if (!(await takeSecretById(trx, secret, at))) return undefined
    const user = checkEnrollable(await findUser(trx, userId))
    // Checked before anything is added, because recovery codes would be lost with the refusal.
    if (missingProof(parts.gate, user, ['mfa']) !== undefined) throw emailNotVerified()
    return { at, user, added: await add(trx, { at, origin, sessionId: null }) }
  }
  await endSurplus(parts, { userId }, 'factors_changed', origin, async (trx) => {
    await lockUser(trx, userId)
    return make(trx)
  })
  let added: Added | undefined
  async function take(trx: Sql): Promise<false | Taken> {
    const made = await make(trx)
    if (made === undefined) return false
    const { at, user } = made
    await queueNotice(trx, parts, user, 'factor_added', { factor: name }, { at, origin })
    const ended = await revokeSessions(trx, { userId }, 'factors_changed', at)
    // The tokens of a provider are for the account there that this login links.
    await deleteSecretsOf(trx, userId, { except: [...lastingSecrets, 'provider_tokens'] })
    added = made.added
    return { revoked: ended.map((session) => endOfSession(session.id)), events: added.events }
  }
  const login = { id: userId, proof: { amr: withFactor(amr, method), take } }
  const tokens = await completeLogin(parts, login, origin, keepingOf(kept))
  if (tokens === undefined || added === undefined) throw tokenInvalid()
  return { tokens, kept, added }
}
