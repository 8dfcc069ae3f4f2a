import { RequestError } from '../../errors.ts'
import type { Outbox, OutboxParts } from '../../mail/outbox/outbox.ts'
import type { SessionParts } from '../sessions/parts.ts'
import type { MailLimits } from './mail-limits.ts'

/** What proving addresses and signing in by mail need. */
export interface EmailParts extends SessionParts, OutboxParts {
  readonly mailLimits: MailLimits
  readonly registration: 'open' | 'closed'
  /** Whether users may log in by a mailed link or code. */
  readonly emailSignIn: boolean
}

/** @throws {RequestError} `mail_disabled`, because the answer would promise a mail that is never sent */
export function requireMail({ outbox }: Pick<EmailParts, 'outbox'>): Outbox {
  if (outbox === undefined) throw new RequestError('mail_disabled', 'This server sends no mail')
  return outbox
}

/** The settings that have no effect, or lock users out, because no mail can be sent. */
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
  if (!emailSignIn) throw new RequestError('email_sign_in_disabled', 'Logging in by mail is turned off on this server')
}
