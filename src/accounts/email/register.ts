import { commit } from '../../core/change.ts'
import type { RequestOrigin } from '../../core/events.ts'
import { RequestError } from '../../errors.ts'
import { findUserByEmail, findUserByUsername, type User } from '../../store/users/users.ts'
import { turnOf } from '../passwords/queue/hash-turn.ts'
import { insertPrepared, prepareUser, type Registration, taken } from '../users/register.ts'
import { mailVerification } from './mail-verification.ts'
import type { EmailParts } from './parts.ts'

/**
 * Creates an account, if registration is open. If mail is set up, the address is sent a link and a code that verify it.
 * An address that another user has verified also gets an account, but that account can never verify it, and a mail
 * tells the owner of the address that an account exists. So neither the answer nor a later login reveals who has an
 * account here. If addresses must be verified, one is required: an account without one could never log in.
 * @throws {RequestError} `registration_closed`, `username_taken`, `invalid_request`, `rate_limited`, `overloaded`; without
 *   mail, `email_taken`
 */
export async function register(parts: EmailParts, wanted: Registration, origin: RequestOrigin): Promise<User> {
  if (parts.registration === 'closed') throw new RequestError('registration_closed', 'Registration is closed')
  if (parts.gate.requireVerifiedEmail && wanted.email === undefined) {
    const msg = 'Is required'
    throw new RequestError('invalid_request', msg, { members: [{ member: 'email', msg }] })
  }
  await parts.limits.beginRegistration(origin.address)
  // Usernames are free to make up, so registrations from one address share one turn, whatever name they ask for.
  const turn = turnOf(origin, 'registration')
  const prepared = await prepareUser(parts, wanted, turn)
  if (parts.outbox === undefined || prepared.email === null) {
    return commit(parts, (trx) => insertPrepared(trx, prepared, { at: parts.now(), origin }))
  }
  const { normal: address } = prepared.email
  // Otherwise mails that are never sent would be counted against the address. Of several concurrent registrations with
  // one name, one sends a mail.
  const namesake = await findUserByUsername(parts.database.sql, prepared.username.normal)
  if (namesake !== undefined) throw taken('username_taken')
  const isSent = await parts.mailLimits.mayAlsoSend({ purpose: 'verify_email', address }, origin.address)
  return commit(parts, async (trx) => {
    const at = parts.now()
    const holder = await findUserByEmail(trx, address)
    const change = await insertPrepared(trx, prepared, { mayShareAddress: true, at, origin })
    await mailVerification(trx, parts, { user: change.result, address, holder, isSent }, at)
    return change
  })
}
