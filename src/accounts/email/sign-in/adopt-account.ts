import type { Change } from '../../../core/change.ts'
import { endSurplus } from '../../../core/end-sessions.ts'
import { makeEvent, type RequestOrigin } from '../../../core/events.ts'
import { cutOfUser, endOfSession } from '../../../revocations/revocation.ts'
import type { Sql } from '../../../store/engine/database.ts'
import { deleteIdentitiesOf } from '../../../store/identities.ts'
import { deleteSecretsOf, type OneTimeSecret } from '../../../store/one-time/one-time-secrets.ts'
import { revokeSessions } from '../../../store/sessions/sessions.ts'
import { updateUser } from '../../../store/users/users.ts'
import { lastingSecrets, removeFactors } from '../../users/factors.ts'
import type { EmailParts } from '../parts.ts'
import { commitUse } from '../presented-secret.ts'
import { claimAddress, type Holders, isAdoptable, takeFromMailbox } from '../proven-address.ts'

const purpose = 'sign_in'

/**
 * Gives an account to the owner of the mailbox that it names and that was never proven. Another person may have made it: the
 * password and the sessions of before go, with every link and code that is pending.
 * @returns The id of the account.
 * @throws {RequestError} `code_invalid`
 */
export async function adoptAccount(parts: EmailParts, secret: OneTimeSecret, origin: RequestOrigin): Promise<string> {
  const userId = secret.userId ?? ''
  await endSurplus(parts, { userId }, 'account_adopted', origin)
  return commitUse(parts, { purpose, origin }, async (trx) => {
    const at = parts.now()
    const holders = await takeFromMailbox(trx, secret, at)
    // A second factor that was set up meanwhile is not walked past.
    if (holders === undefined || !isAdoptable(holders.own)) return undefined
    return takeOver(trx, holders, { address: secret.address ?? '', at, origin })
  })
}

/**
 * Makes the owner of an address that of an account which was not adopted by anyone, and whose user is locked. Accounts at
 * other providers that were linked go too: with one, the person who made the account would stay.
 * @returns `undefined` if another user has proven the address before.
 */
export async function takeOver(
  trx: Sql,
  holders: Holders,
  { address, at, origin }: { readonly address: string; readonly at: Date; readonly origin: RequestOrigin },
): Promise<Change<string> | undefined> {
  const { id: userId } = holders.own
  const claimed = await claimAddress(trx, holders, { address, at, origin })
  if (claimed === undefined) return undefined
  await updateUser(trx, userId, { passwordHash: null, tokensValidAfter: at }, at)
  // Those that were begun and are not confirmed.
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
