import { type PageOptions, readPage } from '../core/page.ts'
import type { Database } from '../store/engine/database.ts'
import { isUuid } from '../store/engine/ids.ts'
import { countWaitingMails, findMail, listMails, type MailState, makeMailDue, type StoredMail } from '../store/mails.ts'

/** A mail as an operator sees it: without what it says. */
export type Mail = Omit<StoredMail, 'sealed' | 'sealedUnder' | 'claimedUntil'>

/** The mails of the outbox, for operators. */
export class Mails {
  readonly #parts: { readonly database: Database; readonly now: () => Date }

  constructor(parts: { readonly database: Database; readonly now: () => Date }) {
    this.#parts = parts
  }

  /**
   * The newest first, at most 1000 a page.
   * @throws {RequestError} `invalid_request`
   */
  async list({ state, ...page }: PageOptions & { readonly state?: MailState | undefined } = {}): Promise<Mail[]> {
    const { after, limit } = readPage(page, { longest: 1000, isCursor: isUuid })
    return (await listMails(this.#parts.database.sql, { state, after, limit })).map(withoutContent)
  }

  async find(id: string): Promise<Mail | undefined> {
    const mail = isUuid(id) ? await findMail(this.#parts.database.sql, id) : undefined
    return mail && withoutContent(mail)
  }

  /** Makes a waiting mail due now. @returns `false` if it is not waiting: of one that was given up nothing is left to send. */
  async retry(id: string): Promise<boolean> {
    const { database, now } = this.#parts
    return isUuid(id) && (await makeMailDue(database.sql, id, now()))
  }

  /** How many mails wait, and for how long the oldest has. */
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
