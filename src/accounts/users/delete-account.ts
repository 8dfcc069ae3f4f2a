import { commit } from '../../core/change.ts'
import { batchSize, endSurplus } from '../../core/end-sessions.ts'
import { makeEvent, type RequestOrigin } from '../../core/events.ts'
import { queueNotice } from '../../mail/notices.ts'
import { cutOfUser, endOfSession, isDisabled, lastStandingOfUser } from '../../revocations/revocation.ts'
import type { Sql } from '../../store/engine/database.ts'
import { deleteStandings } from '../../store/revocations/revocations.ts'
import { deleteEndedSessions, lockUser } from '../../store/sessions/session-batches.ts'
import { revokeSessions } from '../../store/sessions/sessions.ts'
import { deleteUser, type User } from '../../store/users/users.ts'
import type { UserParts } from './register.ts'

/** How an account is deleted. */
export interface DeletionOptions {
  readonly keptUntilThen?: string | undefined
  readonly check?: (trx: Sql, at: Date) => Promise<unknown>
}

/**
 * Deletes a user with all sessions, revokes all access tokens, and notifies the user. The audit events stay.
 * @param how.keptUntilThen The session that requested the deletion: it ends together with the account, not before.
 * @param how.check Throws in the transaction if the account must not be deleted after all.
 * @returns The user as before; `undefined` if there is no such user.
 */
export async function deleteAccount(
  parts: UserParts,
  id: string,
  origin: RequestOrigin,
  { keptUntilThen, check }: DeletionOptions = {},
): Promise<User | undefined> {
  const { database } = parts
  const rehearsal = async (trx: Sql) => {
    await check?.(trx, parts.now())
    return true
  }
  await endSurplus(parts, { userId: id, exceptId: keptUntilThen }, 'user_deleted', origin, rehearsal)
  // Deleting the user deletes the rows of all sessions, so no more of them are left than one batch.
  while ((await deleteEndedSessions(database.sql, id, batchSize)) === batchSize);
  return commit(parts, async (trx) => {
    // The user first: either a login in progress waits for this row, or this waits for the login and then finds its
    // session.
    await lockUser(trx, id)
    const at = parts.now()
    await check?.(trx, at)
    const ended = await revokeSessions(trx, { userId: id }, 'user_deleted', at)
    const standing = await deleteStandings(trx, id)
    const user = await deleteUser(trx, id)
    if (user === undefined) return { result: undefined, events: [] }
    await queueNotice(trx, parts, user, 'account_deleted', {}, { at, origin })
    return {
      result: user,
      revoked: [
        ...ended.map((session) => endOfSession(session.id)),
        // An account that is added under this id later is not disabled.
        ...(standing === undefined ? [] : [lastStandingOfUser(id, isDisabled(standing) ? standing + 1 : standing)]),
        cutOfUser(id, at),
      ],
      // Nothing else records the name from now on.
      events: [makeEvent('user_deleted', at, origin, { userId: id, details: { username: user.username } })],
    }
  })
}
