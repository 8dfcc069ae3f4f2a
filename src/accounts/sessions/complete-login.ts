import { uuidv7 } from 'uuidv7'
import { type Change, commit } from '../../core/change.ts'
import { makeEvent, type RequestOrigin } from '../../core/events.ts'
import { later } from '../../core/time.ts'
import { RequestError } from '../../errors.ts'
import { mailboxesOf, queueNotice } from '../../mail/notices.ts'
import type { AuditEvent } from '../../store/audit.ts'
import type { Sql } from '../../store/engine/database.ts'
import { type LockedUser, lockForLogin, type NewLogin, noteLogin } from '../../store/sessions/logins.ts'
import { beginSession, type TokenSubject } from '../../store/sessions/token-subjects.ts'
import type { UserWithHash } from '../../store/users/users.ts'
import { findTrust, type MadeTrust, trustableHash, trustDevice } from '../devices/trust.ts'
import { isSamePlace, networksOf } from '../passwords/limits/networks.ts'
import { makeChallenge, missingProof } from './missing-proof.ts'
import type { Keeping, LoginHow, LoginTokens, SessionParts } from './parts.ts'
import { makeRoom } from './session-limit.ts'
import { isRecent } from './step-up.ts'
import { createSessionToken, rehearseToken } from './tokens/access-token.ts'
import { makeDeviceToken } from './tokens/device-token.ts'
import { makeRefreshToken, type RefreshToken } from './tokens/refresh-token.ts'

/** What a client has proven during the login. */
export interface Proof {
  /** The methods (RFC 8176), such as `pwd` and `otp`; `mfa` too if there was more than one factor. */
  readonly amr: readonly string[]
  /** When, if that was earlier: another provider may have authenticated the user long ago. */
  readonly authenticatedAt?: Date
  /**
   * Uses up what was proven with, such as a code, in the transaction that begins the session.
   * @returns `false` if it was used up meanwhile: then the login fails. Otherwise `true`, or what else it changed.
   */
  readonly take?: (trx: Sql) => Promise<boolean | Taken>
}

/** What is committed with a login whose proof changed more than itself. */
export type Taken = Required<Pick<Change<unknown>, 'revoked'>> & { readonly events: readonly AuditEvent[] }

/** The user who logs in, and what was proven. */
export interface Login extends NewLogin {
  readonly proof: Proof
  /**
   * Whether the client has shown that it was logged in to the account before. If so, no notice of a new device is sent.
   */
  readonly isKnownDevice?: boolean
  /**
   * Whether to trust this device, on which the user has just proven a second factor, so that it is not asked for one
   * again.
   */
  readonly trustsDevice?: boolean
}

/** What a client gets for a login; with the device's token, if the device is trusted from now on. */
export interface BegunLogin extends LoginTokens {
  readonly trust?: MadeTrust
}

/** A session that was begun, or why it was not. */
type Outcome =
  | {
      readonly subject: TokenSubject
      readonly user: UserWithHash
      readonly at: Date
      readonly trust: MadeTrust | undefined
    }
  | { readonly refusal: RequestError }
  | undefined

/**
 * The gate: every login ends here, and nothing else begins a session. It compares what was proven with what the account
 * requires, in one transaction with what it then begins: the session with its first tokens and one for the device, or
 * the challenge for what is missing. The access token is fresh, unless the proof is old.
 * @returns `undefined` if by now the user may not log in, or the proof is used up, so that a concurrent change wins.
 * @throws {RequestError} `email_not_verified`, `mfa_required`, `mfa_enrollment_required`
 * @throws {StaleProofError}
 */
export async function completeLogin(
  parts: SessionParts,
  login: Login,
  origin: RequestOrigin,
  how: LoginHow = {},
): Promise<BegunLogin | undefined> {
  const { proof, checked } = login
  await rehearseToken(parts, login.id, (user) => {
    const missing = missingProof(parts.gate, user, proof.amr)
    if (missing !== 'mfa_required') return missing === undefined
    return trustableHash(parts.gate, user, how.trustedDevice?.(user.id)) !== undefined
  })
  // Nearly every login with a password needs nothing else. It is recorded by the statement that locks the user.
  const isRecorded = checked !== undefined && missingProof(parts.gate, checked.user, proof.amr) === undefined
  const entry: Entry = { login, isRecorded, refreshToken: makeRefreshToken(), origin, how }
  const outcome = await commit(parts, (trx) => decide(trx, parts, entry))
    .catch((error) => {
      if (!(error instanceof Recorded)) throw error
      return commit(parts, (trx) => decide(trx, parts, { ...entry, isRecorded: false }))
    })
    .catch((error) => {
      if (!(error instanceof UsedUp)) throw error
      return undefined
    })
  if (outcome === undefined) return undefined
  if ('refusal' in outcome) throw outcome.refusal
  const { subject, user, at, trust } = outcome
  const deviceToken = makeDeviceToken(parts.secrets, user, { hasSecondFactor: login.proof.amr.includes('mfa') })
  const { authenticatedAt } = subject.session
  const fresh = isRecent(authenticatedAt, at)
  const accessToken = await createSessionToken(parts, subject, { fresh, authenticatedAt, ...how })
  const tokens = { accessToken, refreshToken: entry.refreshToken.text, deviceToken }
  return trust === undefined ? tokens : { ...tokens, trust }
}

