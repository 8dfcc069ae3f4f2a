import { makeEvent, type RequestOrigin } from '../../core/events.ts'
import type { AuditEvent } from '../../store/audit.ts'
import type { Sql } from '../../store/engine/database.ts'
import { deleteSecretsOfOthers, type OneTimeSecret, takeSecretById } from '../../store/one-time/one-time-secrets.ts'
import { lockHolders, markVerified, removeAddress } from '../../store/users/addresses.ts'
import type { User, UserWithHash } from '../../store/users/users.ts'
import { lastingSecrets } from '../users/factors.ts'
import type { EmailParts } from './parts.ts'

/**
 * The user whose mailbox a secret was sent to, locked, and the other users who have the address without having proven
 * it.
 */
export interface Holders {
  readonly own: UserWithHash
  readonly others: readonly User[]
  /** When they were locked. */
  readonly at: Date
}

/**
 * Uses up what was mailed to a user. Users are locked before secrets, here as everywhere; otherwise two transactions
 * could deadlock.
 * @returns `undefined` if it is used up, or the user is disabled or has another address by now.
 */
export async function takeFromMailbox(
  trx: Sql,
  secret: OneTimeSecret,
  { now }: Pick<EmailParts, 'now'>,
): Promise<Holders | undefined> {
  const holders = await lockHolders(trx, secret.address ?? '')
  const at = now()
  const own = holders.find(({ id }) => id === secret.userId)
  if (own === undefined || own.disabledAt !== null) return undefined
  if (!(await takeSecretById(trx, secret, at))) return undefined
  return { own, others: holders.filter(({ id }) => id !== own.id), at }
}

/**
 * Makes a proven address the user's own. Users who have it without having proven it lose it, and secrets that were
 * mailed there for them become invalid.
 * @returns `undefined` if another user has proven it already.
 */
export async function claimAddress(
  trx: Sql,
  { own, others, at }: Holders,
  { address, origin }: { readonly address: string; readonly origin: RequestOrigin },
): Promise<readonly AuditEvent[] | undefined> {
  if (own.emailVerifiedAt !== null) return []
  const events = await takeFromOthers(trx, { others, address, userId: own.id }, { at, origin })
  if (events === undefined) return undefined
  await markVerified(trx, own.id, at)
  return [...events, makeEvent('email_verified', at, origin, { userId: own.id })]
}

/**
 * @param provenBefore Ignores proofs from this time on, because the address was this user's until then.
 * @returns `undefined` if one of them has proven the address: then it is theirs.
 */
export async function takeFromOthers(
  trx: Sql,
  {
    others,
    address,
    userId,
    provenBefore,
  }: {
    readonly others: readonly User[]
    readonly address: string
    readonly userId: string
    readonly provenBefore?: Date
  },
  { at, origin }: { readonly at: Date; readonly origin: RequestOrigin },
): Promise<readonly AuditEvent[] | undefined> {
  const counts = (proven: Date | null) => proven !== null && (provenBefore === undefined || proven < provenBefore)
  if (others.some(({ emailVerifiedAt }) => counts(emailVerifiedAt))) return undefined
  const ids = others.map(({ id }) => id)
  if (ids.length > 0) await removeAddress(trx, ids, at)
  await deleteSecretsOfOthers(trx, address, { userId, except: lastingSecrets })
  const details = { why: 'proven_by_another_user' }
  return ids.map((id) => makeEvent('email_removed', at, origin, { userId: id, details }))
}

/**
 * Whether proving the mailbox opens an account whose address was never proven. Not if the account has a second factor:
 * its owner may have mistyped the address.
 */
export function isAdoptable({ emailVerifiedAt, secondFactors }: User): boolean {
  return emailVerifiedAt === null && secondFactors === 0
}
