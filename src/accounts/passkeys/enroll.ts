import type { RequestOrigin } from '../../core/events.ts'
import { findUser, withoutHash } from '../../store/users/users.ts'
import type { Challenge } from '../mfa/challenge.ts'
import { checkEnrollable } from '../mfa/setup/begin-totp.ts'
import { type CompletedEnrollment, completeEnrollment } from '../mfa/setup/enroll-at-login.ts'
import {
  type AddedPasskey,
  addPasskey,
  type BegunPasskey,
  beginFor,
  type NamedPasskey,
  proveNewPasskey,
  type Registrant,
} from './new-passkey.ts'
import type { PasskeyParts } from './parts.ts'

/**
 * Begins to register the passkey that a role demands, before there is a session. It has to verify the person.
 * @throws {RequestError} `mfa_token_invalid` for a user who has a factor by now, or may not log in
 */
export async function beginPasskeyAtLogin(parts: PasskeyParts, challenge: Challenge): Promise<BegunPasskey> {
  return beginFor(parts, await registrantOf(parts, challenge))
}

/**
 * Registers that passkey, and completes the login with it.
 * @throws {RequestError} `passkey_invalid`, and as `completeEnrollment`
 */
export async function enrollPasskeyAtLogin(
  parts: PasskeyParts,
  challenge: Challenge,
  given: NamedPasskey,
  origin: RequestOrigin,
): Promise<CompletedEnrollment<AddedPasskey>> {
  const made = await proveNewPasskey(parts, await registrantOf(parts, challenge), given, origin)
  const { method } = made
  const { name } = given
  return completeEnrollment(
    parts,
    challenge,
    { method, name, add: (trx, about) => addPasskey(trx, made, about) },
    origin,
  )
}

async function registrantOf({ database }: PasskeyParts, { userId, secret }: Challenge): Promise<Registrant> {
  const user = checkEnrollable(await findUser(database.sql, userId))
  return { user: withoutHash(user), purpose: 'enroll', owner: secret.id }
}
