import type { Change } from '../../../core/change.ts'
import { endSurplus } from '../../../core/end-sessions.ts'
import { makeEvent, type RequestOrigin } from '../../../core/events.ts'
import { cutOfUser, endOfSession } from '../../../revocations/revocation.ts'
import type { AuditEvent } from '../../../store/audit.ts'
import type { Sql } from '../../../store/engine/database.ts'
import { deleteIdentitiesOf } from '../../../store/identities.ts'
import { deleteSecretsOf, type OneTimeSecret } from '../../../store/one-time/one-time-secrets.ts'
import { revokeSessions } from '../../../store/sessions/sessions.ts'
import { updateUser } from '../../../store/users/users.ts'
import { rehearseToken } from '../../sessions/tokens/access-token.ts'
import { lastingSecrets, removeFactors } from '../../users/factors.ts'
import type { EmailParts } from '../parts.ts'
import { commitUse } from '../presented-secret.ts'
import { claimAddress, isAdoptable, takeFromMailbox } from '../proven-address.ts'

const purpose = 'sign_in'

/**
 * Gives an account with an unverified address to the owner of that mailbox. Someone else may have created it, so its
 * password and sessions are removed, with every pending link and code.
 * @returns The id of the account.
 * @throws {RequestError} `code_invalid`
 */
export async function adoptAccount(parts: EmailParts, secret: OneTimeSecret, origin: RequestOrigin): Promise<string> {
  const userId = secret.userId ?? ''
  const address = secret.address ?? ''
  const claim = async (trx: Sql) => {
    const holders = await takeFromMailbox(trx, secret, parts)
    // A second factor that was set up meanwhile is not bypassed.
    if (holders === undefined || !isAdoptable(holders.own)) return undefined
    const claimed = await claimAddress(trx, holders, { address, origin })
    return claimed && { userId, claimed, at: holders.at, origin }
  }
  await rehearseToken(parts, userId)
  await endSurplus(parts, { userId }, 'account_adopted', origin, claim)
  return commitUse(parts, { purpose, origin }, async (trx) => {
    const adoption = await claim(trx)
    return adoption && takeOver(trx, adoption)
  })
}

/** An account whose address its owner has claimed, in this transaction. */
export interface Adoption {
  readonly userId: string
  /** What `claimAddress` answered. */
  readonly claimed: readonly AuditEvent[]
  readonly at: Date
  readonly origin: RequestOrigin
}

/**
 * Removes everything with which the person who created the account could still sign in, linked accounts at other providers
 * included.
 */
export async function takeOver(trx: Sql, { userId, claimed, at, origin }: Adoption): Promise<Change<string>> {
  await updateUser(trx, userId, { passwordHash: null, tokensValidAfter: at }, at)
  // Factors that were begun and never confirmed.
  await removeFactors(trx, userId, at)
  await deleteIdentitiesOf(trx, userId)
  await deleteSecretsOf(trx, userId, { except: lastingSecrets })
  const ended = await revokeSessions(trx, { userId }, 'account_adopted', at)
  return {
    result: userId,
    revoked: [...ended.map(({ id }) => endOfSession(id)), cutOfUser(userId, at)],
    events: [...claimed, makeEvent('account_adopted', at, origin, { userId })],
  }
}
