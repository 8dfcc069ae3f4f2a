import type { RequestOrigin } from '../../../core/events.ts'
import { RequestError } from '../../../errors.ts'
import { listKnownAddresses } from '../../../store/sessions/sessions.ts'
import { auditedAttempt } from '../../passwords/limits/audited-attempt.ts'
import type { MfaParts } from '../parts.ts'

/** What attempts at codes and passkeys are counted under, separately from passwords and from each other. */
export type CodePurpose = 'mfa' | 'mfa_enrollment' | 'passkey'

/** Whose code is tried, and by which client. */
export interface CodeAttempt {
  readonly purpose: CodePurpose
  readonly userId: string
  /** The refusal of a wrong code; `codeInvalid` by default. */
  readonly refuse?: () => RequestError
  /** Shows that the client has proven a second factor before: a session, or a device from such a login. */
  readonly device: string | null
}

/**
 * Tries a code. The attempt is counted for the account before the code is compared, and outside of any transaction, so
 * a new challenge, a new address or a failed request does not reset the count. A client that tries codes has passed the
 * first factor already, and may have stolen the password. So only a session, device or address that has proven a second
 * factor has a count of its own; through it, the owner still gets in. The first code of a new app is for a secret that
 * the client was just given: there is nothing to guess, so any session counts.
 * @param prove Returns `undefined` if the code is wrong.
 * @throws {RequestError} what `refuse` makes, `rate_limited`; and whatever `prove` throws
 */
export async function attemptCode<Proof>(
  parts: MfaParts,
  { purpose, userId, device, refuse = codeInvalid }: CodeAttempt,
  origin: RequestOrigin,
  prove: () => Promise<Proof | undefined>,
): Promise<Proof> {
  const attempt = {
    purpose,
    account: userId,
    device,
    isJoint: true,
    knownAddresses: () => listKnownAddresses(parts.database.sql, userId, { withFactor: purpose !== 'mfa_enrollment' }),
  }
  const noted = { event: 'factor_refused', userId, details: { purpose } } as const
  const proof = await auditedAttempt(parts, attempt, noted, origin, prove)
  if (proof !== undefined) return proof
  throw refuse()
}

/** Also for a code that was right but that another request used up first. */
export function codeInvalid(): RequestError {
  return new RequestError('mfa_code_invalid', 'The code is wrong, or was used before')
}
