import type { OneTimeSecret } from '../../../store/one-time/one-time-secrets.ts'
import type { Name } from '../../../store/users/users.ts'
import { dataOf } from '../../one-time/one-time-secret.ts'
import type { EmailParts } from '../parts.ts'

/** How long a change of address waits for its proof. */
export const changeSeconds: number = 24 * 60 * 60

/** How long the previous address can undo it. */
export const undoDays = 7

/** The links that undo changes: one for each address that a user had, so that a second change leaves that of the first. */
export function ownerOfUndo(userId: string, address: string): string {
  return `${userId} ${address}`
}

/** What a secret says of the address that it is about. */
export interface AddressData {
  readonly address: Name
  /** In which session the change was asked for: it goes on. */
  readonly sessionId: string | undefined
  /** When the address was replaced, in milliseconds. */
  readonly changedAt: number
  /** When the session began in which that was asked for, if it was before. What was set up since then may be a thief's. */
  readonly since: number
  /** The links that undo earlier changes. They are named, because the clocks of nodes do not say which was first. */
  readonly earlierLinks: readonly string[]
}

/** @returns `undefined` where it was encrypted under a secret that the server has no more. */
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
