import { makeEvent, type RequestOrigin } from '../../../core/events.ts'
import { RequestError } from '../../../errors.ts'
import { queueNotice } from '../../../mail/notices.ts'
import type { ServerSecret } from '../../../secrets/server-secret.ts'
import {
  countRecoveryCodes,
  findRecoverySet,
  hasRecoveryCode,
  takeRecoveryCode,
} from '../../../store/mfa/recovery-codes.ts'
import { listTotps, type Totp, takeTotpStep } from '../../../store/mfa/totp.ts'
import { findUser } from '../../../store/users/users.ts'
import { turnOf } from '../../passwords/queue/hash-turn.ts'
import type { MfaParts } from '../parts.ts'
import { attemptCode } from './attempt-code.ts'
import { cappedAttempt } from './cap-attempts.ts'
import type { CountedAttempt, FactorOwner, ProvenFactor } from './proven-factor.ts'
import { readRecoveryCode } from './recovery-codes.ts'
import { openSecret, sealSecret, stepOfCode } from './totp.ts'

/** The factors that are proven by a code. */
export type CodeMethod = 'totp' | 'recovery_code'

/** A code that a client presents as a second factor of a user. */
export interface GivenCode extends FactorOwner {
  readonly method: CodeMethod
  readonly code: string
}

/**
 * Proves a second factor, without using it up.
 * @throws {RequestError} `mfa_code_invalid`, `rate_limited`, `overloaded`; `unavailable` if the secrets of all apps cannot
 *   be decrypted; and whatever `attempt` throws
 */
export function proveFactor(
  parts: MfaParts,
  given: GivenCode,
  origin: RequestOrigin,
  attempt: CountedAttempt = (prove) => prove(),
): Promise<ProvenFactor> {
  const { userId, device } = given
  return attemptCode(parts, { purpose: 'mfa', userId, device }, origin, () =>
    attempt(() =>
      cappedAttempt(parts, given, origin, () =>
        given.method === 'totp' ? proveTotp(parts, given) : proveRecoveryCode(parts, given, origin),
      ),
    ),
  )
}

async function proveTotp(
  { database, secrets, now }: MfaParts,
  { userId, code }: GivenCode,
): Promise<ProvenFactor | undefined> {
  let isCompared = false
  const totps = await listTotps(database.sql, userId)
  for (const totp of totps) {
    const secret = openSecret(secrets, totp)
    if (secret !== undefined) isCompared = true
    const step = secret === undefined ? undefined : await stepOfCode(secret, code, now())
    if (secret === undefined || step === undefined || step <= totp.lastStep) continue
    const sealed = isSealedUnderCurrent(secrets, totp) ? undefined : sealSecret(secrets, totp.id, secret)
    return {
      method: 'otp',
      take: async (trx, at) => ((await takeTotpStep(trx, totp, { step, now: at, sealed })) ? [] : undefined),
    }
  }
  // The code may be right, so this does not count as a failed attempt. It does if an app was compared: that app's code
  // could otherwise be guessed without limit.
  if (totps.length > 0 && !isCompared)
    throw new RequestError('unavailable', 'This server cannot read the secret of the authenticator app')
  return undefined
}

/**
 * Whether an app's secret is sealed with the server's current secret. If not, it is sealed again when it is used, so
 * that a server without a key ring also rotates its keys.
 */
function isSealedUnderCurrent({ sealing }: ServerSecret, { sealed }: Totp): boolean {
  return sealed.sealedUnder === sealing('totp').currentId
}

async function proveRecoveryCode(
  parts: MfaParts,
  { userId, code: text }: GivenCode,
  origin: RequestOrigin,
): Promise<ProvenFactor | undefined> {
  const { database, passwords } = parts
  const code = readRecoveryCode(text)
  const set = code === undefined ? undefined : await findRecoverySet(database.sql, userId)
  if (code === undefined || set === undefined) return undefined
  const salt = Buffer.from(set.salt, 'base64')
  const hash = await passwords.hashCode(code, { salt, sample: set.sample }, turnOf(origin, `mfa ${userId}`))
  if (!(await hasRecoveryCode(database.sql, userId, hash))) return undefined
  return {
    method: 'recovery',
    async take(trx, at) {
      if (!(await takeRecoveryCode(trx, userId, hash, at))) return undefined
      const remaining = await countRecoveryCodes(trx, userId)
      const user = await findUser(trx, userId)
      if (user !== undefined) await queueNotice(trx, parts, user, 'recovery_code_used', { remaining }, { at, origin })
      return [makeEvent('recovery_code_used', at, origin, { userId, details: { remaining } })]
    },
  }
}
