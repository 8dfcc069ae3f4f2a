import { uuidv7 } from 'uuidv7'
import type { Sealing } from '../../secrets/sealing.ts'
import { afterCommit } from '../../store/engine/after-commit.ts'
import type { Sql } from '../../store/engine/database.ts'
import { insertMail, type StoredMail } from '../../store/mails.ts'
import { readMailbox } from '../address.ts'
import type { Links } from '../links.ts'
import type { MailOf } from '../templates/params.ts'
import type { MailLocale } from '../templates/render.ts'

/** What is needed to queue mails. There is no outbox if mail cannot be sent. */
export interface Outbox {
  readonly links: Links
  /** The language of the mails. */
  readonly locale: MailLocale
  readonly sealing: Sealing
  /** Called after the transaction that queued a mail. */
  readonly wake: () => void
}

export interface OutboxParts {
  readonly outbox: Outbox | undefined
  readonly now: () => Date
}

export type QueuedMail = MailOf & {
  /** `null` for an address that no account has. A row is written all the same, but nothing is sent. */
  readonly recipient: string | null
}

/** Parameters are padded to a multiple of this, so that a long name does not make a row larger than a decoy's. */
const sizeClass = 1024
const maxSize = 16 * sizeClass

/**
 * Queues a mail in the transaction that causes it, so that both happen or neither does. A decoy costs the same
 * statement and the same encryption as a mail. Does nothing if mail cannot be sent; callers to whom that matters have
 * to check `parts.outbox === undefined`.
 */
export async function queueMail(
  trx: Sql,
  { outbox, now }: OutboxParts,
  { recipient, template, params }: QueuedMail,
): Promise<void> {
  if (outbox === undefined) return
  const id = uuidv7()
  await insertMail(trx, {
    id,
    // An invalid address that was stored before this check is kept. The worker gives the mail up and reports it.
    recipient: recipient === null ? null : (readMailbox(recipient) ?? recipient),
    template,
    locale: outbox.locale,
    createdAt: now(),
    ...outbox.sealing.seal(padded(JSON.stringify(params)), sealedAs(id)),
  })
  afterCommit(trx, outbox.wake)
}

/** JSON ignores spaces at its end. */
function padded(json: string): string {
  const size = Buffer.byteLength(json)
  if (size > maxSize) throw new Error(`The parameters of a mail have ${size} bytes, and at most ${maxSize} can be sent`)
  return json + ' '.repeat(Math.ceil(size / sizeClass) * sizeClass - size)
}

/**
 * The parameters of a mail.
 * @returns `undefined` if they have been erased, or are encrypted under an unknown secret.
 * @throws {SealBrokenError}
 */
export function openParams(sealing: Sealing, mail: StoredMail): object | undefined {
  const { id, sealed, sealedUnder } = mail
  if (sealed === null || sealedUnder === null) return undefined
  const json = sealing.open({ sealed, sealedUnder }, sealedAs(id))
  return json === undefined ? undefined : JSON.parse(json)
}

/** The purpose of the key that encrypts mails. */
export const sealingPurpose = 'mails'

function sealedAs(id: string): string {
  return `mail:${id}`
}
