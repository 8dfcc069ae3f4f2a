import { randomBytes } from 'node:crypto'
import type { PublicKeyCredentialCreationOptionsJSON } from '@simplewebauthn/server'
import { uuidv7 } from 'uuidv7'
import { makeEvent, type RequestOrigin } from '../../core/events.ts'
import { RequestError } from '../../errors.ts'
import { findUserHandle, insertPasskey, listPasskeys, type Passkey, userHandleOf } from '../../store/passkeys.ts'
import { countRecoveryCodes, replaceRecoveryCodes } from '../../store/recovery-codes.ts'
import { recountFactors } from '../../store/second-factors.ts'
import { makeRecoverySet } from '../mfa/codes/recovery-codes.ts'
import { changeFactors } from '../mfa/setup/change-factors.ts'
import { withFactor } from '../mfa/verify-login.ts'
import { callerInSession } from '../own/caller-in-session.ts'
import { turnOf } from '../passwords/queue/hash-turn.ts'
import type { Caller } from '../sessions/caller.ts'
import type { Keeping } from '../sessions/parts.ts'
import { createSessionToken, rehearseToken } from '../sessions/tokens/access-token.ts'
import { makeChallenge, passkeyInvalid, takeChallenge } from './challenge.ts'
import { creationOptions } from './options.ts'
import type { PasskeyParts } from './parts.ts'
import { credentialIdOf, type PresentedPasskey } from './prove-passkey.ts'
import { verifyRegistration } from './verify.ts'

/** Passkeys of a user at most. */
const mostPasskeys = 20
/** As WebAuthn has it: it tells nothing about the user. */
const userHandleBytes = 64

/**
 * Begins to register a passkey, for a session that has authenticated a moment ago. Nothing is stored by it.
 * @throws {RequestError} `session_required`, `factor_limit_reached`
 * @throws {TokenError} `insufficient_user_authentication`, `token_revoked`
 */
export async function beginPasskey(
  parts: PasskeyParts,
  caller: Caller,
): Promise<{ readonly options: PublicKeyCredentialCreationOptionsJSON; readonly challengeToken: string }> {
  const { sql } = parts.database
  const { user, session } = await callerInSession(parts, caller)
  const existing = await listPasskeys(sql, user.id)
  checkRoom(existing)
  const userHandle = (await findUserHandle(sql, user.id)) ?? randomBytes(userHandleBytes).toString('base64url')
  const { challenge, token } = makeChallenge(parts, 'register', session.sessionId, userHandle)
  return {
    options: creationOptions(parts.relyingParty, { challenge, user, userHandle, existing }),
    challengeToken: token,
  }
}

/** What was registered, and a fresh access token that states what the session has proven by it. */
export interface RegisteredPasskey {
  readonly passkey: Passkey
  readonly recoveryCodes: readonly string[] | undefined
  readonly accessToken: string
}

/**
 * Registers a passkey, which is a second factor from then on, and signs in alone if it has verified the person. The first
 * factor of an account comes with recovery codes.
 * @throws {RequestError} `passkey_invalid`, `session_required`, `factor_limit_reached`, `overloaded`
 * @throws {TokenError} `insufficient_user_authentication`, `token_revoked`
 */
export async function registerPasskey(
  parts: PasskeyParts,
  { userId, sessionId }: Caller,
  { challengeToken, credential, name }: PresentedPasskey & { readonly name: string },
  origin: RequestOrigin,
  how: Keeping,
): Promise<RegisteredPasskey> {
  const { user, session: caller } = await callerInSession(parts, { userId, sessionId })
  const { challenge, userHandle } = await takeChallenge(parts, 'register', caller.sessionId, challengeToken)
  if (userHandle === undefined) throw passkeyInvalid()
  const made = await verifyRegistration(parts.relyingParty, challenge, credential)
  // The library compares neither: one that no login could name would still count as a way in.
  if (made.credentialId !== credentialIdOf(credential)) throw passkeyInvalid()
  const recovery =
    (await countRecoveryCodes(parts.database.sql, userId)) > 0
      ? undefined
      : await makeRecoverySet(parts.passwords, turnOf(origin, `mfa ${userId}`))
  await rehearseToken(parts, user)
  const id = uuidv7()
  const { result, subject } = await changeFactors(parts, caller, origin, async (trx, { subject: { session } }, at) => {
    checkRoom(await listPasskeys(trx, userId))
    if ((await userHandleOf(trx, userId, userHandle)) !== userHandle) throw passkeyInvalid()
    const passkey = { ...made, id, userId, name, createdAt: at, lastUsedAt: null }
    if (!(await insertPasskey(trx, passkey))) throw passkeyInvalid()
    await recountFactors(trx, userId, at)
    const isNeeded = recovery !== undefined && (await countRecoveryCodes(trx, userId)) === 0
    if (isNeeded) await replaceRecoveryCodes(trx, userId, recovery)
    const details = { factor: id, name, passkey: true }
    return {
      result: { passkey, recoveryCodes: isNeeded ? recovery.codes : undefined },
      events: [makeEvent('factor_added', at, origin, { userId, sessionId: session.id, details })],
      notice: { template: 'factor_added', factor: name } as const,
      proof: { amr: withFactor(session.amr, made.isBackedUp ? 'swk' : 'hwk'), factorAt: at },
    }
  })
  const { authenticatedAt } = subject.session
  const accessToken = await createSessionToken(parts, subject, { fresh: true, authenticatedAt, ...how })
  return { ...result, accessToken }
}

/** @throws {RequestError} `factor_limit_reached` */
function checkRoom(existing: readonly Passkey[]): void {
  if (existing.length < mostPasskeys) return
  throw new RequestError('factor_limit_reached', `An account has at most ${mostPasskeys} passkeys: remove one first`)
}
