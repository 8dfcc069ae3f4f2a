import { makeEvent, type RequestOrigin } from '../../core/events.ts'
import type { AuditEvent } from '../../store/audit.ts'
import type { Sql } from '../../store/engine/database.ts'
import { deleteSecretsOfOthers, type OneTimeSecret, takeSecretById } from '../../store/one-time/one-time-secrets.ts'
import { lockHolders, markVerified, removeAddress } from '../../store/users/addresses.ts'
import type { User, UserWithHash } from '../../store/users/users.ts'
import { lastingSecrets } from '../users/factors.ts'

/** The user whose mailbox a secret was sent to, locked, and the others who have the address without having proven it. */
export interface Holders {
  readonly own: UserWithHash
  readonly others: readonly User[]
}

/**
 * Uses up what was mailed to a user. Users are locked before secrets are, here as everywhere: otherwise two transactions
 * could wait for each other.
 * @returns `undefined` if it is used up, or the user is disabled or has another address by now.
 */
export async function takeFromMailbox(trx: Sql, secret: OneTimeSecret, at: Date): Promise<Holders | undefined> {
  const holders = await lockHolders(trx, secret.address ?? '')
  const own = holders.find(({ id }) => id === secret.userId)
  if (own === undefined || own.disabledAt !== null) return undefined
  if (!(await takeSecretById(trx, secret, at))) return undefined
  return { own, others: holders.filter(({ id }) => id !== own.id) }
}

/**
 * Makes a proven address the user's own: those who only typed it lose it, and what was mailed there for them is void.
 * @returns `undefined` if another user has proven it before.
 */
export async function claimAddress(
  trx: Sql,
  { own, others }: Holders,
  { address, at, origin }: { readonly address: string; readonly at: Date; readonly origin: RequestOrigin },
): Promise<readonly AuditEvent[] | undefined> {
  if (own.emailVerifiedAt !== null) return []
  const events = await takeFromOthers(trx, { others, address, userId: own.id }, { at, origin })
  if (events === undefined) return undefined
  await markVerified(trx, own.id, at)
  return [...events, makeEvent('email_verified', at, origin, { userId: own.id })]
}

/**
 * @param provenBefore A proof from then on does not count: the address was this user's until then.
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
 * Whether a mailbox opens an account whose address was never proven. Not past a second factor: the one who typed the address
 * may have mistyped it, and the factor is theirs.
 */
export function isAdoptable({ emailVerifiedAt, secondFactors }: User): boolean {
  return emailVerifiedAt === null && secondFactors === 0
}
