import { commit } from '../../core/change.ts'
import { makeEvent, type RequestOrigin } from '../../core/events.ts'
import { queueNotice } from '../../mail/notices.ts'
import { deleteSecretsOf } from '../../store/one-time/one-time-secrets.ts'
import { lockUser } from '../../store/sessions/session-batches.ts'
import { isTakenMeanwhile } from '../../store/users/addresses.ts'
import { setUsername } from '../../store/users/user-names.ts'
import type { PasswordParts } from '../passwords/parts.ts'
import type { Caller } from '../sessions/caller.ts'
import { lastingSecrets } from '../users/factors.ts'
import { readUsername } from '../users/names.ts'
import { taken, type UserParts } from '../users/register.ts'
import { callerInSession } from './caller-in-session.ts'

/**
 * Changes the caller's username. Sessions go on, and tokens stay valid: they name the account by its id. The former name is
 * free at once. Asking whether names are taken is limited as by registrations.
 * @throws {RequestError} `session_required`, `invalid_request`, `username_taken`, `rate_limited`
 * @throws {TokenError} `insufficient_user_authentication`, `token_revoked`
 */
export async function changeUsername(
  parts: UserParts & Pick<PasswordParts, 'limits'>,
  caller: Caller,
  username: string,
  origin: RequestOrigin,
): Promise<void> {
  const name = readUsername(username)
  const { user, requireStill } = await callerInSession(parts, caller)
  if (user.username === name.shown) return
  await parts.limits.beginRegistration(origin.address)
  await commit(parts, async (trx) => {
    const at = parts.now()
    await lockUser(trx, caller.userId)
    const { user: before, session } = await requireStill(trx, at)
    if (!(await setUsername(trx, before.id, name, at))) throw taken('username_taken')
    await deleteSecretsOf(trx, before.id, { except: lastingSecrets })
    await queueNotice(trx, parts, before, 'username_changed', { newUsername: name.shown }, { at, origin })
    const details = { username: name.shown, previous_username: before.username }
    const event = makeEvent('username_changed', at, origin, {
      userId: before.id,
      sessionId: session.sessionId,
      details,
    })
    return { result: undefined, events: [event] }
  }).catch((error) => {
    throw isTakenMeanwhile(error) ? taken('username_taken') : error
  })
}
