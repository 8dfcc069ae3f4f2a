import type { MailMessage, SendMail } from 'hallpass/auth'
import { vi } from 'vitest'

/** Mails as they arrive, of all services that send here. */
export interface Mailbox {
  readonly send: SendMail
  /** The next mail to an address that was not read yet; waits for it. */
  next(address: string): Promise<ReadMail>
  /** All so far. */
  readonly mails: readonly MailMessage[]
}

/** What a person takes from a mail. */
export interface ReadMail {
  readonly subject: string
  readonly text: string
  readonly html: string
  /** The first link, and its token; empty where it has none. */
  readonly link: string
  readonly token: string
  readonly code: string
}

export function openMailbox(): Mailbox {
  const mails: MailMessage[] = []
  const read = new Set<MailMessage>()
  return {
    mails,
    async send(message) {
      mails.push(message)
    },
    async next(address) {
      const found = await vi.waitFor(
        () => {
          const mail = mails.find((one) => one.to === address && !read.has(one))
          if (mail === undefined) throw new Error(`No mail to ${address}`)
          return mail
        },
        { timeout: 600_000, interval: 5 },
      )
      read.add(found)
      return readMail(found)
    },
  }
}

export function readMail({
  subject,
  text,
  html = '',
}: Pick<MailMessage, 'subject' | 'text'> & { html?: string }): ReadMail {
  const [link = ''] = /https?:\/\/\S+/.exec(text) ?? []
  const [, token = ''] = /#token=(\S+)/.exec(link) ?? []
  const [code = ''] = /^\d{6,8}$/m.exec(text) ?? []
  return { subject, text, html, link, token, code }
}
