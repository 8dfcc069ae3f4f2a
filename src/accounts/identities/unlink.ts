import { commit } from '../../core/change.ts'
import { endSurplus } from '../../core/end-sessions.ts'
import { makeEvent, type RequestOrigin } from '../../core/events.ts'
import { RequestError } from '../../errors.ts'
import { queueNotice } from '../../mail/notices.ts'
import { endOfSession } from '../../revocations/revocation.ts'
import type { Sql } from '../../store/engine/database.ts'
import { isUuid } from '../../store/engine/ids.ts'
import { deleteIdentity } from '../../store/identities.ts'
import { deleteSecretsOf } from '../../store/one-time/one-time-secrets.ts'
import { lockUser } from '../../store/sessions/session-batches.ts'
import { revokeSessions } from '../../store/sessions/sessions.ts'
import { callerInSession } from '../own/caller-in-session.ts'
import { requireSignInMethod } from '../own/require-sign-in-method.ts'
import type { Caller } from '../sessions/caller.ts'
import { othersOf } from '../sessions/end-own-sessions.ts'
import { lastingSecrets } from '../users/factors.ts'
import type { IdentityParts } from './parts.ts'

/**
 * Unlinks an account at a provider, unless it is the last way to sign in. The other sessions end, because one of them
 * may have begun with that account.
 * @throws {RequestError} `session_required`, `identity_not_found`, `last_way_in`
 * @throws {TokenError} `insufficient_user_authentication`, `token_revoked`
 */
export async function unlink(parts: IdentityParts, caller: Caller, id: string, origin: RequestOrigin): Promise<void> {
  const { session, requireStill } = await callerInSession(parts, caller)
  const { userId, sessionId } = session
  async function remove(trx: Sql) {
    const at = parts.now()
    await lockUser(trx, userId)
    const { user } = await requireStill(trx, at)
    const removed = isUuid(id) ? await deleteIdentity(trx, { id, userId }) : undefined
    if (removed === undefined) throw new RequestError('identity_not_found', 'No such linked account')
    await requireSignInMethod(trx, parts, userId)
    return { at, user, removed }
  }
  await endSurplus(parts, othersOf(session), 'identity_removed', origin, remove)
  await commit(parts, async (trx) => {
    const { at, user, removed } = await remove(trx)
    await deleteSecretsOf(trx, userId, { except: lastingSecrets })
    const provider = parts.providers.get(removed.provider)?.title ?? removed.provider
    await queueNotice(trx, parts, user, 'identity_removed', { provider }, { at, origin })
    const ended = await revokeSessions(trx, othersOf(session), 'identity_removed', at)
    const about = { userId, sessionId, details: { provider: removed.provider, identity: id } }
    return {
      result: undefined,
      revoked: ended.map((one) => endOfSession(one.id)),
      events: [makeEvent('identity_removed', at, origin, about)],
    }
  })
}
