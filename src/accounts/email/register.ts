import { commit } from '../../core/change.ts'
import type { RequestOrigin } from '../../core/events.ts'
import { RequestError } from '../../errors.ts'
import { findUserByEmail, findUserByUsername, type User } from '../../store/users/users.ts'
import { turnOf } from '../passwords/queue/hash-turn.ts'
import { insertPrepared, prepareUser, type Registration, taken } from '../users/register.ts'
import { mailVerification } from './mail-verification.ts'
import type { EmailParts } from './parts.ts'

/**
 * Creates an account for anyone, if registration is open. With mail, its address is sent a link and a code that verify it.
 * An address that another user has verified gets an account too, which can never verify it; its owner gets a mail that says
 * so. Thus no answer, and no login afterwards, tells who has an account here.
 * Where addresses have to be verified, one is required: an account without it could never be logged in to.
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
  // Names cost nothing: registrations of one address wait as one, whatever they ask for.
  const turn = turnOf(origin, 'registration')
  const prepared = await prepareUser(parts, wanted, turn)
  if (parts.outbox === undefined || prepared.email === null) {
    return commit(parts, (trx) => insertPrepared(trx, prepared, { at: parts.now(), origin }))
  }
  const { normal: address } = prepared.email
  // Or mails to anyone's address would be counted that are not sent. Of several at once with one name one sends a mail.
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
