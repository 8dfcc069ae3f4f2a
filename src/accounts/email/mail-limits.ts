import { given } from '../../core/settings/setting.ts'
import { RequestError } from '../../errors.ts'
import type { Database } from '../../store/engine/database.ts'
import type { SharedCounters } from '../../store/valkey.ts'
import { type Counter, counterMaker, keyOf, refuseAbove } from '../passwords/limits/counters.ts'
import { networksOf, shares } from '../passwords/limits/networks.ts'
import { limitDefaults, type MailLimitOptions } from '../passwords/options.ts'

/** The purpose of a mail, and the address that it is sent to, whether an account has it or not. */
export interface WantedMail {
  readonly purpose: string
  /** In its normal form. */
  readonly address: string
}

/**
 * Limits how many mails anyone can have sent to one e-mail address for one purpose, and from one network. It does not
 * look at accounts, so known and unknown addresses have the same limits.
 */
export class MailLimits {
  readonly #perAddress: readonly Counter[]
  readonly #perNetwork: ReadonlyMap<number, Counter>

  constructor(query: Database['query'], options: Partial<MailLimitOptions> = {}, valkey?: SharedCounters) {
    const { mailsPerMinute, mailsPerHour, mailsPerDay, mailsPerNetwork } = { ...limitDefaults, ...given(options) }
    const make = counterMaker(query, valkey)
    this.#perAddress = [
      make({ name: 'mails a minute', points: mailsPerMinute, seconds: 60 }),
      make({ name: 'mails an hour', points: mailsPerHour, seconds: 60 * 60 }),
      make({ name: 'mails a day', points: mailsPerDay, seconds: 24 * 60 * 60 }),
    ]
    this.#perNetwork = new Map(
      shares.map((share) => {
        const points = Math.ceil(mailsPerNetwork * share)
        return [share, make({ name: 'mails of a network', points, seconds: 60 * 60 })]
      }),
    )
  }

  /**
   * Counts a mail that a client requests. The network is counted first, so that a client over its limit does not use up
   * the limit of an e-mail address.
   * @throws {RequestError} `rate_limited`
   */
  async begin(mail: WantedMail, clientAddress: string | null): Promise<void> {
    for (const { name, share } of networksOf(clientAddress)) {
      await refuseAbove((this.#perNetwork.get(share) as Counter).consume(keyOf(name)))
    }
    const key = keyOf(`${mail.purpose} ${mail.address}`)
    for (const counter of this.#perAddress) await refuseAbove(counter.consume(key))
  }

  /**
   * Counts a mail that accompanies an action which happens in any case.
   * @returns Whether it may be sent.
   */
  async mayAlsoSend(mail: WantedMail, clientAddress: string | null): Promise<boolean> {
    try {
      await this.begin(mail, clientAddress)
      return true
    } catch (error) {
      if (error instanceof RequestError && error.code === 'rate_limited') return false
      throw error
    }
  }
}
