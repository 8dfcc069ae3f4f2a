import { commit } from '../../../core/change.ts'
import { makeEvent, type RequestOrigin } from '../../../core/events.ts'
import { findUserOfAddress } from '../../../store/users/addresses.ts'
import { ownerOfAddress } from '../../one-time/one-time-secret.ts'
import { readEmail } from '../../users/names.ts'
import { mailSecret } from '../mail-secret.ts'
import { type EmailParts, requireMail } from '../parts.ts'
import { isAdoptable } from '../proven-address.ts'

const purpose = 'reset_password'

/**
 * Mails the link and the code that set a new password, to the account of a verified address, or of an unverified one if it has
 * no second factor. Of any other address nothing is mailed, with the same answer and the same work. Previous links are void.
 * @throws {RequestError} `mail_disabled`, `invalid_request`, `rate_limited`
 */
export async function forgotPassword(parts: EmailParts, email: string, origin: RequestOrigin): Promise<void> {
  requireMail(parts)
  const { normal } = readEmail(email)
  await parts.mailLimits.begin({ purpose, address: normal }, origin.address)
  await commit(parts, async (trx) => {
    const at = parts.now()
    const found = await findUserOfAddress(trx, normal)
    // Who holds a mailbox that was never proven must not replace the password of an account with a second factor.
    const isFor = found?.disabledAt === null && (found.emailVerifiedAt !== null || isAdoptable(found))
    const user = isFor ? found : undefined
    const owner = ownerOfAddress(normal)
    await mailSecret(trx, parts, { purpose, owner, user, address: normal, recipient: user?.email ?? null }, at)
    const about = { userId: user?.id ?? null }
    return { result: undefined, events: [makeEvent('password_reset_requested', at, origin, about)] }
  })
}
