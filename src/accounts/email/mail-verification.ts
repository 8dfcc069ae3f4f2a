import { queueMail } from '../../mail/outbox/outbox.ts'
import type { Sql } from '../../store/engine/database.ts'
import type { User } from '../../store/users/users.ts'
import { makeMailedSecret } from './mail-secret.ts'
import { type EmailParts, requireMail } from './parts.ts'

/**
 * Mails the link and the code that verify the address of an account. If another user has proven the address already,
 * that user gets a mail instead, which says that an account exists. The work is the same.
 */
export async function mailVerification(
  trx: Sql,
  parts: EmailParts,
  {
    user,
    address,
    holder,
    isSent,
  }: {
    readonly user: User
    readonly address: string
    /** The user who has proven the address. */
    readonly holder: User | undefined
    /** `false` if too many were sent already: then a decoy is queued. */
    readonly isSent: boolean
  },
  at: Date,
): Promise<void> {
  const purpose = 'verify_email'
  // Made even if it is not sent, so that the cost is the same. An attempt at a code is compared with the codes of every
  // account that has the address, and anyone can create many. So there are no more codes than mails, and a code that is
  // not mailed belongs to no account.
  const secret = {
    purpose,
    owner: user.id,
    user: holder === undefined ? user : undefined,
    address,
    hasCode: isSent,
  } as const
  const params = await makeMailedSecret(trx, parts, secret, at)
  if (holder === undefined) {
    return queueMail(trx, parts, { recipient: isSent ? user.email : null, template: purpose, params })
  }
  const { links } = requireMail(parts)
  await queueMail(trx, parts, {
    recipient: isSent ? holder.email : null,
    template: 'account_exists',
    params: { username: holder.username, loginLink: links.to('sign-in'), resetLink: links.to('forgot-password') },
  })
}
