import { commit } from '../../../core/change.ts'
import { makeEvent, type RequestOrigin } from '../../../core/events.ts'
import { RequestError } from '../../../errors.ts'
import type { AuditEvent } from '../../../store/audit.ts'
import type { PasswordParts } from '../parts.ts'
import type { Attempt } from './limits.ts'

/** How an attempt is noted if it does not succeed. */
export interface Noted extends Pick<AuditEvent, 'userId'>, Partial<Pick<AuditEvent, 'details'>> {
  readonly event: 'login_failed' | 'factor_refused'
}

/**
 * Makes an attempt within the limits, and notes a failed one. One that is delayed is announced and not stored, because its
 * client could fill the disk.
 * @param prove Returns `undefined` if what was presented is wrong. Then this returns `undefined` too.
 * @throws {RequestError} `rate_limited`; and whatever `prove` throws
 */
export async function auditedAttempt<Proof>(
  parts: Pick<PasswordParts, 'database' | 'limits' | 'revocations' | 'announce' | 'signal' | 'now'>,
  attempt: Omit<Attempt, 'address'>,
  { event, ...about }: Noted,
  origin: RequestOrigin,
  prove: () => Promise<Proof | undefined>,
): Promise<Proof | undefined> {
  const { limits, announce, now } = parts
  const proof = await limits.attempt({ ...attempt, address: origin.address }, prove).catch((error) => {
    const isDelayed = error instanceof RequestError && error.code === 'rate_limited'
    if (isDelayed) announce(makeEvent('login_limited', now(), origin, about))
    throw error
  })
  if (proof === undefined) {
    await commit(parts, async () => ({ result: undefined, events: [makeEvent(event, now(), origin, about)] }))
  }
  return proof
}
