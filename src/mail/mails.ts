import { type PageOptions, readPage } from '../core/page.ts'
import { RequestError } from '../errors.ts'
import type { Database } from '../store/engine/database.ts'
import { isUuid } from '../store/engine/ids.ts'
import {
  countWaitingMails,
  findMail,
  listMails,
  type MailState,
  mailStates,
  makeMailDue,
  type StoredMail,
} from '../store/mails.ts'

/** A mail as an operator sees it, without its contents. */
export type Mail = Omit<StoredMail, 'sealed' | 'sealedUnder' | 'claimedUntil'>

/** The mails of the outbox, for operators. */
export class Mails {
  readonly #parts: { readonly database: Database; readonly now: () => Date }

  constructor(parts: { readonly database: Database; readonly now: () => Date }) {
    this.#parts = parts
  }

  /**
   * Mails, newest first, at most 1000 per page.
   * @throws {RequestError} `invalid_request`
   */
  async list(options: PageOptions & { readonly state?: MailState | undefined } = {}): Promise<Mail[]> {
    const { state, ...page } = Object(options) as typeof options
    if (state !== undefined && !mailStates.includes(state)) {
      const members = [{ member: 'state', msg: `must be one of ${mailStates.join(', ')}` }]
      throw new RequestError('invalid_request', 'No such state of a mail', { members })
    }
    const { after, limit } = readPage(page, { longest: 1000, isCursor: isUuid })
    return (await listMails(this.#parts.database.sql, { state, after, limit })).map(withoutContent)
  }

  async find(id: string): Promise<Mail | undefined> {
    const mail = isUuid(id) ? await findMail(this.#parts.database.sql, id) : undefined
    return mail && withoutContent(mail)
  }

  /**
   * Makes a waiting mail due now. @returns `false` if it is not waiting. A mail that was given up has nothing left to
   * send.
   */
  async retry(id: string): Promise<boolean> {
    const { database, now } = this.#parts
    return isUuid(id) && (await makeMailDue(database.sql, id, now()))
  }

  /** How many mails are waiting, and for how long the oldest has been. */
  async load(): Promise<{ readonly waiting: number; readonly oldestSeconds: number }> {
    const { database, now } = this.#parts
    const { waiting, oldestAt } = await countWaitingMails(database.sql)
    return {
      waiting,
      oldestSeconds: oldestAt === null ? 0 : Math.max(0, (now().getTime() - oldestAt.getTime()) / 1000),
    }
  }
}

function withoutContent({ sealed: _, sealedUnder: __, claimedUntil: ___, ...mail }: StoredMail): Mail {
  return mail
}
