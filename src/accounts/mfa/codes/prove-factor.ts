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
import type { FactorOwner, ProvenFactor } from './proven-factor.ts'
import { readRecoveryCode } from './recovery-codes.ts'
import { openSecret, sealSecret, stepOfCode } from './totp.ts'

/** The factors that are proven by a code. */
export type CodeMethod = 'totp' | 'recovery_code'

/** A code that a client gives as a second factor of a user. */
export interface GivenCode extends FactorOwner {
  readonly method: CodeMethod
  readonly code: string
}

/**
 * Proves a second factor. It is not used up by this.
 * @param count Counts the attempt where more than the account is counted; it throws where there were enough.
 * @throws {RequestError} `mfa_code_invalid`, `rate_limited`, `overloaded`; `unavailable` if the secret of an app cannot be decrypted
 */
export function proveFactor(
  parts: MfaParts,
  given: GivenCode,
  origin: RequestOrigin,
  count: () => Promise<void> = async () => {},
): Promise<ProvenFactor> {
  const { userId, device } = given
  return attemptCode(parts, { purpose: 'mfa', userId, device }, origin, async () => {
    await count()
    return cappedAttempt(parts, given, origin, () =>
      given.method === 'totp' ? proveTotp(parts, given) : proveRecoveryCode(parts, given, origin),
    )
  })
}

async function proveTotp(
  { database, secrets, now }: MfaParts,
  { userId, code }: GivenCode,
): Promise<ProvenFactor | undefined> {
  let isClosed = false
  for (const totp of await listTotps(database.sql, userId)) {
    const secret = openSecret(secrets, totp)
    if (secret === undefined) isClosed = true
    const step = secret === undefined ? undefined : await stepOfCode(secret, code, now())
    if (secret === undefined || step === undefined || step <= totp.lastStep) continue
    const sealed = isSealedUnderCurrent(secrets, totp) ? undefined : sealSecret(secrets, totp.id, secret)
    return {
      method: 'otp',
      take: async (trx, at) => ((await takeTotpStep(trx, totp, { step, now: at, sealed })) ? [] : undefined),
    }
  }
  // The code may be right: nothing says that it was wrong, and it does not count as an attempt.
  if (isClosed) throw new RequestError('unavailable', 'This server cannot read the secret of the authenticator app')
  return undefined
}

/** What is sealed under a previous secret is sealed anew when it is used: a server without a key ring rotates its keys too. */
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
