import type { ChangeParts } from '../../core/change.ts'
import { endSession, endSessions } from '../../core/end-sessions.ts'
import { defaultPageSize, type PageOptions, readPage } from '../../core/page.ts'
import { isUuid } from '../../store/engine/ids.ts'
import { listSessions, type SessionPage } from '../../store/sessions/sessions.ts'
import { removeDevices } from '../devices/own-devices.ts'
import { textOfId, type UserId } from '../users/user-id.ts'

/** Where users are logged in. */
export class Sessions {
  readonly #parts: ChangeParts

  constructor(parts: ChangeParts) {
    this.#parts = parts
  }

  /**
   * Lists living sessions, newest first, at most 100 at a time. `next` is the `after` of the next page, and `null` at
   * the end. A page before the end may have fewer than were requested.
   * @throws {RequestError} `invalid_request`
   */
  async list(userId: UserId, page: PageOptions = {}): Promise<SessionPage> {
    return listSessionPage(this.#parts, textOfId(userId), page)
  }

  /** @returns `false` if the session is over already, or never existed. */
  async end(id: string): Promise<boolean> {
    return isUuid(id) && (await endSession(this.#parts, { id }, 'ended_by_operator'))
  }

  /**
   * Ends all sessions of a user in batches, so sessions that begin meanwhile may stay. No device of the user stays
   * trusted.
   * @returns How many were alive.
   */
  async endAll(userId: UserId): Promise<number> {
    const id = textOfId(userId)
    const ended = await endSessions(this.#parts, { userId: id }, 'ended_by_operator')
    // Last: a login that was ended with the others may have trusted its device.
    await removeDevices(this.#parts, id)
    return ended
  }
}

/** @throws {RequestError} `invalid_request` */
export function listSessionPage(
  { database, now }: Pick<ChangeParts, 'database' | 'now'>,
  userId: string,
  page: PageOptions,
): Promise<SessionPage> {
  const { after, limit } = readPage(page, { longest: defaultPageSize, isCursor: isUuid })
  return listSessions(database.sql, userId, { now: now(), after, limit })
}
