import { commit } from '../../core/change.ts'
import { makeEvent } from '../../core/events.ts'
import { later } from '../../core/time.ts'
import { RequestError } from '../../errors.ts'
import { type Identity, listIdentities } from '../../store/identities.ts'
import { forgetFactorAttempts, readFactorAttempts } from '../../store/mfa/wrong-factors.ts'
import { deleteSecretsOfOthers } from '../../store/one-time/one-time-secrets.ts'
import { lockUser } from '../../store/sessions/session-batches.ts'
import { countSessions, listKnownAddresses } from '../../store/sessions/sessions.ts'
import { isTakenMeanwhile, markVerified, removeAddress } from '../../store/users/addresses.ts'
import { lockUserAndHolders } from '../../store/users/user-names.ts'
import { findUser, type User, withoutHash } from '../../store/users/users.ts'
import { makeOneTimeLink, ownerOfAddress } from '../one-time/one-time-secret.ts'
import type { Counted } from '../passwords/limits/limits.ts'
import { type Factors, factorsOf, lastingSecrets } from './factors.ts'
import { normalEmail, normalUsername, readEmail, unfit } from './names.ts'
import { taken, type UserParts } from './register.ts'

/** What an operator sees of an account. */
export interface UserDetails {
  readonly user: User
  readonly factors: Factors
  /** Accounts at other providers that the user signs in with. */
  readonly identities: readonly Identity[]
  /** Sessions that can still be used. */
  readonly sessions: number
  /**
   * Failed attempts by strangers today, and whether further ones must take turns. Known devices are not limited by
   * them.
   */
  readonly failedAttempts: number
  readonly isLimited: boolean
  /**
   * Wrong codes since a second factor was last proven, from devices that never proved one. After 100, no more are
   * compared.
   */
  readonly wrongFactors: number
}

/** @returns `undefined` if there is no such user. */
export async function detailsOf(parts: UserParts, id: string): Promise<UserDetails | undefined> {
  const { database, limits, now } = parts
  const found = await findUser(database.sql, id)
  if (found === undefined) return undefined
  const { failures, isLimited } = await limits.failuresOf(passwordOf(found))
  return {
    user: withoutHash(found),
    factors: await factorsOf(parts, id),
    identities: await listIdentities(database.sql, id),
    sessions: await countSessions(database.sql, id, now()),
    failedAttempts: failures,
    isLimited,
    wrongFactors: await readFactorAttempts(database.sql, id),
  }
}

/** The purposes that attempts at the codes of an account are counted under, apart from its password. */
const countedPurposes = [
  'passkey',
  'mfa',
  'mfa_enrollment',
  'change_email',
  'verify_email',
  'reset_password',
  'sign_in',
]

/**
 * Forgets the failed attempts at an account's password and codes.
 * @throws {RequestError} `unavailable` if that is done in the database, but not in Valkey
 */
export async function unlock(parts: UserParts, id: string): Promise<User | undefined> {
  const { database, limits, now, operator } = parts
  const user = await findUser(database.sql, id)
  if (user === undefined) return undefined
  const addresses = await listKnownAddresses(database.sql, id)
  const address = user.email === null ? undefined : normalEmail(user.email)
  const ofAddress = address === undefined ? [] : [ownerOfAddress(address)]
  const codes = countedPurposes.flatMap((purpose) => [id, ...ofAddress].map((account) => ({ purpose, account })))
  let areForgotten = true
  for (const counted of [passwordOf(user), ...codes]) {
    if (!(await limits.forget(counted, addresses))) areForgotten = false
  }
  const unlocked = await commit(parts, async (trx) => {
    await forgetFactorAttempts(trx, id)
    return { result: withoutHash(user), events: [makeEvent('limits_cleared', now(), operator, { userId: id })] }
  })
  if (areForgotten) return unlocked
  // The servers may reach it, or will.
  const reason = 'Valkey does not answer here, and what it counted still counts while servers reach it'
  throw new RequestError(
    'unavailable',
    `Failed attempts are forgotten in the database alone: ${reason}. Try again later`,
  )
}

function passwordOf({ username }: User): Counted {
  return { purpose: 'password', account: normalUsername(username) ?? username }
}

/**
 * Marks the address of an account as verified, for an operator who knows that the user receives mail there. Other
 * accounts that have it without having proven it lose it.
 * @throws {RequestError} `invalid_request` if there is no address, `email_taken` if another user has proven it
 */
export async function verifyEmail(parts: UserParts, id: string): Promise<User | undefined> {
  const found = await findUser(parts.database.sql, id)
  if (found === undefined) return undefined
  if (found.email === null) throw unfit('email', 'The account has no e-mail address')
  const { normal } = readEmail(found.email)
  return commit(parts, async (trx) => {
    const { own, others } = await lockUserAndHolders(trx, id, normal)
    const at = parts.now()
    if (own === undefined || own.email !== found.email) return { result: undefined, events: [] }
    if (own.emailVerifiedAt !== null) return { result: withoutHash(own), events: [] }
    if (others.some(({ emailVerifiedAt }) => emailVerifiedAt !== null)) throw taken('email_taken')
    const ids = others.map((other) => other.id)
    if (ids.length > 0) await removeAddress(trx, ids, at)
    await deleteSecretsOfOthers(trx, normal, { userId: id, except: lastingSecrets })
    await markVerified(trx, id, at)
    const details = { why: 'proven_by_another_user' }
    return {
      result: { ...withoutHash(own), emailVerifiedAt: at },
      events: [
        ...ids.map((userId) => makeEvent('email_removed', at, parts.operator, { userId, details })),
        makeEvent('email_verified', at, parts.operator, { userId: id }),
      ],
    }
  }).catch((error) => {
    throw isTakenMeanwhile(error) ? taken('email_taken') : error
  })
}

/** Maximum lifetime, in hours, of a link for a user who is locked out. */
const mostLinkHours = 24

/** A link with which a user sets a new password. It is shown once; the database stores only its hash. */
export interface OneTimeLink {
  readonly user: User
  /** What the page of the link sends to `POST /one-time-link`. */
  readonly token: string
  /** Absent if no mail is set up, because then there is no URL of pages. */
  readonly link: string | undefined
  readonly expiresAt: Date
}

/**
 * Makes a link with which a user who is locked out sets a new password, and replaces the previous one.
 * @throws {RequestError} `invalid_request` if it would be valid for longer than a day
 */
export async function makeRecoveryLink(parts: UserParts, id: string, hours: number): Promise<OneTimeLink | undefined> {
  if (!(Number.isInteger(hours) && hours >= 1 && hours <= mostLinkHours)) {
    throw new RequestError('invalid_request', `A link is valid for 1 to ${mostLinkHours} hours`)
  }
  const seconds = hours * 60 * 60
  return commit(parts, async (trx) => {
    const at = parts.now()
    await lockUser(trx, id)
    const user = await findUser(trx, id)
    if (user === undefined) return { result: undefined, events: [] }
    const wanted = { purpose: 'one_time_link', owner: id, userId: id, address: null, seconds } as const
    const token = await makeOneTimeLink(trx, wanted, at)
    const link = parts.outbox?.links.to('one-time-link', token)
    const events = [makeEvent('one_time_link_made', at, parts.operator, { userId: id, details: { hours } })]
    return { result: { user: withoutHash(user), token, link, expiresAt: later(at, seconds) }, events }
  })
}
