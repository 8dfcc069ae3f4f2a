import type { RequestOrigin } from '../core/events.ts'
import type { Sql } from '../store/engine/database.ts'
import type { User } from '../store/users/users.ts'
import type { PageName } from './links.ts'
import { type OutboxParts, queueMail } from './outbox/outbox.ts'
import type { MailOf, MailParams, Notice } from './templates/params.ts'

/** What users are notified of, each with the page that helps if someone else did it. */
const pages: Readonly<Record<NoticeName, PageName>> = {
  password_changed: 'forgot-password',
  password_removed: 'forgot-password',
  username_changed: 'forgot-password',
  factor_added: 'forgot-password',
  factor_removed: 'forgot-password',
  identity_added: 'forgot-password',
  identity_removed: 'forgot-password',
  recovery_codes_made: 'forgot-password',
  recovery_code_used: 'forgot-password',
  factor_locked: 'forgot-password',
  passkey_copied: 'account',
  new_device: 'forgot-password',
  device_trusted: 'forgot-password',
  email_restored: 'forgot-password',
  account_deleted: 'account',
}

/** A change that its user is notified of. */
export type NoticeName =
  | 'password_changed'
  | 'password_removed'
  | 'username_changed'
  | 'factor_added'
  | 'factor_removed'
  | 'identity_added'
  | 'identity_removed'
  | 'recovery_codes_made'
  | 'recovery_code_used'
  | 'factor_locked'
  | 'passkey_copied'
  | 'new_device'
  | 'device_trusted'
  | 'email_restored'
  | 'account_deleted'

/** What a notice says in addition to whose account it is, when it happened and from where. */
export type NoticeFacts<Name extends NoticeName> = Omit<MailParams[Name], keyof Notice>

/** The account to notify, as it was before the change if that removes an address or the account. */
export type Notified = Pick<User, 'username' | 'email' | 'emailVerifiedAt'>

/** When it happened, and by whom. */
export interface NoticeTime {
  readonly at: Date
  readonly origin: RequestOrigin
}

/**
 * Notifies a user of a change in its transaction, at every verified address (NIST SP 800-63B-4 section 4.6). An
 * unverified address may be a stranger's. Does nothing if mail cannot be sent.
 */
export async function queueNotice<Name extends NoticeName>(
  trx: Sql,
  parts: OutboxParts,
  user: Notified,
  template: Name,
  facts: NoticeFacts<Name>,
  { at, origin }: NoticeTime,
): Promise<void> {
  const { outbox } = parts
  if (outbox === undefined) return
  const { userAgent, address } = origin
  const link = outbox.links.to(pages[template])
  const params = { username: user.username, at: at.toISOString(), userAgent, address, link, ...facts }
  for (const recipient of mailboxesOf(user)) {
    // These are the facts of this template, which the compiler cannot infer from its name.
    await queueMail(trx, parts, { recipient, ...({ template, params } as unknown as MailOf) })
  }
}

/** A user's proven addresses. */
export function mailboxesOf({ email, emailVerifiedAt }: Notified): readonly string[] {
  return email === null || emailVerifiedAt === null ? [] : [email]
}
