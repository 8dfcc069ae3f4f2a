import { uuidv7 } from 'uuidv7'
import { readMailbox } from './address.ts'
import { senderOf, writingOf } from './open-mail.ts'
import { baseOf, type MailSettings } from './options.ts'
import { errorText } from './smtp/faults.ts'
import { writeText } from './write-mail.ts'

const timeoutMilliseconds = 60_000

/**
 * Sends a mail at once, past the outbox, for an operator who wants to see what the mail server says.
 * @returns What went wrong; `undefined` if the server accepted the mail.
 */
export async function sendTest(
  settings: MailSettings & { readonly issuer?: string | undefined },
  address: string,
): Promise<string | undefined> {
  const to = readMailbox(address)
  if (to === undefined) return 'The address is not one mailbox, such as you@example.com'
  const base = baseOf({ issuer: settings.issuer })
  const writing = writingOf(settings, base === undefined ? 'hallpass' : new URL(base).host)
  try {
    const text = await writeText({ template: 'test', params: {}, locale: settings.mailLocale }, writing)
    const attempt = { id: uuidv7(), signal: AbortSignal.timeout(timeoutMilliseconds) }
    await senderOf(settings)?.transport({ to, from: writing.from, ...text }, attempt)
    return undefined
  } catch (fault) {
    return `The mail was not sent: ${errorText(fault, [])}`
  }
}
