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

/** What mails are written with. */
export interface WritingParts {
  /** The host that mails name as theirs. */
  readonly site: string
  readonly from: string | undefined
  readonly templates: MailTemplates | undefined
}

/** More than any template makes. What an application makes is bounded too. */
const maxLength = 256 * 1024

/** Makes a message of a stored mail and its parameters. @throws {PermanentFault} if the recipient is not one mailbox */
export async function writeMail(mail: StoredMail, params: object, parts: WritingParts): Promise<MailMessage> {
  const to = readMailbox(mail.recipient ?? '')
  if (to === undefined) throw new PermanentFault('The address of the account is not a mailbox that mail can be sent to')
  return { to, from: parts.from, ...(await writeText(templated(mail, params), parts)) }
}

/** The text of a mail: the application's, or that of the template. */
export async function writeText(mail: TemplatedMail, { site, templates }: WritingParts): Promise<MailText> {
  const { subject, text, html } = (await templates?.(mail)) ?? (await renderMail(mail, site))
  if (![subject, text, html].every((part) => typeof part === 'string')) {
    throw new TypeError("mailTemplates must return 'subject', 'text' and 'html' as strings, or undefined")
  }
  if (subject.length + text.length + html.length > maxLength) throw new Error('The mail is too long')
  // One line, whatever a template put into it.
  return { subject: subject.replace(/\p{C}+/gu, ' '), text, html }
}

/** A newer version may know more templates, and queue them for all: this node leaves them to those that do. */
export function templated({ template, locale }: StoredMail, params: object): TemplatedMail {
  if (!isTemplate(template)) throw new Error(`This version has no template '${template}'`)
  // What was sealed as a mail's parameters is what `queueMail` took for the template.
  return { ...({ template, params } as MailOf), locale: isLocale(locale) ? locale : 'en' }
}
