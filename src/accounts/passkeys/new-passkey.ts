import { createHmac } from 'node:crypto'
import type { PublicKeyCredentialCreationOptionsJSON } from '@simplewebauthn/server'
import { uuidv7 } from 'uuidv7'
import { makeEvent, type RequestOrigin } from '../../core/events.ts'
import { RequestError } from '../../errors.ts'
import type { AuditEvent } from '../../store/audit.ts'
import type { Sql } from '../../store/engine/database.ts'
import { recountFactors } from '../../store/mfa/second-factors.ts'
import { findUserHandle, insertPasskey, listPasskeys, type Passkey, userHandleOf } from '../../store/passkeys.ts'
import type { User } from '../../store/users/users.ts'
import { addMissingCodes, makeMissingCodes } from '../mfa/codes/missing-codes.ts'
import type { FactorAmr } from '../mfa/codes/proven-factor.ts'
import type { NewRecoverySet } from '../mfa/codes/recovery-codes.ts'
import { rehearseToken } from '../sessions/tokens/access-token.ts'
import { makeChallenge, passkeyInvalid, takeChallenge } from './challenge.ts'
import { creationOptions } from './options.ts'
import type { PasskeyParts } from './parts.ts'
import { credentialIdOf, type PresentedPasskey } from './prove-passkey.ts'
import { verifyRegistration } from './verify.ts'

/** Maximum per user. */
const mostPasskeys = 20

/** Who registers a passkey: a user in a session, or a user without one whose role requires a second factor. */
export interface Registrant {
  readonly user: User
  readonly purpose: 'register' | 'enroll'
  /** What the challenge is bound to: the session, or the login. */
  readonly owner: string
}

/** The options for the browser, and the challenge that the client carries. */
export interface BegunPasskey {
  readonly options: PublicKeyCredentialCreationOptionsJSON
  readonly challengeToken: string
}

/**
 * Begins to register a passkey. Nothing is stored.
 * @throws {RequestError} `factor_limit_reached`
 */
export async function beginFor(parts: PasskeyParts, { user, purpose, owner }: Registrant): Promise<BegunPasskey> {
  const { sql } = parts.database
  const existing = await listPasskeys(sql, user.id)
  checkRoom(existing)
  const userHandle = (await findUserHandle(sql, user.id)) ?? makeUserHandle(parts, user.id)
  const { challenge, token } = makeChallenge(parts, purpose, owner, userHandle)
  const userVerification = purpose === 'enroll' ? 'required' : 'preferred'
  const how = { challenge, user, userHandle, existing, userVerification } as const
  return { options: creationOptions(parts.relyingParty, how), challengeToken: token }
}

/**
 * The user handle that authenticators store: 64 bytes, as WebAuthn specifies, which reveal nothing about the user. It
 * is stored with the first passkey. Until then it is derived from the id, so that concurrent registrations use the same
 * one.
 */
function makeUserHandle({ secrets }: PasskeyParts, userId: string): string {
  return createHmac('sha512', secrets.derive('user handles')[0]).update(userId).digest('base64url')
}

/** What a client presents of a new passkey, and the name that the user gives it. */
export interface NamedPasskey extends PresentedPasskey {
  readonly name: string
}

/** A passkey that is verified and not stored yet, with recovery codes to store if the user has none. */
export interface NewPasskey {
  readonly passkey: Omit<Passkey, 'createdAt'>
  readonly userHandle: string
  readonly recovery: NewRecoverySet | undefined
  /** Its name in `amr`. */
  readonly method: FactorAmr
}

/**
 * Checks a new passkey. Only its challenge is used up.
 * @throws {RequestError} `passkey_invalid`, `overloaded`
 */
export async function proveNewPasskey(
  parts: PasskeyParts,
  { user, purpose, owner }: Registrant,
  { challengeToken, credential, name }: NamedPasskey,
  origin: RequestOrigin,
): Promise<NewPasskey> {
  const { id: userId } = user
  await rehearseToken(parts, userId)
  const { challenge, userHandle } = await takeChallenge(parts, purpose, owner, challengeToken)
  if (userHandle === undefined) throw passkeyInvalid()
  const requiresVerification = purpose === 'enroll'
  const made = await verifyRegistration(parts.relyingParty, { challenge, credential, requiresVerification })
  // The library does not compare the two ids. A passkey that no login could name would still count as a way to sign in.
  if (made.credentialId !== credentialIdOf(credential)) throw passkeyInvalid()
  const recovery = await makeMissingCodes(parts, userId, origin)
  const passkey = { ...made, id: uuidv7(), userId, name, lastUsedAt: null }
  return { passkey, userHandle, recovery, method: made.isBackedUp ? 'swk' : 'hwk' }
}

/** What was added, and the recovery codes, which are shown once. */
export interface AddedPasskey {
  readonly passkey: Passkey
  readonly recoveryCodes: readonly string[] | undefined
  readonly events: readonly AuditEvent[]
}

/**
 * Stores a passkey, in a transaction that has locked the user.
 * @throws {RequestError} `factor_limit_reached`, `passkey_invalid` if another request was first
 */
export async function addPasskey(
  trx: Sql,
  { passkey: made, userHandle, recovery }: NewPasskey,
  { at, origin, sessionId }: { readonly at: Date; readonly origin: RequestOrigin; readonly sessionId: string | null },
): Promise<AddedPasskey> {
  const { id, userId, name } = made
  checkRoom(await listPasskeys(trx, userId))
  if ((await userHandleOf(trx, userId, userHandle)) !== userHandle) throw passkeyInvalid()
  const passkey = { ...made, createdAt: at }
  if (!(await insertPasskey(trx, passkey))) throw passkeyInvalid()
  await recountFactors(trx, userId, at)
  const details = { factor: id, name, passkey: true }
  return {
    passkey,
    recoveryCodes: await addMissingCodes(trx, userId, recovery, passkeyInvalid),
    events: [makeEvent('factor_added', at, origin, { userId, sessionId, details })],
  }
}

/** @throws {RequestError} `factor_limit_reached` */
function checkRoom(existing: readonly Passkey[]): void {
  if (existing.length < mostPasskeys) return
  throw new RequestError('factor_limit_reached', `An account has at most ${mostPasskeys} passkeys: remove one first`)
}
