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

/** A line of clients that wait for their turns. */
export interface Line {
  readonly name: string
  /** From one turn to the next: one second, and then twice as long each time, up to this. */
  readonly longestDelaySeconds: number
  /** How long after the last turn the next ones keep their distance. */
  readonly keptSeconds: number
}

/**
 * First come, first served. A network gets one place in the queue, whose time is reported and does not change: asking early or often
 * gains nothing, and takes nothing from those who wait. The place is good once. So everyone waits for one turn of
 * each other client in the line at most, however fast the others ask.
 *
 * The queues are in the database, with Valkey or without: they are needed only during an attack.
 */
export class Turns {
  readonly #query: Database['query']

  constructor(query: Database['query']) {
    this.#query = query
  }

  /** @throws {RequestError} `rate_limited`, with the seconds until the turn */
  async take(line: Line, holder: string): Promise<void> {
    const ticket = ticketOf(line, holder)
    const now = Date.now()
    const found = await findTicket(this.#query, ticket, now)
    if (found !== undefined) {
      if (found > now) throw limited(found - now)
      return this.#spend(line, ticket, now)
    }
    // Held before there is a time for it: of many requests of one client at once, one takes a place in the line.
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

  /** Forgets a line. Places in it are good for nothing where no one has to wait. */
  async forget(name: string): Promise<void> {
    await deleteLine(this.#query, keyOf(name))
  }

  /** Gives back a turn that was not used, for a reason of ours. */
  async giveBack(line: Line, holder: string): Promise<void> {
    await keepTicket(this.#query, ticketOf(line, holder), Date.now())
  }
}

function ticketOf(line: Line, holder: string): string {
  return keyOf(JSON.stringify([line.name, holder]))
}
