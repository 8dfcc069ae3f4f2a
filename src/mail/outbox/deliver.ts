import { setTimeout as sleep } from 'node:timers/promises'
import { type ChangeParts, commit } from '../../core/change.ts'
import { makeEvent } from '../../core/events.ts'
import { deferMail, giveUpMail, markMailSent, type StoredMail } from '../../store/mails.ts'
import type { Transport } from '../message.ts'
import { afterFault } from '../smtp/faults.ts'
import { type WritingParts, writeMail } from '../write-mail.ts'
import { type Outbox, openParams } from './outbox.ts'

/** What is needed to deliver a mail. */
export interface DeliveryParts extends ChangeParts {
  readonly outbox: Outbox
  readonly writing: WritingParts
  readonly transport: Transport
  /** Whether a sent mail can still be read: in development, where it exists only in the outbox. */
  readonly keepsParameters: boolean
  /** Time limit of one attempt. */
  readonly attemptMilliseconds: number
  /** Called when a mail could not be sent, or not recorded as sent, with a message that contains no secrets. */
  readonly onFault: (error: unknown) => void
}

/**
 * Sends a mail that this process has claimed, and records the result. A decoy is marked as sent at once.
 * @param ending Aborted when the process ends.
 */
export async function deliver(parts: DeliveryParts, mail: StoredMail, ending: AbortSignal): Promise<void> {
  if (mail.recipient === null) return noteSent(parts, mail, ending)
  const secrets = [mail.recipient]
  try {
    const params = openParams(parts.outbox.sealing, mail)
    if (params === undefined) throw new Error('The mail is encrypted under a secret that this server does not have')
    secrets.push(...textsOf(params))
    await sendInTime(parts, mail, params, ending)
  } catch (fault) {
    return noteFault(parts, mail, fault, secrets)
  }
  await noteSent(parts, mail, ending)
}

/** Enforces the time limit even if a function of the application ignores the signal. */
async function sendInTime(
  { writing, transport, attemptMilliseconds }: DeliveryParts,
  mail: StoredMail,
  params: object,
  ending: AbortSignal,
): Promise<void> {
  const own = new AbortController()
  const signal = AbortSignal.any([ending, own.signal])
  const timer = setTimeout(() => own.abort(new Error('The mail server took too long')), attemptMilliseconds)
  const { promise: ended, reject } = Promise.withResolvers<never>()
  signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  const sending = writeMail(mail, params, writing).then((message) => transport(message, { id: mail.id, signal }))
  await Promise.race([sending, ended]).finally(() => clearTimeout(timer))
}

const pauseMilliseconds = 1_000

/** Records that a mail was sent. Otherwise it would be sent again, so this is retried until the process ends. */
async function noteSent(parts: DeliveryParts, mail: StoredMail, ending: AbortSignal): Promise<void> {
  const { database, now, announce, operator, keepsParameters, onFault } = parts
  for (;;) {
    const at = now()
    try {
      await markMailSent(database.sql, mail.id, { at, keepsParameters })
      break
    } catch (error) {
      if (ending.aborted) throw error
      onFault(error)
      await sleep(pauseMilliseconds, undefined, { ref: false })
    }
  }
  if (mail.recipient !== null) announce(makeEvent('mail_sent', now(), operator, { details: detailsOf(mail) }))
}

async function noteFault(
  parts: DeliveryParts,
  mail: StoredMail,
  fault: unknown,
  secrets: readonly string[],
): Promise<void> {
  const now = parts.now()
  const { nextAt, error } = afterFault(fault, { ...mail, now }, secrets)
  if (nextAt !== null) {
    await deferMail(parts.database.sql, mail, { nextAt, error })
    parts.onFault(new Error(`A mail could not be sent, and will be tried again: ${error}`))
    return
  }
  await commit(parts, async (trx) => {
    const isOurs = await giveUpMail(trx, mail, { at: now, error })
    const event = makeEvent('mail_failed', now, parts.operator, { details: { ...detailsOf(mail), error } })
    return { result: undefined, events: isOurs ? [event] : [] }
  })
}

function detailsOf({ id, template, attempts }: StoredMail): Readonly<Record<string, unknown>> {
  return { mail: id, template, attempts }
}

/** Texts of the mail that a server's answer may repeat. */
function textsOf(params: object): string[] {
  return Object.values(params).filter((value) => typeof value === 'string')
}
