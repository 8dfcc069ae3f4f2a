import type { Content, Messages } from './content.ts'
import { de } from './de.ts'
import { en } from './en.ts'
import { cleared, unlinked } from './facts.ts'
import { layoutHtml, layoutText } from './layout.ts'
import type { MailOf, TemplateName } from './params.ts'

/** A language that the templates are written in. */
export type MailLocale = 'en' | 'de'

const languages: Readonly<Record<MailLocale, Messages>> = { en, de }

export const mailLocales: readonly MailLocale[] = Object.keys(languages) as MailLocale[]

/** The contents of a mail. */
export interface MailText {
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** What a hook can replace: a template, its language and its parameters. */
export type TemplatedMail = MailOf & { readonly locale: MailLocale }

/** Replaces the text of some mails. @returns `undefined` for a mail that keeps its text. */
export type MailTemplates = (mail: TemplatedMail) => MailText | undefined | Promise<MailText | undefined>

export function isTemplate(name: string): name is TemplateName {
  return name !== 'common' && Object.hasOwn(en, name)
}

export function isLocale(name: string): name is MailLocale {
  return Object.hasOwn(languages, name)
}

/** Writes a mail. Parameters are cleared of control characters and escaped, because anyone can choose a username. */
export async function renderMail(mail: TemplatedMail, site: string): Promise<MailText> {
  const { locale, template } = mail
  const messages: Messages = languages[locale]
  const params = await worded(clearedParams(mail.params), messages)
  // Each template takes the parameters of its own name. `MailOf` states that, but the compiler cannot follow it here.
  const write = messages[template] as (params: Readonly<Record<string, unknown>>, site: string) => Content
  const content = write(params, site)
  const { username } = params
  const greeting =
    typeof username === 'string' && username !== ''
      ? messages.common.greeting(unlinked(username))
      : messages.common.anonymousGreeting
  const frame = { language: locale, common: messages.common, greeting, site }
  return { subject: content.subject, text: layoutText(content, frame), html: layoutHtml(content, frame) }
}

/**
 * Names the browser in plain words instead of the client's `User-Agent`. The table for this is large, so it is loaded
 * with the first mail.
 */
async function worded(
  params: Readonly<Record<string, unknown>>,
  { common }: Messages,
): Promise<Readonly<Record<string, unknown>>> {
  const { userAgent } = params
  if (typeof userAgent !== 'string') return params
  const { browserOf } = await import('./browser.ts')
  return { ...params, userAgent: browserOf(userAgent, common.device) }
}

/** Links are exempt: they are our own, and long. */
function clearedParams(params: object): Readonly<Record<string, unknown>> {
  const entries = Object.entries(params).map(([name, value]) => [
    name,
    typeof value === 'string' && !/link$/i.test(name) ? cleared(value) : value,
  ])
  return Object.fromEntries(entries)
}
