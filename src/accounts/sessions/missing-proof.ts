import type { RequestOrigin } from '../../core/events.ts'
import { RequestError } from '../../errors.ts'
import type { Sql } from '../../store/engine/database.ts'
import { listFactorMethods } from '../../store/mfa/second-factors.ts'
import { listOwners } from '../../store/one-time/one-time-secrets.ts'
import { listKnownAddresses } from '../../store/sessions/sessions.ts'
import type { User } from '../../store/users/users.ts'
import { requiresFactor } from '../devices/required-factor.ts'
import { makeOneTimeSecret } from '../one-time/one-time-secret.ts'
import { isSamePlace, networksOf } from '../passwords/limits/networks.ts'
import type { GateSettings, LoginHow, SessionParts } from './parts.ts'

/** What a login lacks: a verified address, a second factor, or the enrolment of one. */
export type MissingProof = 'email_not_verified' | 'mfa_required' | 'mfa_enrollment_required'

/** Lifetime of a challenge. */
export const challengeSeconds: number = 10 * 60
/** Challenges of a user at a time, for each purpose: one for each device on which the user is logging in. */
const mostChallenges = 10

/** What the account requires beyond what was proven; `undefined` if nothing. */
export function missingProof(gate: GateSettings, user: User, amr: readonly string[]): MissingProof | undefined {
  if (gate.requireVerifiedEmail && user.emailVerifiedAt === null) return 'email_not_verified'
  if (amr.includes('mfa')) return undefined
  if (user.secondFactors > 0) return 'mfa_required'
  return requiresFactor(user, gate) ? 'mfa_enrollment_required' : undefined
}

/**
 * The refusal for what is missing. If a factor is missing, the refusal has a token that can only be used to provide it.
 * What was proven so far is stored with that token.
 */
export async function makeChallenge(
  trx: Sql,
  parts: Pick<SessionParts, 'secrets'>,
  {
    missing,
    user,
    amr,
    isKnownDevice,
    origin,
    how,
    at,
  }: {
    readonly missing: MissingProof
    readonly user: User
    readonly amr: readonly string[]
    readonly isKnownDevice: boolean
    readonly origin: RequestOrigin
    readonly how: LoginHow
    readonly at: Date
  },
): Promise<{ readonly refusal: RequestError }> {
  if (missing === 'email_not_verified') return { refusal: emailNotVerified() }
  const { browser, cookies, remember } = how
  const purpose = missing === 'mfa_required' ? 'mfa' : 'mfa_enrollment'
  const { token } = await makeOneTimeSecret(
    trx,
    parts,
    {
      purpose,
      owner: await ownerOfChallenge(trx, { userId: user.id, purpose, isKnownDevice, origin }),
      userId: user.id,
      address: null,
      seconds: challengeSeconds,
      browser,
      data: { amr, cookies, remember },
    },
    at,
  )
  const next = { mfa_token: token, expires_in: challengeSeconds }
  if (missing === 'mfa_enrollment_required') {
    return { refusal: new RequestError(missing, 'Set up a second factor: this account requires one', { next }) }
  }
  const methods = await listFactorMethods(trx, user.id)
  return { refusal: new RequestError(missing, 'Enter your second factor', { next: { ...next, methods } }) }
}

/**
 * The place that a new challenge takes: a free one, or that of the oldest. Otherwise a client that has the password
 * could fill the table. Devices and addresses that the user was logged in from have places of their own, which a
 * stranger who knows the password cannot take.
 */
async function ownerOfChallenge(
  trx: Sql,
  {
    userId,
    purpose,
    isKnownDevice,
    origin,
  }: {
    readonly userId: string
    readonly purpose: string
    readonly isKnownDevice: boolean
    readonly origin: RequestOrigin
  },
): Promise<string> {
  const networks = networksOf(origin.address)
  const isKnown =
    isKnownDevice || (await listKnownAddresses(trx, userId)).some((address) => isSamePlace(networks, address))
  const group = isKnown ? 'known' : 'other'
  const places = Array.from({ length: mostChallenges }, (_, place) => `${userId} ${group} ${place}`)
  const taken = await listOwners(trx, purpose, places)
  const [oldest = ''] = taken
  return places.find((place) => !taken.includes(place)) ?? oldest
}

export function emailNotVerified(): RequestError {
  return new RequestError('email_not_verified', 'Verify your e-mail address first')
}
