import { atMostEvery } from '../../core/listener.ts'
import { claimMails, hasDueMail } from '../../store/mails.ts'
import { type DeliveryParts, deliver } from './deliver.ts'

/** How the worker runs. */
export interface MailerOptions {
  /**
   * How often it looks for mails of other processes, and for those that are due again. If absent, it only looks when
   * woken.
   */
  readonly pollMilliseconds?: number | undefined
  /** How many mails are sent at once. */
  readonly concurrency?: number
  /** Time limit of one attempt. */
  readonly attemptMilliseconds?: number
  /** How long a mail is claimed. This must be longer than an attempt and recording its result. */
  readonly claimMilliseconds?: number
  /** How long mails in progress may take when the worker ends. */
  readonly endMilliseconds?: number
}

/** The worker that sends the mails of the outbox. */
export interface Mailer {
  /** Looks for due mails now. */
  wake(): void
  /** Resolves when this worker is sending nothing, and nothing is due. */
  settled(): Promise<void>
  close(): Promise<void>
}

const faultsEveryMilliseconds = 60_000

/** Sends due mails in the background. A queued mail is sent even if the process that queued it no longer runs. */
export function startMailer(given: Omit<DeliveryParts, 'attemptMilliseconds'>, options: MailerOptions = {}): Mailer {
  const { pollMilliseconds, attemptMilliseconds = 60_000, claimMilliseconds = 120_000 } = options
  const { concurrency = 5, endMilliseconds = 5_000 } = options
  const ending = new AbortController()
  const parts = { ...given, attemptMilliseconds, onFault: atMostEvery(faultsEveryMilliseconds, given.onFault) }
  const { database, now } = parts
  /** By the id of the mail. */
  const sending = new Map<string, Promise<void>>()
  let isClosing = false
  let news = Promise.withResolvers<void>()
  let idle = Promise.withResolvers<void>()
  const wake = () => news.resolve()

  /** @returns How many mails it started to send. */
  async function beginDue(): Promise<number> {
    const limit = concurrency - sending.size
    if (isClosing || limit === 0 || !(await hasDueMail(database.sql, now()))) return 0
    const at = now()
    const until = new Date(at.getTime() + claimMilliseconds)
    // A mail that this process has sent is due again if the database was away for longer than the claim. It may be
    // recorded as sent before the answer to the new claim arrives.
    const earlier = new Set(sending.keys())
    const claimed = await claimMails(database.sql, { now: at, until, limit })
    const begun = claimed.filter(({ id }) => !earlier.has(id))
    for (const mail of begun) {
      const one = deliver(parts, mail, ending.signal)
        .catch(parts.onFault)
        .then(() => {
          sending.delete(mail.id)
          wake()
        })
      sending.set(mail.id, one)
    }
    return begun.length
  }

  async function run(): Promise<void> {
    while (!isClosing) {
      // Reset before the check, so that a mail queued meanwhile is not missed.
      news = Promise.withResolvers()
      const begun = await beginDue().catch((error) => {
        if (!isClosing) parts.onFault(error)
        return 0
      })
      if (begun === 0 && sending.size === 0) {
        idle.resolve()
        idle = Promise.withResolvers()
      }
      const timer = pollMilliseconds === undefined ? undefined : setTimeout(wake, pollMilliseconds).unref()
      await news.promise
      clearTimeout(timer)
    }
    idle.resolve()
  }

  const running = run()
  return {
    wake,
    async settled() {
      // A check in progress may have started before a mail was queued. The one after it sees that mail.
      for (let looks = 0; looks < 2; looks++) {
        const { promise } = idle
        wake()
        await promise
      }
    },
    async close() {
      isClosing = true
      wake()
      await running
      const timer = setTimeout(() => ending.abort(new Error('The server is shutting down')), endMilliseconds)
      await Promise.all(sending.values())
      clearTimeout(timer)
    },
  }
}
