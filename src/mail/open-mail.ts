import type { ChangeParts } from '../core/change.ts'
import type { ServerSecret } from '../secrets/server-secret.ts'
import { makeLinks } from './links.ts'
import { logMail } from './log-mail.ts'
import type { Transport } from './message.ts'
import { baseOf, type MailOptions, type MailSettings } from './options.ts'
import { type Mailer, type MailerOptions, startMailer } from './outbox/mailer.ts'
import { type Outbox, sealingPurpose } from './outbox/outbox.ts'
import { makeSmtpTransport } from './smtp/smtp.ts'
import { readSmtpAddress } from './smtp/smtp-address.ts'
import type { WritingParts } from './write-mail.ts'

/** What mail is set up with. */
export interface MailSetup extends MailSettings, MailOptions {
  readonly url?: string | undefined
  readonly issuer?: string | undefined
}

/** Mail as it is set up, before the database is open. */
export interface MailService {
  readonly outbox: Outbox
  readonly writing: WritingParts
  readonly transport: Transport
  readonly keepsParameters: boolean
  /** Starts the worker. */
  start(parts: ChangeParts, onFault: (error: unknown) => void, options?: MailerOptions): Mailer
}

/** Often enough for a mail that another process queued, and seldom enough to cost nothing: a look is one indexed query. */
const pollMilliseconds = 2_000

/**
 * Sets up mail: by `smtp`, by `sendMail`, and in development, without either, to standard error.
 * @param pagesUrlOf Where the pages are that mails link to, of the public URL.
 * @returns `undefined` where no mail can be sent.
 */
export function setUpMail(
  setup: MailSetup,
  { pagesUrlOf, secrets }: { readonly pagesUrlOf: (base: string) => string; readonly secrets: ServerSecret },
): MailService | undefined {
  const base = baseOf(setup)
  const sender = senderOf(setup)
  if (base === undefined || sender === undefined) return undefined
  let mailer: Mailer | undefined
  const outbox = makeOutbox(setup, { pagesUrl: pagesUrlOf(base), secrets, wake: () => mailer?.wake() })
  const service = { outbox, writing: writingOf(setup, outbox.links.site), ...sender }
  return {
    ...service,
    start(parts, onFault, options = { pollMilliseconds }) {
      mailer = startMailer({ ...parts, ...service, onFault }, options)
      return mailer
    },
  }
}

/** An outbox alone, for a process that queues mails and sends none: those that serve find them there. */
export function makeOutbox(
  { mailLocale: locale }: Pick<MailSettings, 'mailLocale'>,
  {
    pagesUrl,
    secrets,
    wake = () => {},
  }: { readonly pagesUrl: string; readonly secrets: ServerSecret; readonly wake?: () => void },
): Outbox {
  return { links: makeLinks(pagesUrl), locale, sealing: secrets.sealing(sealingPurpose), wake }
}

export function writingOf(
  { mailFrom, mailTemplates }: MailOptions & Partial<MailSettings>,
  site: string,
): WritingParts {
  return { site, from: mailFrom, templates: mailTemplates }
}

/** What sends, and whether what was sent can still be read. */
export function senderOf({
  smtp,
  sendMail = developmentSender(),
}: MailOptions & Partial<MailSettings>): Pick<MailService, 'transport' | 'keepsParameters'> | undefined {
  if (smtp !== undefined) {
    const address = readSmtpAddress(smtp)
    // Options are checked before: this is for the types.
    return 'mistakes' in address ? undefined : { transport: makeSmtpTransport(address), keepsParameters: false }
  }
  return sendMail && { transport: (message) => sendMail(message), keepsParameters: sendMail === logMail }
}

/** Mails have links that open accounts: no log of a server that may be in production gets them unless it says otherwise. */
function developmentSender(): typeof logMail | undefined {
  return process.env.NODE_ENV === 'development' ? logMail : undefined
}
