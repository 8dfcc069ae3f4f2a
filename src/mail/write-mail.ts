import type { StoredMail } from '../store/mails.ts'
import { readMailbox } from './address.ts'
import type { MailMessage } from './message.ts'
import { PermanentFault } from './smtp/faults.ts'
import type { MailOf } from './templates/params.ts'
import {
  isLocale,
  isTemplate,
  type MailTemplates,
  type MailText,
  renderMail,
  type TemplatedMail,
} from './templates/render.ts'

/** What is needed to write mails. */
export interface WritingParts {
  /** The host that mails name as the sender's. */
  readonly site: string
  readonly from: string | undefined
  readonly templates: MailTemplates | undefined
}

/** More than any template produces. What an application produces is also limited. */
const maxLength = 256 * 1024

/**
 * Writes the message of a stored mail from its parameters. @throws {PermanentFault} if the recipient is not one mailbox
 */
export async function writeMail(mail: StoredMail, params: object, parts: WritingParts): Promise<MailMessage> {
  const to = readMailbox(mail.recipient ?? '')
  if (to === undefined) throw new PermanentFault('The address of the account is not a mailbox that mail can be sent to')
  return { to, from: parts.from, ...(await writeText(templated(mail, params), parts)) }
}

/** The text of a mail: the application's, or the template's. */
export async function writeText(mail: TemplatedMail, { site, templates }: WritingParts): Promise<MailText> {
  const { subject, text, html } = (await templates?.(mail)) ?? (await renderMail(mail, site))
  if (![subject, text, html].every((part) => typeof part === 'string')) {
    throw new TypeError("mailTemplates must return 'subject', 'text' and 'html' as strings, or undefined")
  }
  if (subject.length + text.length + html.length > maxLength) throw new Error('The mail is too long')
  // The subject stays one line, whatever a template put into it.
  return { subject: subject.replace(/\p{C}+/gu, ' '), text, html }
}

/**
 * Checks that this version has the template. A newer version may queue others, which this node leaves to newer nodes.
 */
export function templated({ template, locale }: StoredMail, params: object): TemplatedMail {
  if (!isTemplate(template)) throw new Error(`This version has no template '${template}'`)
  // The encrypted parameters are those that `queueMail` accepted for this template.
  return { ...({ template, params } as MailOf), locale: isLocale(locale) ? locale : 'en' }
}
