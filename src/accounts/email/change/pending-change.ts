import type { OneTimeSecret } from '../../../store/one-time/one-time-secrets.ts'
import type { Name } from '../../../store/users/users.ts'
import { dataOf } from '../../one-time/one-time-secret.ts'
import type { EmailParts } from '../parts.ts'

/** How long a change of address can be confirmed. */
export const changeSeconds: number = 24 * 60 * 60

/** How long the previous address can undo it. */
export const undoDays = 7

/**
 * Owner of the link that undoes a change: one for each previous address, so that a second change does not replace the
 * link of the first.
 */
export function ownerOfUndo(userId: string, address: string): string {
  return `${userId} ${address}`
}

/** What a secret states about the address it is for. */
export interface AddressData {
  readonly address: Name
  /** The session that requested the change; it continues. */
  readonly sessionId: string | undefined
  /** When the address was replaced, in milliseconds. */
  readonly changedAt: number
  /**
   * Start of the session that requested the change, or `changedAt` if that was earlier. Anything set up since may be an
   * attacker's.
   */
  readonly since: number
  /** The links that undo earlier changes. They are listed, because the clocks of nodes do not say which came first. */
  readonly earlierLinks: readonly string[]
}

/** @returns `undefined` if it was encrypted with a secret that the server no longer has. */
export function addressDataOf(secrets: EmailParts['secrets'], secret: OneTimeSecret): AddressData | undefined {
  const { email, sessionId, changedAt, since, earlierLinks } = dataOf(secrets, secret)
  if (secret.address === null || typeof email !== 'string') return undefined
  return {
    address: { shown: email, normal: secret.address },
    sessionId: typeof sessionId === 'string' ? sessionId : undefined,
    changedAt: typeof changedAt === 'number' ? changedAt : 0,
    since: typeof since === 'number' ? since : 0,
    earlierLinks: Array.isArray(earlierLinks) ? earlierLinks.map(String) : [],
  }
}
