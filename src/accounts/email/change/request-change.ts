import { commit } from '../../../core/change.ts'
import { makeEvent, type RequestOrigin } from '../../../core/events.ts'
import { RequestError } from '../../../errors.ts'
import { maskMailbox } from '../../../mail/address.ts'
import { mailboxesOf } from '../../../mail/notices.ts'
import { queueMail } from '../../../mail/outbox/outbox.ts'
import type { Sql } from '../../../store/engine/database.ts'
import { lockUserAndHolders } from '../../../store/users/user-names.ts'
import type { Name, User } from '../../../store/users/users.ts'
import { makeOneTimeSecret } from '../../one-time/one-time-secret.ts'
import { callerInSession } from '../../own/caller-in-session.ts'
import type { Caller, SessionCaller } from '../../sessions/caller.ts'
import { normalEmail, readEmail } from '../../users/names.ts'
import { type EmailParts, requireMail } from '../parts.ts'
import { changeSeconds } from './pending-change.ts'

const purpose = 'change_email'

/**
 * Begins a change of address. The new address is sent a link and a code; the current one is sent a notice with a link
 * that cancels the change, and stays in use until the new one is proven. If another account has proven the new address,
 * its owner is notified instead, with the same answer and the same work.
 * @throws {RequestError} `mail_disabled`, `session_required`, `invalid_request`, `rate_limited`
 * @throws {TokenError} `insufficient_user_authentication`, `token_revoked`
 */
export async function requestEmailChange(
  parts: EmailParts,
  caller: Caller,
  newEmail: string,
  origin: RequestOrigin,
): Promise<void> {
  requireMail(parts)
  const address = readNewEmail(newEmail)
  const { user, requireStill } = await callerInSession(parts, caller)
  if (user.emailVerifiedAt !== null && user.email !== null && normalEmail(user.email) === address.normal) {
    throw invalid('This is already the address of the account')
  }
  await parts.mailLimits.begin({ purpose, address: address.normal }, origin.address)
  await commit(parts, async (trx) => {
    const at = parts.now()
    const { own, others } = await lockUserAndHolders(trx, caller.userId, address.normal)
    const { session } = await requireStill(trx, at)
    const holder = others.find(({ emailVerifiedAt }) => emailVerifiedAt !== null)
    await mailNew(trx, parts, { user: own ?? user, session, address, holder }, at)
    await mailCurrent(trx, parts, own ?? user, { address, at, origin })
    const about = { userId: user.id, sessionId: session.sessionId }
    return { result: undefined, events: [makeEvent('email_change_requested', at, origin, about)] }
  })
}

function readNewEmail(text: string): Name {
  try {
    return readEmail(text)
  } catch (error) {
    throw error instanceof RequestError ? invalid(error.message) : error
  }
}

function invalid(msg: string): RequestError {
  return new RequestError('invalid_request', msg, { members: [{ member: 'new_email', msg }] })
}

/** Always makes the link; if the address belongs to another account, the link is not sent. */
async function mailNew(
  trx: Sql,
  parts: EmailParts,
  {
    user,
    session,
    address,
    holder,
  }: {
    readonly user: User
    readonly session: SessionCaller
    readonly address: Name
    readonly holder: User | undefined
  },
  at: Date,
): Promise<void> {
  const { links } = requireMail(parts)
  const data = { email: address.shown, sessionId: session.sessionId }
  const { token, code = '' } = await makeOneTimeSecret(
    trx,
    parts,
    { purpose, owner: user.id, userId: user.id, address: address.normal, seconds: changeSeconds, codeDigits: 6, data },
    at,
  )
  const { username } = user
  if (holder !== undefined) {
    const params = { username: holder.username, loginLink: links.to('sign-in'), resetLink: links.to('forgot-password') }
    return queueMail(trx, parts, { recipient: holder.email, template: 'account_exists', params })
  }
  const link = links.to('change-email', token)
  const params = { username, link, code, minutes: changeSeconds / 60, newAddress: address.shown }
  return queueMail(trx, parts, { recipient: address.shown, template: 'change_email', params })
}

/** Sends nothing to an address that was never verified: its owner has no say in the account. */
async function mailCurrent(
  trx: Sql,
  parts: EmailParts,
  user: User,
  { address, at, origin }: { readonly address: Name; readonly at: Date; readonly origin: RequestOrigin },
): Promise<void> {
  for (const recipient of mailboxesOf(user)) {
    const { token } = await makeOneTimeSecret(
      trx,
      parts,
      { purpose: 'cancel_email_change', owner: user.id, userId: user.id, address: null, seconds: changeSeconds },
      at,
    )
    const params = {
      username: user.username,
      at: at.toISOString(),
      userAgent: origin.userAgent,
      address: origin.address,
      link: requireMail(parts).links.to('cancel-email-change', token),
      newAddress: maskMailbox(address.shown),
    }
    await queueMail(trx, parts, { recipient, template: 'change_email_notice', params })
  }
}
