import { queueMail } from '../../mail/outbox/outbox.ts'
import type { Sql } from '../../store/engine/database.ts'
import type { User } from '../../store/users/users.ts'
import { makeMailedSecret } from './mail-secret.ts'
import { type EmailParts, requireMail } from './parts.ts'

/**
 * Mails the link and the code that verify the address of an account. If another user has proven the address before, it is
 * that user's: the mail says that there is an account already. The work is the same.
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
    /** Who has proven the address. */
    readonly holder: User | undefined
    /** `false` where too many were sent already: then a decoy is queued. */
    readonly isSent: boolean
  },
  at: Date,
): Promise<void> {
  const purpose = 'verify_email'
  // Also where it is sent to no one: it costs the same. A guess at a code is compared with those of every account that has the
  // address, of which anyone can make many: so there are no more of them than mails, and one that is not mailed is no account's.
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
