import type { RequestOrigin } from '../../core/events.ts'
import { lockUser } from '../../store/sessions/session-batches.ts'
import type { Caller } from '../sessions/caller.ts'
import { deleteAccount } from '../users/delete-account.ts'
import type { UserParts } from '../users/register.ts'
import { callerInSession } from './caller-in-session.ts'

/**
 * Deletes the caller's account. This cannot be undone, so the caller has authenticated a moment ago.
 * @throws {RequestError} `session_required`
 * @throws {TokenError} `insufficient_user_authentication`, `token_revoked`
 */
export async function deleteOwnAccount(parts: UserParts, caller: Caller, origin: RequestOrigin): Promise<void> {
  const { requireStill } = await callerInSession(parts, caller)
  await deleteAccount(parts, caller.userId, origin, {
    keptUntilThen: caller.sessionId,
    async check(trx, at) {
      await lockUser(trx, caller.userId)
      await requireStill(trx, at)
    },
  })
}
