import { listSessions, type Session } from '../store/sessions.ts'
import { endSessions } from './end-sessions.ts'
import type { ChangeParts } from './parts.ts'

/** Where users are logged in. */
export class Sessions {
  readonly #parts: ChangeParts

  constructor(parts: ChangeParts) {
    this.#parts = parts
  }

  /** Those that live, newest first. */
  list(userId: string): Promise<Session[]> {
    return listSessions(this.#parts.database.sql, userId, this.#parts.now())
  }

  /** @returns `false` where it is over already, or never was. */
  async end(id: string): Promise<boolean> {
    return (await endSessions(this.#parts, { id }, 'ended_by_operator')).length > 0
  }

  /** @returns How many lived. */
  async endAll(userId: string): Promise<number> {
    return (await endSessions(this.#parts, { userId }, 'ended_by_operator')).length
  }
}