/** Rolls back the transaction, so that nothing is stored for a login that failed. */
class UsedUp extends Error {}

/** Rolls back what was recorded as a login: by now the account requires more than when the password was checked. */
class Recorded extends Error {}

/**
 * A login with an old proof may not add the factor that a role requires: a person who finds the user's session at a
 * provider open would have the account. Nothing was done.
 */
export class StaleProofError extends Error {}

/** A login at the gate. */
interface Entry {
  readonly login: Login
  /** Whether the login is recorded when its user is locked. */
  readonly isRecorded: boolean
  readonly refreshToken: RefreshToken
  readonly origin: RequestOrigin
  readonly how: LoginHow
}

async function decide(trx: Sql, parts: SessionParts, entry: Entry): Promise<Change<Outcome>> {
  const { login, isRecorded, origin, how } = entry
  const { proof, isKnownDevice = false } = login
  const { amr, take } = proof
  const at = parts.now()
  const locked = await lockForLogin(trx, login, isRecorded ? at : undefined)
  if (locked === undefined) return { result: undefined, events: [] }
  const taken = take === undefined || (await take(trx))
  if (taken === false) throw new UsedUp()
  const { user } = locked
  const demanded = missingProof(parts.gate, user, amr)
  if (isRecorded && demanded !== undefined) throw new Recorded()
  const device =
    demanded === 'mfa_required' ? await findTrust(trx, parts.gate, user, how.trustedDevice?.(user.id), at) : undefined
  const missing = device === undefined ? demanded : undefined
  if (missing === 'mfa_enrollment_required' && !isRecent(proof.authenticatedAt ?? at, at)) throw new StaleProofError()
  const change =
    missing === undefined
      ? await begin(trx, parts, locked, { ...entry, device, at })
      : {
          result: await makeChallenge(trx, parts, { missing, user, amr, isKnownDevice, origin, how, at }),
          revoked: [],
          events: [makeEvent('login_challenged', at, origin, { userId: user.id, details: { amr, missing } })],
        }
  if (taken === true) return change
  return {
    ...change,
    revoked: [...taken.revoked, ...change.revoked],
    events: [...taken.events, ...change.events],
  }
}

async function begin(
  trx: Sql,
  parts: SessionParts,
  locked: LockedUser,
  {
    login: { proof, isKnownDevice = false, trustsDevice = false },
    isRecorded,
    refreshToken,
    origin,
    how,
    device,
    at,
  }: Entry & {
    /** The trusted device that replaced a second factor. */
    readonly device: string | undefined
    readonly at: Date
  },
): Promise<{ readonly result: Outcome } & Taken> {
  const { lifetimes, sessionsPerUser, outbox } = parts
  const { authenticatedAt } = proof
  const user = { ...locked.user, lastLoginAt: at }
  const mayBeNew = outbox !== undefined && !isKnownDevice && mailboxesOf(user).length > 0
  const started = {
    id: uuidv7(),
    familyHash: refreshToken.familyHash,
    refreshHash: refreshToken.hash,
    now: at,
    idleExpiresAt: later(at, lifetimes.refreshTokenSeconds),
    expiresAt: later(at, lifetimes.sessionSeconds),
    ...origin,
    amr: proof.amr,
    ...(authenticatedAt !== undefined && { authenticatedAt: authenticatedAt < at ? authenticatedAt : at }),
    asksAddresses: mayBeNew,
  }
  if (!isRecorded) await noteLogin(trx, user.id, at)
  const begun = await beginSession(trx, { ...locked, user }, started, sessionsPerUser)
  if (mayBeNew && isNewPlace(origin, begun.otherAddresses)) {
    await queueNotice(trx, parts, user, 'new_device', {}, { at, origin })
  }
  const { revoked, events } = await makeRoom(trx, { ...begun, sessionsPerUser, at, origin })
  const previous = how.trustedDevice?.(user.id)
  const trusted = trustsDevice ? await trustDevice(trx, parts, user, { previous, at, origin }) : undefined
  const details = { amr: proof.amr, ...(device !== undefined && { trusted_device: device }) }
  const about = { userId: user.id, sessionId: started.id, details }
  return {
    result: { subject: begun.subject, user, at, trust: trusted?.made },
    revoked,
    events: [...events, makeEvent('login_succeeded', at, origin, about), ...(trusted ? [trusted.event] : [])],
  }
}

/** Whether a login comes from a new place. The first login never does, and without an address nothing can be said. */
function isNewPlace({ address }: RequestOrigin, known: readonly string[]): boolean {
  const networks = networksOf(address)
  return address !== null && known.length > 0 && !known.some((one) => isSamePlace(networks, one))
}

/**
 * Begins a session for a user whom the application has authenticated itself. The login passes the same gate.
 * @throws {RequestError} `invalid_credentials` if there is no such user, or it is disabled; and as `completeLogin`
 */
export async function startSessionOf(
  parts: SessionParts,
  login: Login,
  origin: RequestOrigin,
  how: Keeping,
): Promise<LoginTokens> {
  const tokens = await completeLogin(parts, login, origin, how)
  if (tokens === undefined) throw new RequestError('invalid_credentials', 'Bad username or password')
  return tokens
}
