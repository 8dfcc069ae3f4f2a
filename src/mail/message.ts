/** A mail, ready to be sent to one mailbox. */
export interface MailMessage {
  /** One checked mailbox, never a list. */
  readonly to: string
  /** The `mailFrom` setting; `undefined` if that is not set. */
  readonly from: string | undefined
  readonly subject: string
  readonly text: string
  readonly html: string
}

/**
 * Sends a mail. If it throws, the mail is sent again later, for a day; if the `permanent` member of the error is `true`, it is
 * given up at once.
 */
export type SendMail = (message: MailMessage) => Promise<void>

/** The limits and the identity of one attempt. */
export interface Attempt {
  /** The id of the mail, the same at each attempt, so that a receiver can recognise a copy. */
  readonly id: string
  /** Aborted when the attempt has taken too long. */
  readonly signal: AbortSignal
}

/** Sends mails: an SMTP server, or a function of the application. */
export type Transport = (message: MailMessage, attempt: Attempt) => Promise<void>
