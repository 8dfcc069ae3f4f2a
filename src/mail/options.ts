import { z } from 'zod'
import { functionSchema, isPublicUrl } from '../core/settings/options.ts'
import type { OptionRows, SettingRows } from '../core/settings/setting.ts'
import { readSender } from './address.ts'
import type { SendMail } from './message.ts'
import { smtpMistakes } from './smtp/smtp-address.ts'
import { type MailLocale, type MailTemplates, mailLocales } from './templates/render.ts'

/** How mails are sent. */
export interface MailSettings {
  /** Mail server: `smtp://user:password@host:587` with STARTTLS, or `smtps://…`. None by default: pass this or `sendMail`. */
  readonly smtp?: string
  /** Sender of mails: `hallpass@id.example`, or `Example <hallpass@id.example>`. Required with `smtp`. */
  readonly mailFrom?: string
  /** Language of mails: `en` or `de`. `en` by default. */
  readonly mailLocale: MailLocale
}

/** What only a program can pass. */
export interface MailOptions {
  /** Sends a mail, instead of `smtp`. Called again later, for a day, if it throws. */
  readonly sendMail?: SendMail
  /** Returns the subject, text and HTML of a mail, or `undefined` for the template's own. */
  readonly mailTemplates?: MailTemplates
}

export const mailSettings: SettingRows<MailSettings> = {
  smtp: {
    about: "Mail server, 'smtp://user:password@host:587' with STARTTLS, or 'smtps://…'",
    unit: 'URL',
    schema: z.string().superRefine((text, { addIssue }) => {
      for (const message of smtpMistakes(text)) addIssue({ code: 'custom', message })
    }),
  },
  mailFrom: {
    about: "Sender of mails, such as 'Example <hallpass@id.example>'",
    unit: 'MAILBOX',
    schema: z
      .string()
      .refine(
        (text) => readSender(text) !== undefined,
        "must be 'name@host', or 'Name <name@host>' without quotation marks",
      ),
  },
  mailLocale: {
    about: 'Language of mails: en or de',
    unit: 'NAME',
    schema: z.enum(mailLocales, `must be one of ${mailLocales.join(', ')}`),
    default: 'en',
  },
}

export const mailOptions: OptionRows<MailOptions> = {
  sendMail: { about: "Sends a mail, instead of 'smtp'", schema: functionSchema() },
  mailTemplates: {
    about: "Returns the subject, text and HTML of a mail, or 'undefined' for the template's own",
    schema: functionSchema(),
  },
}

/** What is wrong with a combination of options, under their names in `createAuth`. */
export function mailProblems(
  options: MailOptions & Partial<MailSettings> & { readonly url?: string; readonly issuer?: string },
): string[] {
  const { smtp, sendMail, mailFrom, url, issuer } = options
  const isOn = smtp !== undefined || sendMail !== undefined
  return [
    ...(smtp !== undefined && sendMail !== undefined ? ['smtp, sendMail: pass only one of them'] : []),
    ...(smtp !== undefined && mailFrom === undefined ? ['mailFrom: is required with smtp'] : []),
    ...(isOn && baseOf({ url, issuer }) === undefined
      ? ['url: is required with smtp and sendMail: links in mails begin with it']
      : []),
  ]
}

/** The public URL with which links begin. It comes only from the configuration. */
export function baseOf({
  url,
  issuer,
}: {
  readonly url?: string | undefined
  readonly issuer?: string | undefined
}): string | undefined {
  const base = url ?? issuer ?? ''
  return isPublicUrl(base) ? base.replace(/\/+$/, '') : undefined
}
