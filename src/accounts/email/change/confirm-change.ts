import type { Change } from '../../../core/change.ts'
import { endSurplus } from '../../../core/end-sessions.ts'
import { makeEvent, type RequestOrigin } from '../../../core/events.ts'
import { mailboxesOf } from '../../../mail/notices.ts'
import { queueMail } from '../../../mail/outbox/outbox.ts'
import { cutOfUser, endOfSession } from '../../../revocations/revocation.ts'
import type { Sql } from '../../../store/engine/database.ts'
import {
  deleteSecretOf,
  deleteSecretsOf,
  listSecretIds,
  takeSecretById,
} from '../../../store/one-time/one-time-secrets.ts'
import { findSession, revokeSessions } from '../../../store/sessions/sessions.ts'
import { lockUserAndHolders, setProvenAddress } from '../../../store/users/user-names.ts'
import { type User, updateUser } from '../../../store/users/users.ts'
import { makeOneTimeSecret } from '../../one-time/one-time-secret.ts'
import type { Caller } from '../../sessions/caller.ts'
import { hasEnded } from '../../sessions/tokens/living-session.ts'
import { lastingSecrets } from '../../users/factors.ts'
import { normalEmail } from '../../users/names.ts'
import { type EmailParts, requireMail } from '../parts.ts'
import { commitUse, findPresented, type Presented, refuse } from '../presented-secret.ts'
import { takeFromOthers } from '../proven-address.ts'
import { addressDataOf, ownerOfUndo, undoDays } from './pending-change.ts'

const purpose = 'change_email'

/**
 * Confirms a new address with the link or code that was mailed to it. Accounts that have the address without having
 * proven it lose it. All sessions end, except that of the caller or else the one that requested the change, and
 * everything pending for the account becomes invalid. If the previous address was verified, it is sent a link that
 * undoes the change for seven days.
 * @throws {RequestError} `mail_disabled`, `rate_limited`; `code_invalid`, also if another user has proven the address
 *   meanwhile, or if the session that requested the change is over and the caller is not the user
 */
export async function confirmEmailChange(
  parts: EmailParts,
  presented: Presented,
  origin: RequestOrigin,
  caller?: Caller,
): Promise<void> {
  requireMail(parts)
  const secret = await findPresented(parts, purpose, presented, origin)
  const { userId } = secret
  const data = addressDataOf(parts.secrets, secret)
  if (userId === null || data === undefined) throw refuse(parts, purpose, origin)
  const { address, sessionId: askedBy } = data
  const exceptId = caller?.userId === userId ? caller.sessionId : askedBy
  const claim = async (trx: Sql) => {
    const { own, others } = await lockUserAndHolders(trx, userId, address.normal)
    const at = parts.now()
    if (own === undefined || own.disabledAt !== null || !(await takeSecretById(trx, secret, at))) return undefined
    const asking = await findSession(trx, askedBy ?? '')
    // A change requested by a session ends with it, unless the caller is the user.
    if (caller?.userId !== userId && (asking === undefined || hasEnded(asking, at))) return undefined
    const taken = await takeFromOthers(trx, { others, address: address.normal, userId }, { at, origin })
    return taken && { at, own, taken, since: asking?.createdAt ?? at }
  }
  await endSurplus(parts, { userId, exceptId }, 'email_changed', origin, claim)
  await commitUse(parts, { purpose, origin }, async (trx) => {
    const claimed = await claim(trx)
    if (claimed === undefined) return undefined
    const { at, own, taken, since } = claimed
    await setProvenAddress(trx, userId, address, at)
    const { revoked, events } = await endWhatWas(trx, { own, exceptId, at, origin })
    await deleteSecretOf(trx, { purpose: 'undo_email', owner: ownerOfUndo(userId, address.normal) }, at)
    await mailUndo(trx, parts, own, { at, origin, since })
    return { result: undefined, revoked, events: [...taken, ...events] }
  })
}

/** Ends the sessions, tokens and pending secrets that the account had before the change. */
async function endWhatWas(
  trx: Sql,
  {
    own,
    exceptId,
    at,
    origin,
  }: { readonly own: User; readonly exceptId: string | undefined; readonly at: Date; readonly origin: RequestOrigin },
): Promise<Required<Pick<Change<undefined>, 'revoked'>> & { readonly events: ReturnType<typeof makeEvent>[] }> {
  const { id, email } = own
  await deleteSecretsOf(trx, id, { except: lastingSecrets })
  await updateUser(trx, id, { tokensValidAfter: at }, at)
  const ended = await revokeSessions(trx, { userId: id, exceptId }, 'email_changed', at)
  const about = { userId: id, sessionId: exceptId ?? null, details: email === null ? {} : { previous_email: email } }
  return {
    revoked: [...ended.map((session) => endOfSession(session.id)), cutOfUser(id, at)],
    events: [makeEvent('email_changed', at, origin, about)],
  }
}

async function mailUndo(
  trx: Sql,
  parts: EmailParts,
  previous: User,
  { at, origin, since }: { readonly at: Date; readonly origin: RequestOrigin; readonly since: Date },
): Promise<void> {
  const { id, username } = previous
  const earlierLinks = await listSecretIds(trx, id, 'undo_email')
  for (const email of mailboxesOf(previous)) {
    const normal = normalEmail(email)
    // An address stored before this rule existed gets no mail anyway.
    if (normal === undefined) continue
    const { token } = await makeOneTimeSecret(
      trx,
      parts,
      {
        purpose: 'undo_email',
        owner: ownerOfUndo(id, normal),
        userId: id,
        address: normal,
        seconds: undoDays * 24 * 60 * 60,
        data: { email, changedAt: at.getTime(), since: Math.min(since.getTime(), at.getTime()), earlierLinks },
      },
      at,
    )
    const params = {
      username,
      at: at.toISOString(),
      userAgent: origin.userAgent,
      address: origin.address,
      link: requireMail(parts).links.to('undo-email-change', token),
      days: undoDays,
    }
    await queueMail(trx, parts, { recipient: email, template: 'email_changed', params })
  }
}
