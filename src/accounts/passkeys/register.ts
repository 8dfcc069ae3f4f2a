import type { RequestOrigin } from '../../core/events.ts'
import type { Passkey } from '../../store/passkeys.ts'
import { changeFactors } from '../mfa/setup/change-factors.ts'
import { withFactor } from '../mfa/verify-login.ts'
import { callerInSession } from '../own/caller-in-session.ts'
import type { Caller } from '../sessions/caller.ts'
import type { Keeping } from '../sessions/parts.ts'
import { createSessionToken } from '../sessions/tokens/access-token.ts'
import { addPasskey, type BegunPasskey, beginFor, type NamedPasskey, proveNewPasskey } from './new-passkey.ts'
import type { PasskeyParts } from './parts.ts'

/**
 * Begins to register a passkey, for a session with a recent authentication. Nothing is stored.
 * @throws {RequestError} `session_required`, `factor_limit_reached`
 * @throws {TokenError} `insufficient_user_authentication`, `token_revoked`
 */
export async function beginPasskey(parts: PasskeyParts, caller: Caller): Promise<BegunPasskey> {
  const { user, session } = await callerInSession(parts, caller)
  return beginFor(parts, { user, purpose: 'register', owner: session.sessionId })
}

/** What was registered, and a fresh access token that states what the session has proven with it. */
export interface RegisteredPasskey {
  readonly passkey: Passkey
  readonly recoveryCodes: readonly string[] | undefined
  readonly accessToken: string
}

/**
 * Registers a passkey. It is a second factor from then on, and is enough to sign in if it has verified the person. The
 * first factor of an account comes with recovery codes.
 * @throws {RequestError} `passkey_invalid`, `session_required`, `factor_limit_reached`, `overloaded`
 * @throws {TokenError} `insufficient_user_authentication`, `token_revoked`
 */
export async function registerPasskey(
  parts: PasskeyParts,
  caller: Caller,
  given: NamedPasskey,
  origin: RequestOrigin,
  how: Keeping,
): Promise<RegisteredPasskey> {
  const { user, session: own } = await callerInSession(parts, caller)
  const registrant = { user, purpose: 'register', owner: own.sessionId } as const
  const made = await proveNewPasskey(parts, registrant, given, origin)
  const { result, subject } = await changeFactors(parts, own, origin, async (trx, { subject: { session } }, at) => {
    const { events, ...added } = await addPasskey(trx, made, { at, origin, sessionId: session.id })
    const proof = { amr: withFactor(session.amr, made.method), factorAt: at }
    return { result: added, events, notice: { template: 'factor_added', factor: given.name } as const, proof }
  })
  const { authenticatedAt } = subject.session
  const accessToken = await createSessionToken(parts, subject, { fresh: true, authenticatedAt, ...how })
  return { ...result, accessToken }
}
