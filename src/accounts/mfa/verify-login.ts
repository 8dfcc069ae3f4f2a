import type { RequestOrigin } from '../../core/events.ts'
import type { RequestError } from '../../errors.ts'
import { takeSecretById } from '../../store/one-time/one-time-secrets.ts'
import { findUser } from '../../store/users/users.ts'
import { type BegunLogin, completeLogin, type Taken } from '../sessions/complete-login.ts'
import type { LoginHow } from '../sessions/parts.ts'
import { deviceOf } from '../sessions/tokens/device-token.ts'
import { type Challenge, findChallenge, type PresentedChallenge, tokenInvalid } from './challenge.ts'
import { codeInvalid } from './codes/attempt-code.ts'
import { type CodeMethod, proveFactor } from './codes/prove-factor.ts'
import type { FactorAmr, ProveFactor } from './codes/proven-factor.ts'
import type { MfaParts } from './parts.ts'

/** Tokens, and where the client said at the start of the login that it keeps them. */
export interface CompletedLogin {
  readonly tokens: BegunLogin
  readonly kept: Challenge['kept']
}

/**
 * Completes a login with a second factor. The login passes the gate, which uses up the challenge and the code in the
 * transaction that begins the session.
 * @throws {RequestError} `mfa_token_invalid`, `mfa_code_invalid`, `passkey_invalid`, `rate_limited`, `overloaded`; and as
 *   `completeLogin`
 */
export async function verifyLogin(
  parts: MfaParts,
  {
    challenge,
    factor: given,
    deviceToken,
    trustsDevice = false,
    trustedDevice = () => undefined,
  }: {
    readonly challenge: PresentedChallenge
    readonly factor: { readonly method: CodeMethod; readonly code: string } | ProveFactor
    readonly deviceToken?: string | undefined
    /** Whether to trust this device, so that it is not asked for a second factor again. */
    readonly trustsDevice?: boolean
    readonly trustedDevice?: LoginHow['trustedDevice']
  },
  origin: RequestOrigin,
): Promise<CompletedLogin> {
  const { secret, userId, amr, kept, attempt } = await findChallenge(parts, 'mfa', challenge)
  const device = await findDevice(parts, userId, deviceToken)
  const owner = { userId, device }
  const prove = () =>
    typeof given === 'function' ? given(owner, attempt) : proveFactor(parts, { ...owner, ...given }, origin, attempt)
  const factor = await prove().catch(async (error) => {
    // If another request was first, it has used up the code together with the challenge; all others get the same
    // answer.
    if (error.code === 'mfa_code_invalid' || error.code === 'passkey_invalid')
      await findChallenge(parts, 'mfa', challenge)
    throw error
  })
  // Which of the two was used up meanwhile decides the refusal.
  let refusal: RequestError = tokenInvalid()
  async function take(trx: Parameters<typeof factor.take>[0]): Promise<false | Taken> {
    const at = parts.now()
    if (!(await takeSecretById(trx, secret, at))) return false
    const events = await factor.take(trx, at)
    if (events !== undefined) return { revoked: [], events }
    refusal = codeInvalid()
    return false
  }
  const login = {
    id: userId,
    proof: { amr: withFactor(amr, factor.method), take },
    isKnownDevice: device !== null,
    trustsDevice,
  }
  const tokens = await completeLogin(parts, login, origin, { ...keepingOf(kept), trustedDevice })
  if (tokens === undefined) throw refusal
  return { tokens, kept }
}

/** The device of an earlier login with a second factor. */
async function findDevice(
  { database, secrets }: MfaParts,
  userId: string,
  token: string | undefined,
): Promise<string | null> {
  if (token === undefined) return null
  return deviceOf(secrets, await findUser(database.sql, userId), token, { withFactor: true })
}

/** Adds a second factor to what was proven (RFC 8176). */
export function withFactor(amr: readonly string[], method: FactorAmr): string[] {
  return [...new Set([...amr, method, 'mfa'])]
}

/** Only tokens in cookies state whether they outlive the browser. */
export function keepingOf({ cookies, remember }: Challenge['kept']): { readonly remember?: boolean } {
  return cookies ? { remember } : {}
}
