import { commit } from '../../../core/change.ts'
import { makeEvent, type RequestOrigin } from '../../../core/events.ts'
import { RequestError } from '../../../errors.ts'
import type { MfaParts } from '../parts.ts'

/** What codes are counted for, apart from passwords and from each other. */
export type CodePurpose = 'mfa' | 'mfa_enrollment'

/**
 * Tries a code. It is counted for the account before it is compared, and outside of any transaction: neither a new challenge
 * nor another address nor a request that fails begins a new count. No device has a count of its own, since whoever tries codes
 * has passed the first factor already.
 * @param prove Answers `undefined` where the code is wrong.
 * @throws {RequestError} `mfa_code_invalid`, `rate_limited`; and whatever `prove` throws
 */
export async function attemptCode<Proof>(
  parts: MfaParts,
  { purpose, userId }: { readonly purpose: CodePurpose; readonly userId: string },
  origin: RequestOrigin,
  prove: () => Promise<Proof | undefined>,
): Promise<Proof> {
  const about = { userId, details: { purpose } }
  const attempt = {
    purpose,
    account: userId,
    address: origin.address,
    device: null,
    knownAddresses: async () => [],
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
  throw codeInvalid()
}

/** Also for one that was right, and that another request used up first. */
export function codeInvalid(): RequestError {
  return new RequestError('mfa_code_invalid', 'The code is wrong, or was used before')
}
