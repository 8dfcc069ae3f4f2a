import type { RequestOrigin } from '../../core/events.ts'
import { type OutboxParts, queueMail } from '../../mail/outbox.ts'
import type { MailOf } from '../../mail/templates/params.ts'
import type { Sql } from '../../store/database.ts'
import type { User } from '../../store/users.ts'

/** A change of the factors of a user, and what its mail says of it. */
export type FactorNotice =
  | { readonly template: 'factor_added' | 'factor_removed'; readonly facts: { readonly factor: string } }
  | { readonly template: 'recovery_code_used'; readonly facts: { readonly remaining: number } }

/**
 * Mails a user what changed, in the transaction of the change: to the address that was proven, because one that was only typed
 * may be a stranger's. If it was someone else, that one has the password too, so the link is where it is replaced.
 */
export async function queueFactorNotice(
  trx: Sql,
  parts: OutboxParts,
  { username, email, emailVerifiedAt }: Pick<User, 'username' | 'email' | 'emailVerifiedAt'>,
  { template, facts }: FactorNotice,
  { at, origin }: { readonly at: Date; readonly origin: RequestOrigin },
): Promise<void> {
  if (parts.outbox === undefined || email === null || emailVerifiedAt === null) return
  const { userAgent, address } = origin
  const link = parts.outbox.links.to('forgot-password')
  const params = { username, at: at.toISOString(), userAgent, address, link, ...facts }
  // The facts are those of the template: the compiler does not see that through its name.
  await queueMail(trx, parts, { recipient: email, ...({ template, params } as MailOf) })
}
