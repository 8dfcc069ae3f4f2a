import type { Database } from '../../../store/engine/database.ts'
import {
  claimTime,
  deleteLine,
  findTicket,
  holdTicket,
  keepTicket,
  noteUse,
  spendTicket,
} from '../../../store/turns.ts'
import { keyOf, limited } from './counters.ts'

/** A queue of clients that wait for their turns. */
export interface Line {
  readonly name: string
  /** Maximum time between two turns: it begins at one second and doubles each time. */
  readonly longestDelaySeconds: number
  /** How long the delay is kept after the last turn. */
  readonly keptSeconds: number
}

/**
 * First come, first served. A network gets one place in the queue. The time of its turn is reported and does not
 * change, so asking early or often gains nothing and takes nothing from others. A place can be used once. So each
 * client waits for at most one turn of every other client in the queue, however fast the others ask.
 *
 * The queues are in the database, with or without Valkey, because they are needed only during an attack.
 */
export class Turns {
  readonly #query: Database['query']
  readonly #now: () => Date

  /** @param now The clock that all processes share: a turn is a time that one of them sets and others compare with. */
  constructor(query: Database['query'], now: () => Date) {
    this.#query = query
    this.#now = now
  }

  /** @throws {RequestError} `rate_limited`, with the seconds until the turn */
  async take(line: Line, holder: string): Promise<void> {
    const ticket = ticketOf(line, holder)
    const now = this.#now().getTime()
    const found = await findTicket(this.#query, ticket, now)
    if (found !== undefined) {
      if (found > now) throw limited(found - now)
      return this.#spend(line, ticket, now)
    }
    // The ticket is held before it has a time, so that of many concurrent requests of one client only one takes a
    // place.
    if (!(await holdTicket(this.#query, ticket, now))) throw limited(0)
    const time = await claimTime(this.#query, { ...line, key: keyOf(line.name), now })
    await keepTicket(this.#query, ticket, time)
    if (time > now) throw limited(time - now)
    await this.#spend(line, ticket, now)
  }

  async #spend(line: Line, ticket: string, now: number): Promise<void> {
    if (!(await spendTicket(this.#query, ticket, now))) throw limited(0)
    await noteUse(this.#query, keyOf(line.name))
  }

  /** Forgets a queue. Its places are worth nothing when there is no waiting. */
  async forget(name: string): Promise<void> {
    await deleteLine(this.#query, keyOf(name))
  }

  /** Returns a turn that was not used because of an error here. */
  async giveBack(line: Line, holder: string): Promise<void> {
    await keepTicket(this.#query, ticketOf(line, holder), this.#now().getTime())
  }
}

function ticketOf(line: Line, holder: string): string {
  return keyOf(JSON.stringify([line.name, holder]))
}
