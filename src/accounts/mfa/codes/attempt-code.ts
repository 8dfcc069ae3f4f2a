import { commit } from '../../../core/change.ts'
import { makeEvent, type RequestOrigin } from '../../../core/events.ts'
import { RequestError } from '../../../errors.ts'
import { listKnownAddresses } from '../../../store/sessions/sessions.ts'
import type { MfaParts } from '../parts.ts'

/** What codes and passkeys are counted for, apart from passwords and from each other. */
export type CodePurpose = 'mfa' | 'mfa_enrollment' | 'passkey'

/** Whose codes are tried, and by which client. */
export interface CodeAttempt {
  readonly purpose: CodePurpose
  readonly userId: string
  /** What a wrong one is answered; `codeInvalid` by default. */
  readonly refuse?: () => RequestError
  /** What shows that the client has proven a second factor before: a session, or a device of such a login. */
  readonly device: string | null
}

/**
 * Tries a code. It is counted for the account before it is compared, and outside of any transaction: neither a new challenge
 * nor a new address nor a request that fails begins a new count. A client that tries codes has passed the first factor
 * already, and may be a thief of the password. So only what took a second factor has a count of its own, which is the owner's
 * way in meanwhile: a session, a device, an address. A first code is of a secret that the client has just been given: there
 * is nothing to guess, and every session counts.
 * @param prove Answers `undefined` where the code is wrong.
 * @throws {RequestError} what `refuse` makes, `rate_limited`; and whatever `prove` throws
 */
export async function attemptCode<Proof>(
  parts: MfaParts,
  { purpose, userId, device, refuse = codeInvalid }: CodeAttempt,
  origin: RequestOrigin,
  prove: () => Promise<Proof | undefined>,
): Promise<Proof> {
  const about = { userId, details: { purpose } }
  const attempt = {
    purpose,
    account: userId,
    address: origin.address,
    device,
    isJoint: true,
    knownAddresses: () => listKnownAddresses(parts.database.sql, userId, { withFactor: purpose !== 'mfa_enrollment' }),
  }
  const proof = await parts.limits.attempt(attempt, prove).catch((error) => {
    // Announced, and not stored: a client that is being delayed must not be able to fill the disk.
    const isSlowedDown = error instanceof RequestError && error.code === 'rate_limited'
    if (isSlowedDown) parts.announce(makeEvent('login_limited', parts.now(), origin, about))
    throw error
  })
  if (proof !== undefined) return proof
  await commit(parts, async () => ({
    result: undefined,
    events: [makeEvent('factor_refused', parts.now(), origin, about)],
  }))
  throw refuse()
}

/** Also for one that was right, and that another request used up first. */
export function codeInvalid(): RequestError {
  return new RequestError('mfa_code_invalid', 'The code is wrong, or was used before')
}
