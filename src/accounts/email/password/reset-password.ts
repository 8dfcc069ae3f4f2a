import type { Change } from '../../../core/change.ts'
import { endSurplus } from '../../../core/end-sessions.ts'
import { makeEvent, type RequestOrigin } from '../../../core/events.ts'
import { queueNotice } from '../../../mail/notices.ts'
import { cutOfUser, endOfSession } from '../../../revocations/revocation.ts'
import type { AuditEvent } from '../../../store/audit.ts'
import type { Sql } from '../../../store/engine/database.ts'
import { deleteIdentitiesOf } from '../../../store/identities.ts'
import { deleteSecretsOf, forgetAttempt, type OneTimeSecret } from '../../../store/one-time/one-time-secrets.ts'
import { revokeSessions } from '../../../store/sessions/sessions.ts'
import { findUser, type User, updateUser } from '../../../store/users/users.ts'
import { turnOf } from '../../passwords/queue/hash-turn.ts'
import { lastingSecrets } from '../../users/factors.ts'
import type { EmailParts } from '../parts.ts'
import { commitUse, findPresented, type Presented, refuse } from '../presented-secret.ts'
import { claimAddress, type Holders, isAdoptable, takeFromMailbox } from '../proven-address.ts'

const purpose = 'reset_password'

/**
 * Sets a new password with the mailed link or code, ends all sessions and revokes all access tokens. It begins no
 * session, and second factors stay. An unverified address becomes verified; but if the account has a second factor and
 * an unverified address, the reset is refused. If the password is rejected, the link and the code stay valid.
 * @throws {RequestError} `code_invalid`, `invalid_request`, `rate_limited`, `overloaded`
 */
export async function resetPassword(
  parts: EmailParts,
  presented: Presented,
  newPassword: string,
  origin: RequestOrigin,
): Promise<void> {
  const { database } = parts
  // First the rules that need no account, so that a rejected password does not cost an attempt at the code.
  await parts.passwords.check(newPassword, 'new_password', 'address' in presented ? [presented.address] : [])
  const secret = await findPresented(parts, purpose, presented, origin)
  const user = secret.userId === null ? undefined : await findUser(database.sql, secret.userId)
  if (user === undefined) throw refuse(parts, purpose, origin)
  const { id } = user
  const passwordHash = await hashFor(parts, user, newPassword, origin).catch(async (error) => {
    // The code was right and is not used up. Without this, five rejected passwords would make it invalid.
    if ('code' in presented) await forgetAttempt(database.sql, secret)
    throw error
  })
  const claimed = (trx: Sql) => claim(trx, parts, secret, origin)
  await endSurplus(parts, { userId: id }, 'password_changed', origin, claimed)
  await commitUse(parts, { purpose, origin }, async (trx) => {
    const proven = await claimed(trx)
    return proven && replace(trx, parts, proven, { passwordHash, origin })
  })
}

/** Applies the rules that need the account too. Before the code is proven they would reveal the name of the account. */
async function hashFor(
  { passwords }: EmailParts,
  { username, email }: User,
  newPassword: string,
  origin: RequestOrigin,
): Promise<string> {
  await passwords.check(newPassword, 'new_password', [username, ...(email === null ? [] : [email])])
  return passwords.hash(newPassword, turnOf(origin, username))
}

/** The owner of the mailbox; the address is verified from now on. */
interface Claimed {
  readonly at: Date
  readonly own: Holders['own']
  readonly claimed: readonly AuditEvent[]
}

/** Uses up the link or code, and checks everything that can still refuse it. */
async function claim(
  trx: Sql,
  parts: Pick<EmailParts, 'now'>,
  secret: OneTimeSecret,
  origin: RequestOrigin,
): Promise<Claimed | undefined> {
  const holders = await takeFromMailbox(trx, secret, parts)
  if (holders === undefined) return undefined
  const { own, at } = holders
  // A second factor was set up meanwhile.
  if (own.emailVerifiedAt === null && !isAdoptable(own)) return undefined
  const claimed = await claimAddress(trx, holders, { address: secret.address ?? '', origin })
  return claimed && { at, own, claimed }
}

async function replace(
  trx: Sql,
  parts: EmailParts,
  { at, own, claimed }: Claimed,
  { passwordHash, origin }: { readonly passwordHash: string; readonly origin: RequestOrigin },
): Promise<Change<undefined>> {
  await updateUser(trx, own.id, { passwordHash, tokensValidAfter: at }, at)
  // They were linked by someone who never proved the address.
  if (own.emailVerifiedAt === null) await deleteIdentitiesOf(trx, own.id)
  await deleteSecretsOf(trx, own.id, { except: lastingSecrets })
  const ended = await revokeSessions(trx, { userId: own.id }, 'password_changed', at)
  const notified = { ...own, emailVerifiedAt: own.emailVerifiedAt ?? at }
  await queueNotice(trx, parts, notified, 'password_changed', {}, { at, origin })
  const events: readonly AuditEvent[] = [...claimed, makeEvent('password_reset', at, origin, { userId: own.id })]
  return { result: undefined, revoked: [...ended.map((one) => endOfSession(one.id)), cutOfUser(own.id, at)], events }
}
