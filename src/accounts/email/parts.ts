import { RequestError } from '../../errors.ts'
import type { Outbox, OutboxParts } from '../../mail/outbox/outbox.ts'
import type { SessionParts } from '../sessions/parts.ts'
import type { MailLimits } from './mail-limits.ts'

/** What addresses are proven with, and what mail is good for. */
export interface EmailParts extends SessionParts, OutboxParts {
  readonly mailLimits: MailLimits
  readonly registration: 'open' | 'closed'
  /** Whether users may log in by a mailed link or code. */
  readonly emailSignIn: boolean
}

/** @throws {RequestError} `mail_disabled`: an answer that promises a mail would be a lie */
export function requireMail({ outbox }: Pick<EmailParts, 'outbox'>): Outbox {
  if (outbox === undefined) throw new RequestError('mail_disabled', 'This server sends no mail')
  return outbox
}

/** What is turned on and has no effect, or locks users out, because no mail can be sent. */
export function withoutMail({ emailSignIn, requireVerifiedEmail }: MailDependents): string[] {
  return [
    ...(emailSignIn ? ['emailSignIn has no effect: no mail can be sent'] : []),
    ...(requireVerifiedEmail
      ? ['requireVerifiedEmail: no mail can be sent, so only an operator can verify an address']
      : []),
  ]
}

interface MailDependents {
  readonly emailSignIn: boolean
  readonly requireVerifiedEmail: boolean
}

/** @throws {RequestError} `email_sign_in_disabled` */
export function requireEmailSignIn({ emailSignIn }: Pick<EmailParts, 'emailSignIn'>): void {
  if (!emailSignIn) throw new RequestError('email_sign_in_disabled', 'This server does not log in by mail')
}
