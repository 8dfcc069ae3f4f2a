import { endSurplus } from '../../../core/end-sessions.ts'
import { makeEvent, type RequestOrigin } from '../../../core/events.ts'
import { later } from '../../../core/time.ts'
import { type Notified, queueNotice } from '../../../mail/notices.ts'
import { cutOfUser, endOfSession } from '../../../revocations/revocation.ts'
import { deleteDevicesOf } from '../../../store/devices.ts'
import type { Sql } from '../../../store/engine/database.ts'
import { deleteIdentitiesOf } from '../../../store/identities.ts'
import { deleteSecretsBut, takeSecretById } from '../../../store/one-time/one-time-secrets.ts'
import { revokeSessions } from '../../../store/sessions/sessions.ts'
import { lockUserAndHolders, setProvenAddress } from '../../../store/users/user-names.ts'
import { type UserWithHash, updateUser } from '../../../store/users/users.ts'
import { ownerOfAddress } from '../../one-time/one-time-secret.ts'
import { removeFactors } from '../../users/factors.ts'
import { mailSecret } from '../mail-secret.ts'
import { type EmailParts, requireMail } from '../parts.ts'
import { commitUse, findPresented, refuse } from '../presented-secret.ts'
import { takeFromOthers } from '../proven-address.ts'
import { type AddressData, addressDataOf } from './pending-change.ts'

const purpose = 'undo_email'

/** The node on which an attacker set something up may be this far behind the one on which the session began. */
const clockSeconds = 10

/**
 * Undoes a change of address with the link that was mailed to the previous address. The change may have been made by an
 * attacker who took over the account. So the previous address is restored as verified, even if another account has
 * proven it since, and the password, all sessions and tokens, and every factor added since the session that requested
 * the change began are removed. A link that sets a new password is mailed to the previous address.
 * @throws {RequestError} `mail_disabled`; `code_invalid`, also if another account had proven the address before
 */
export async function undoEmailChange(parts: EmailParts, token: string, origin: RequestOrigin): Promise<void> {
  requireMail(parts)
  const secret = await findPresented(parts, purpose, { token }, origin)
  const { userId } = secret
  const data = addressDataOf(parts.secrets, secret)
  if (userId === null || data === undefined) throw refuse(parts, purpose, origin)
  const { address, changedAt } = data
  const claim = async (trx: Sql) => {
    const { normal } = address
    const { own, others } = await lockUserAndHolders(trx, userId, normal)
    const at = parts.now()
    if (own === undefined || !(await takeSecretById(trx, secret, at))) return undefined
    const provenBefore = new Date(changedAt)
    const taken = await takeFromOthers(trx, { others, address: normal, userId, provenBefore }, { at, origin })
    return taken && { at, own, taken }
  }
  await endSurplus(parts, { userId }, 'email_changed', origin, claim)
  await commitUse(parts, { purpose, origin }, async (trx) => {
    const claimed = await claim(trx)
    if (claimed === undefined) return undefined
    const { at, own, taken } = claimed
    await setProvenAddress(trx, userId, address, at)
    await takeBack(trx, { userId, data, at })
    const ended = await revokeSessions(trx, { userId }, 'email_changed', at)
    await mailBoth(trx, parts, { own, data }, { at, origin })
    const details = own.email === null ? {} : { previous_email: own.email }
    return {
      result: undefined,
      revoked: [...ended.map((session) => endOfSession(session.id)), cutOfUser(userId, at)],
      events: [...taken, makeEvent('email_restored', at, origin, { userId, details })],
    }
  })
}

/**
 * Removes what an attacker may have set up. Links for earlier addresses stay valid: otherwise an attacker could change
 * the address twice and undo the second change, and the owner could no longer undo the first.
 */
async function takeBack(
  trx: Sql,
  { userId, data, at }: { readonly userId: string; readonly data: AddressData; readonly at: Date },
): Promise<void> {
  await deleteSecretsBut(trx, userId, data.earlierLinks)
  await deleteDevicesOf(trx, userId)
  await updateUser(trx, userId, { passwordHash: null, tokensValidAfter: at }, at)
  const since = later(new Date(data.since), -clockSeconds)
  await removeFactors(trx, userId, at, since)
  await deleteIdentitiesOf(trx, userId, since)
}

async function mailBoth(
  trx: Sql,
  parts: EmailParts,
  { own, data: { address } }: { readonly own: UserWithHash; readonly data: AddressData },
  time: { readonly at: Date; readonly origin: RequestOrigin },
): Promise<void> {
  const restored: Notified = { ...own, email: address.shown, emailVerifiedAt: time.at }
  await queueNotice(trx, parts, own, 'email_restored', {}, time)
  await queueNotice(trx, parts, restored, 'email_restored', {}, time)
  const owner = ownerOfAddress(address.normal)
  const reset = {
    purpose: 'reset_password',
    owner,
    user: own,
    address: address.normal,
    recipient: address.shown,
  } as const
  await mailSecret(trx, parts, reset, time.at)
}
