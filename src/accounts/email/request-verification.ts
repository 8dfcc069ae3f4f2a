import { commit } from '../../core/change.ts'
import { makeEvent, type RequestOrigin } from '../../core/events.ts'
import { RequestError, TokenError } from '../../errors.ts'
import { findUserOfAddress, keepUser } from '../../store/users/addresses.ts'
import { findUser, findUserByEmail, type User } from '../../store/users/users.ts'
import { ownerOfAddress } from '../one-time/one-time-secret.ts'
import { readEmail } from '../users/names.ts'
import { mailSecret } from './mail-secret.ts'
import { mailVerification } from './mail-verification.ts'
import { type EmailParts, requireMail } from './parts.ts'

const purpose = 'verify_email'

/**
 * Mails the link and the code that verify an address, to the unverified account that had it first. Of an address that no
 * account has, or a verified one, nothing is mailed, with the same answer and the same work.
 * @throws {RequestError} `mail_disabled`, `invalid_request`, `rate_limited`
 */
export async function requestVerification(parts: EmailParts, email: string, origin: RequestOrigin): Promise<void> {
  requireMail(parts)
  const { normal } = readEmail(email)
  await parts.mailLimits.begin({ purpose, address: normal }, origin.address)
  await commit(parts, async (trx) => {
    const at = parts.now()
    const found = await findUserOfAddress(trx, normal)
    const user = found?.disabledAt === null && found.emailVerifiedAt === null ? found : undefined
    const owner = user?.id ?? ownerOfAddress(normal)
    await mailSecret(trx, parts, { purpose, owner, user, address: normal, recipient: user?.email ?? null }, at)
    return { result: undefined, events: [requested(user, at, origin)] }
  })
}

/**
 * The same for a user who is logged in, whether or not others have the address.
 * @throws {RequestError} `mail_disabled`, `rate_limited`; `invalid_request` if the account has no address
 * @throws {TokenError} `user_not_found`
 */
export async function requestOwnVerification(parts: EmailParts, userId: string, origin: RequestOrigin): Promise<void> {
  requireMail(parts)
  const known = await findUser(parts.database.sql, userId)
  if (known === undefined) throw notFound()
  if (known.email === null) throw new RequestError('invalid_request', 'The account has no e-mail address')
  const { normal } = readEmail(known.email)
  await parts.mailLimits.begin({ purpose, address: normal }, origin.address)
  if (known.emailVerifiedAt !== null) return
  await commit(parts, async (trx) => {
    const at = parts.now()
    const user = await keepUser(trx, userId)
    if (user === undefined) throw notFound()
    if (user.email !== known.email || user.emailVerifiedAt !== null) return { result: undefined, events: [] }
    const holder = await findUserByEmail(trx, normal)
    await mailVerification(trx, parts, { user, address: normal, holder, isSent: true }, at)
    return { result: undefined, events: [requested(user, at, origin)] }
  })
}

function notFound(): TokenError {
  return new TokenError('user_not_found', 'The user no longer exists')
}

function requested(user: User | undefined, at: Date, origin: RequestOrigin) {
  return makeEvent('email_verification_requested', at, origin, { userId: user?.id ?? null })
}
