/** A mail, ready to be sent to one mailbox. */
export interface MailMessage {
  /** One mailbox, checked: never a list. */
  readonly to: string
  /** As `mailFrom` has it; `undefined` if that is not set. */
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

/** How one attempt is limited and told apart. */
export interface Attempt {
  /** Of the mail, the same at each attempt: a receiver can recognise a copy. */
  readonly id: string
  /** Aborted when the attempt has taken too long. */
  readonly signal: AbortSignal
}

/** What sends mails: an SMTP server, or a function of the application. */
export type Transport = (message: MailMessage, attempt: Attempt) => Promise<void>
