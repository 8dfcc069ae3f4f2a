import { commit } from '../../../core/change.ts'
import { makeEvent, type RequestOrigin } from '../../../core/events.ts'
import { findUserOfAddress } from '../../../store/users/addresses.ts'
import { ownerOfAddress } from '../../one-time/one-time-secret.ts'
import { readEmail } from '../../users/names.ts'
import { mailSecret } from '../mail-secret.ts'
import { type EmailParts, requireEmailSignIn, requireMail } from '../parts.ts'
import { isAdoptable } from '../proven-address.ts'

const purpose = 'sign_in'

/**
 * Mails the link and the code that log in. If registration is open, also to an address that no account has: using it creates
 * one; likewise to one that is unverified and whose account has a second factor. Otherwise nothing is mailed to such an address, with the same answer and the same work. Previous links are void.
 * @throws {RequestError} `mail_disabled`, `email_sign_in_disabled`, `invalid_request`, `rate_limited`
 */
export async function requestSignIn(parts: EmailParts, email: string, origin: RequestOrigin): Promise<void> {
  requireMail(parts)
  requireEmailSignIn(parts)
  const { normal } = readEmail(email)
  await parts.mailLimits.begin({ purpose, address: normal }, origin.address)
  await commit(parts, async (trx) => {
    const at = parts.now()
    const found = await findUserOfAddress(trx, normal)
    const isOpen = parts.registration === 'open'
    // A factor of an account that was never proven to be the mailbox's must not keep its owner out: the owner gets another.
    const user = isOpen && found?.emailVerifiedAt === null && !isAdoptable(found) ? undefined : found
    const isSent = user === undefined ? isOpen : user.disabledAt === null
    const recipient = isSent ? (user?.email ?? normal) : null
    await mailSecret(trx, parts, { purpose, owner: ownerOfAddress(normal), user, address: normal, recipient }, at)
    const about = { userId: user?.id ?? null }
    return { result: undefined, events: [makeEvent('email_sign_in_requested', at, origin, about)] }
  })
}
