import { makeEvent, type RequestOrigin } from '../../../core/events.ts'
import { later } from '../../../core/time.ts'
import { RequestError } from '../../../errors.ts'
import type { AuditEvent } from '../../../store/audit.ts'
import type { Sql } from '../../../store/engine/database.ts'
import { isUuid } from '../../../store/engine/ids.ts'
import { recountFactors } from '../../../store/mfa/second-factors.ts'
import { confirmTotp, findUnconfirmedTotp, type Totp } from '../../../store/mfa/totp.ts'
import { rehearseToken } from '../../sessions/tokens/access-token.ts'
import { attemptCode, codeInvalid } from '../codes/attempt-code.ts'
import { addMissingCodes, makeMissingCodes } from '../codes/missing-codes.ts'
import type { NewRecoverySet } from '../codes/recovery-codes.ts'
import { openSecret, stepOfCode } from '../codes/totp.ts'
import type { MfaParts } from '../parts.ts'

/** How long an app can be confirmed after it was begun. */
const unconfirmedSeconds = 60 * 60

/** An authenticator app whose first code was right, with recovery codes to store if the user has none. */
export interface ProvenApp {
  readonly totp: Totp
  readonly step: number
  readonly recovery: NewRecoverySet | undefined
}

/**
 * Proves an app that was begun, without storing anything.
 * @throws {RequestError} `factor_not_found`, `mfa_code_invalid`, `rate_limited`, `overloaded`
 */
export async function proveApp(
  parts: MfaParts,
  {
    id,
    userId,
    code,
    device,
  }: { readonly id: string; readonly userId: string; readonly code: string; readonly device: string | null },
  origin: RequestOrigin,
): Promise<ProvenApp> {
  const { database, secrets, now } = parts
  const since = later(now(), -unconfirmedSeconds)
  const totp = isUuid(id) ? await findUnconfirmedTotp(database.sql, { id, userId }, since) : undefined
  if (totp === undefined) throw factorNotFound()
  const step = await attemptCode(parts, { purpose: 'mfa_enrollment', userId, device }, origin, async () => {
    const secret = openSecret(secrets, totp)
    return secret === undefined ? undefined : stepOfCode(secret, code, now())
  })
  const recovery = await makeMissingCodes(parts, userId, origin)
  await rehearseToken(parts, userId)
  return { totp, step, recovery }
}

/** What was added, and the recovery codes, which are shown once. */
export interface AddedApp {
  readonly recoveryCodes: readonly string[] | undefined
  readonly events: readonly AuditEvent[]
}

/**
 * Adds a proven app, in a transaction that has locked the user. It cannot exceed the maximum, because a user has only
 * one unconfirmed app at a time.
 * @throws {RequestError} `mfa_code_invalid` if another request was first
 */
export async function addApp(
  trx: Sql,
  { totp, step, recovery }: ProvenApp,
  { at, origin, sessionId }: { readonly at: Date; readonly origin: RequestOrigin; readonly sessionId: string | null },
): Promise<AddedApp> {
  const { id, userId, name } = totp
  if (!(await confirmTotp(trx, totp, { step, now: at }))) throw codeInvalid()
  await recountFactors(trx, userId, at)
  return {
    recoveryCodes: await addMissingCodes(trx, userId, recovery, codeInvalid),
    events: [makeEvent('factor_added', at, origin, { userId, sessionId, details: { factor: id, name } })],
  }
}

export function factorNotFound(): RequestError {
  return new RequestError('factor_not_found', 'No such second factor')
}
