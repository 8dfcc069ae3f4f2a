import { uuidv7 } from 'uuidv7'
import type { Sealing } from '../../secrets/sealing.ts'
import { afterCommit } from '../../store/engine/after-commit.ts'
import type { Sql } from '../../store/engine/database.ts'
import { insertMail, type StoredMail } from '../../store/mails.ts'
import { readMailbox } from '../address.ts'
import type { Links } from '../links.ts'
import type { MailOf } from '../templates/params.ts'
import type { MailLocale } from '../templates/render.ts'

/** What mails are queued with. There is none where no mail can be sent. */
export interface Outbox {
  readonly links: Links
  /** The language of those for whom no other is known. */
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
  /** `null` for an address that no account has: a row is written all the same, and nothing is sent. */
  readonly recipient: string | null
  readonly locale?: MailLocale
}

/** Parameters fill a multiple of this: the row of a long name is not larger than that of a decoy. */
const sizeClass = 1024
const maxSize = 16 * sizeClass

/**
 * Queues a mail in the transaction of what causes it: both happen, or neither. A decoy costs the same statement and the same
 * encryption as a mail. Does nothing if no mail can be sent, which callers have to say where that matters
 * (`parts.outbox === undefined`).
 */
export async function queueMail(
  trx: Sql,
  { outbox, now }: OutboxParts,
  { recipient, template, params, locale }: QueuedMail,
): Promise<void> {
  if (outbox === undefined) return
  const id = uuidv7()
  await insertMail(trx, {
    id,
    // An address that was stored before this rule is kept as it is: the worker gives it up, and says so.
    recipient: recipient === null ? null : (readMailbox(recipient) ?? recipient),
    template,
    locale: locale ?? outbox.locale,
    createdAt: now(),
    ...outbox.sealing.seal(padded(JSON.stringify(params)), sealedAs(id)),
  })
  afterCommit(trx, outbox.wake)
}

/** JSON ignores blanks at its end. */
function padded(json: string): string {
  const size = Buffer.byteLength(json)
  if (size > maxSize) throw new Error(`The parameters of a mail have ${size} bytes, and at most ${maxSize} can be sent`)
  return json + ' '.repeat(Math.ceil(size / sizeClass) * sizeClass - size)
}

/**
 * The parameters of a mail.
 * @returns `undefined` if they are erased, or encrypted under a secret that is not known here.
 * @throws {SealBrokenError}
 */
export function openParams(sealing: Sealing, mail: StoredMail): object | undefined {
  const { id, sealed, sealedUnder } = mail
  if (sealed === null || sealedUnder === null) return undefined
  const json = sealing.open({ sealed, sealedUnder }, sealedAs(id))
  return json === undefined ? undefined : JSON.parse(json)
}

/** The purpose that mails are sealed for. */
export const sealingPurpose = 'mails'

function sealedAs(id: string): string {
  return `mail:${id}`
}
