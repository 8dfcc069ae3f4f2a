import { makeEvent, type RequestOrigin } from '../../core/events.ts'
import { RequestError } from '../../errors.ts'
import { queueNotice } from '../../mail/notices.ts'
import { forgetFactorAttempts } from '../../store/mfa/wrong-factors.ts'
import { findCounter, findCredential, notePasskeyUse, type Passkey } from '../../store/passkeys.ts'
import { findUser } from '../../store/users/users.ts'
import type { ProvenFactor } from '../mfa/codes/proven-factor.ts'
import { type PasskeyPurpose, passkeyInvalid, takeChallenge } from './challenge.ts'
import type { PasskeyParts } from './parts.ts'
import { type Assertion, type GivenCredential, verifyAssertion } from './verify.ts'

/** What a client presents: the challenge that it was given, and what an authenticator answered. */
export interface PresentedPasskey {
  readonly challengeToken: string
  readonly credential: GivenCredential
}

/** A passkey that has signed. */
export interface ProvenPasskey {
  readonly passkey: Passkey
  readonly factor: ProvenFactor
}

/**
 * Proves a passkey. Only its challenge is used up by this.
 * @param about.userId The user that it must belong to; any by default.
 * @throws {RequestError} `passkey_invalid`
 */
export async function provePasskey(
  parts: PasskeyParts,
  { challengeToken, credential }: PresentedPasskey,
  about: { readonly purpose: PasskeyPurpose; readonly owner: string; readonly userId?: string },
  origin: RequestOrigin,
): Promise<ProvenPasskey> {
  const { challenge } = await takeChallenge(parts, about.purpose, about.owner, challengeToken)
  const found = await findCredential(parts.database.sql, credentialIdOf(credential))
  if (found === undefined || (about.userId !== undefined && found.passkey.userId !== about.userId)) {
    throw passkeyInvalid()
  }
  const { passkey } = found
  const isLogin = about.purpose === 'login'
  // One that was made without verifying the person stays a second factor, whatever it says later.
  if (isLogin && !passkey.verifiesUser) throw passkeyInvalid()
  const checked = { ...found, challenge, credential, requiresVerification: isLogin }
  const assertion = await verifyAssertion(parts.relyingParty, checked)
  return { passkey, factor: factorOf(parts, passkey, assertion, origin) }
}

/** `undefined` in the place of `passkey_invalid`: an attempt that throws would not be counted as a wrong one. */
export async function unlessInvalid<Proof>(prove: () => Promise<Proof>): Promise<Proof | undefined> {
  try {
    return await prove()
  } catch (error) {
    if (error instanceof RequestError && error.code === 'passkey_invalid') return undefined
    throw error
  }
}

/** What a client calls the passkey that it used: any text; empty for what is none. */
export function credentialIdOf({ id }: GivenCredential): string {
  return typeof id === 'string' && /^[\w-]{1,1400}$/.test(id) ? id : ''
}

function factorOf(
  parts: PasskeyParts,
  passkey: Passkey,
  { counter, isBackedUp }: Assertion,
  origin: RequestOrigin,
): ProvenFactor {
  return {
    method: isBackedUp ? 'swk' : 'hwk',
    async take(trx, at) {
      // Of the row as it is now: two copies may have signed at once.
      const previous = await findCounter(trx, passkey)
      if (previous === undefined) return undefined
      // Many authenticators count nothing, and stay at zero (WebAuthn level 3, section 6.1.1).
      const hasCounterFallen = counter <= previous && counter + previous > 0
      if (!(await notePasskeyUse(trx, passkey, { counter, hasCounterFallen, isBackedUp, now: at }))) return undefined
      await forgetFactorAttempts(trx, passkey.userId)
      if (!hasCounterFallen) return []
      const { userId, name } = passkey
      const user = passkey.isBackupEligible ? undefined : await findUser(trx, userId)
      if (user !== undefined) await queueNotice(trx, parts, user, 'passkey_copied', { factor: name }, { at, origin })
      const details = { passkey: passkey.id, counter, previous_counter: previous }
      return [makeEvent('passkey_counter_fell', at, origin, { userId, details })]
    },
  }
}
