import type { Command } from 'commander'
import { Option } from 'commander'
import { defaultPageSize } from '../../core/page.ts'
import { pick } from '../../core/settings/setting.ts'
import type { Mail } from '../../mail/mails.ts'
import type { OpenOutbox } from '../../mail/outbox/open-outbox.ts'
import { readConfig } from '../../server/config/config.ts'
import { type MailState, mailStates, stateOf } from '../../store/mails.ts'
import { actorOfCommand } from '../actor.ts'
import { addSettings, readOf, sourcesOf } from '../environment.ts'
import { exitCodes, Failure } from '../failure.ts'
import { printJson, printOne, printRows } from '../output.ts'
import { printableLines } from '../printable.ts'
import type { Terminal } from '../terminal.ts'

type Options = Record<string, unknown>
type ListOptions = Options & {
  readonly state?: MailState
  readonly after?: string
  readonly limit: string
  readonly json?: boolean
}

export function addMail(program: Command, terminal: Terminal): void {
  const mail = program.command('mail').description('Shows the mails of the server, and tests the mail server.')
  const list = mail
    .command('list')
    .description(
      'Lists mails, newest first: those that are waiting, and those that were sent or failed in the last 7 days.',
    )
    .addOption(new Option('--state <state>', 'list only these').choices(mailStates))
    .option('--after <id>', 'start after this mail')
    .option('--limit <number>', 'list at most this many', String(defaultPageSize))
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  hallpass mail list --state failed')
    .action((options: ListOptions) =>
      withOutbox(terminal, options, async ({ mails }) => {
        const found = await mails.list({ ...pick(options, ['state', 'after']), limit: Number(options.limit) })
        await printRows(terminal, found.map(mailRow), options)
      }),
    )
  const show = mail
    .command('show <id>')
    .description('Shows a mail; unless NODE_ENV is production, also its contents.')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  hallpass mail show 01990a5b-6a7e-7c3e-9a51-0d2b1c5e9f10')
    .action((id: string, options: Options) =>
      withOutbox(terminal, options, async (outbox) => {
        const found = await outbox.mails.find(id)
        if (found === undefined) throw new Failure(`No such mail: ${id}`)
        const read = await textOf(terminal, options, outbox, id)
        if (options.json) {
          printJson(terminal, { ...mailRow(found), ...read })
          return
        }
        printOne(terminal, { ...mailRow(found), ...(read && { subject: read.subject }) }, options)
        if (read !== undefined) terminal.stdout.write(`\n${printableLines(read.text)}\n`)
      }),
    )
  const retry = mail
    .command('retry <id>')
    .description(
      'Sends a waiting mail now. A mail that has failed for good cannot be sent: its contents have been erased.',
    )
    .addHelpText('after', '\nExample:\n  hallpass mail retry 01990a5b-6a7e-7c3e-9a51-0d2b1c5e9f10')
    .action((id: string, options: Options) =>
      withOutbox(terminal, options, async ({ mails }) => {
        if (!(await mails.retry(id))) throw new Failure(`No such mail is waiting: ${id}`)
        terminal.stdout.write('The mail is due: a running server sends it within seconds\n')
      }),
    )
  const sendTest = mail
    .command('send-test <address>')
    .description('Sends a test mail at once, and reports what the mail server answered.')
    .addHelpText('after', '\nExample:\n  hallpass mail send-test you@example.com')
    .action((address: string, options: Options) => sendTestMail(terminal, address, options))
  for (const command of [list, show, retry]) addSettings(command, ['database', 'valkey'])
  addSettings(show, ['encryptionSecretFile', 'previousEncryptionSecretFile'])
  addSettings(sendTest, ['smtp', 'mailFrom', 'mailLocale', 'issuer'])
}

async function withOutbox(
  terminal: Terminal,
  options: Options,
  work: (outbox: OpenOutbox) => Promise<void>,
): Promise<void> {
  const { openOutbox } = await import('../../mail/outbox/open-outbox.ts')
  const values = readOf(['database', 'valkey'], terminal, options)
  const outbox = await openOutbox({ ...values, actor: actorOfCommand(terminal) })
  try {
    await work(outbox)
  } finally {
    await outbox.close()
  }
}

/** A production server keeps nothing of a sent mail, and waiting mails contain links that open accounts. */
async function textOf(
  terminal: Terminal,
  options: Options,
  outbox: OpenOutbox,
  id: string,
): Promise<{ readonly subject: string; readonly text: string } | undefined> {
  const sources = sourcesOf(terminal, options)
  if (sources.environment.NODE_ENV === 'production') return undefined
  const config = readConfig(sources)
  const { encryptionSecret: secret, previousEncryptionSecret: previous, issuer, mailFrom } = config
  if (!('text' in secret)) return undefined
  const site = issuer === undefined ? 'localhost' : new URL(issuer).host
  const writing = { site, from: mailFrom, templates: undefined }
  const read = await outbox.read(id, [secret.text, ...(previous === undefined ? [] : [previous])], writing)
  return read && { subject: read.subject, text: read.text }
}

async function sendTestMail(terminal: Terminal, address: string, options: Options): Promise<void> {
  const values = readOf(['smtp', 'mailFrom', 'mailLocale', 'issuer'], terminal, options)
  if (values.smtp === undefined || values.mailFrom === undefined) {
    throw new Failure('No mail server is set: set HALLPASS_SMTP and HALLPASS_MAIL_FROM', exitCodes.configuration)
  }
  const { sendTest } = await import('../../mail/send-test.ts')
  const fault = await sendTest(values, address)
  if (fault !== undefined) throw new Failure(fault)
  terminal.stdout.write(`Sent: the mail server has accepted a mail to ${address}\n`)
}

function mailRow(mail: Mail): Readonly<Record<string, unknown>> {
  return {
    id: mail.id,
    state: stateOf(mail),
    template: mail.template,
    to: mail.recipient,
    attempts: mail.attempts,
    created_at: mail.createdAt.toISOString(),
    next_at: mail.nextAt?.toISOString() ?? null,
    done_at: (mail.sentAt ?? mail.failedAt)?.toISOString() ?? null,
    error: mail.error,
  }
}
