import { endSurplus } from '../../../core/end-sessions.ts'
import { makeEvent, type RequestOrigin } from '../../../core/events.ts'
import { queueNotice } from '../../../mail/notices.ts'
import { cutOfUser, endOfSession } from '../../../revocations/revocation.ts'
import type { Sql } from '../../../store/engine/database.ts'
import { deleteSecretsOf, takeSecretById } from '../../../store/one-time/one-time-secrets.ts'
import { lockUser } from '../../../store/sessions/session-batches.ts'
import { revokeSessions } from '../../../store/sessions/sessions.ts'
import { findUser, updateUser } from '../../../store/users/users.ts'
import { turnOf } from '../../passwords/queue/hash-turn.ts'
import { lastingSecrets } from '../../users/factors.ts'
import type { EmailParts } from '../parts.ts'
import { commitUse, findPresented, refuse } from '../presented-secret.ts'

const purpose = 'one_time_link'

/**
 * Sets a new password with a link that an operator made, ends all sessions and revokes all access tokens. It begins no
 * session, and second factors stay. If the password is rejected, the link stays valid.
 * @throws {RequestError} `code_invalid`, `invalid_request`, `overloaded`
 */
export async function redeemOneTimeLink(
  parts: EmailParts,
  token: string,
  newPassword: string,
  origin: RequestOrigin,
): Promise<void> {
  const { database, passwords } = parts
  const secret = await findPresented(parts, purpose, { token }, origin)
  const id = secret.userId ?? ''
  const found = await findUser(database.sql, id)
  if (found === undefined || found.disabledAt !== null) throw refuse(parts, purpose, origin)
  const { username, email } = found
  await passwords.check(newPassword, 'new_password', [username, ...(email === null ? [] : [email])])
  const passwordHash = await passwords.hash(newPassword, turnOf(origin, username))
  const claim = async (trx: Sql) => {
    await lockUser(trx, id)
    const at = parts.now()
    if (!(await takeSecretById(trx, secret, at))) return undefined
    const user = await updateUser(trx, id, { passwordHash, tokensValidAfter: at }, at)
    return user === undefined || user.disabledAt !== null ? undefined : { at, user }
  }
  await endSurplus(parts, { userId: id }, 'password_changed', origin, claim)
  await commitUse(parts, { purpose, origin }, async (trx) => {
    const claimed = await claim(trx)
    if (claimed === undefined) return undefined
    const { at, user } = claimed
    await deleteSecretsOf(trx, id, { except: lastingSecrets })
    const ended = await revokeSessions(trx, { userId: id }, 'password_changed', at)
    await queueNotice(trx, parts, user, 'password_changed', {}, { at, origin })
    return {
      result: undefined,
      revoked: [...ended.map((session) => endOfSession(session.id)), cutOfUser(id, at)],
      events: [makeEvent('password_changed', at, origin, { userId: id, details: { by: purpose } })],
    }
  })
}
