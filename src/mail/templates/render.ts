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

/** What a mail says. */
export interface MailText {
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** What a hook can replace: a template, its language, and its parameters. */
export type TemplatedMail = MailOf & { readonly locale: MailLocale }

/** Replaces the text of some mails. @returns `undefined` for those that stay as they are. */
export type MailTemplates = (mail: TemplatedMail) => MailText | undefined | Promise<MailText | undefined>

export function isTemplate(name: string): name is TemplateName {
  return name !== 'common' && Object.hasOwn(en, name)
}

export function isLocale(name: string): name is MailLocale {
  return Object.hasOwn(languages, name)
}

/** Writes a mail. Parameters are cleared of control characters and escaped: anyone can choose a username. */
export async function renderMail(mail: TemplatedMail, site: string): Promise<MailText> {
  const { locale, template } = mail
  const messages: Messages = languages[locale]
  const params = await worded(clearedParams(mail.params), messages)
  // Each template takes the parameters of its own name: the type of `MailOf` says so, which the compiler cannot follow here.
  const write = messages[template] as (params: Readonly<Record<string, unknown>>, site: string) => Content
  const content = write(params, site)
  const { username } = params
  const greeting =
    typeof username === 'string' && username !== ''
      ? messages.common.greeting(unlinked(username))
      : messages.common.greetingOfNoOne
  const frame = { language: locale, common: messages.common, greeting, site }
  return { subject: content.subject, text: layoutText(content, frame), html: layoutHtml(content, frame) }
}

/** With the browser in plain words, in the place of what its client states: the table of these is large, and loaded with the first. */
async function worded(
  params: Readonly<Record<string, unknown>>,
  { common }: Messages,
): Promise<Readonly<Record<string, unknown>>> {
  const { userAgent } = params
  if (typeof userAgent !== 'string') return params
  const { browserOf } = await import('./browser.ts')
  return { ...params, userAgent: browserOf(userAgent, common.device) }
}

/** Links are ours, and long. */
function clearedParams(params: object): Readonly<Record<string, unknown>> {
  const entries = Object.entries(params).map(([name, value]) => [
    name,
    typeof value === 'string' && !/link$/i.test(name) ? cleared(value) : value,
  ])
  return Object.fromEntries(entries)
}
