import type { RequestOrigin } from '../../core/events.ts'
import { listPasskeys } from '../../store/passkeys.ts'
import { findChallenge, type PresentedChallenge } from '../mfa/challenge.ts'
import { attemptCode } from '../mfa/codes/attempt-code.ts'
import type { ProveFactor } from '../mfa/codes/proven-factor.ts'
import { type Caller, requireSession } from '../sessions/caller.ts'
import { makeChallenge, passkeyInvalid } from './challenge.ts'
import type { AskedPasskey } from './login.ts'
import { requestOptions } from './options.ts'
import type { PasskeyParts } from './parts.ts'
import { type PresentedPasskey, provePasskey, unlessInvalid } from './prove-passkey.ts'

/**
 * Begins to complete a login with a passkey.
 * @throws {RequestError} `mfa_token_invalid`
 */
export async function beginPasskeyFactor(parts: PasskeyParts, presented: PresentedChallenge): Promise<AskedPasskey> {
  const { userId } = await findChallenge(parts, 'mfa', presented)
  return begin(parts, 'mfa', presented.token, userId)
}

/**
 * Begins to reauthenticate a user who is logged in.
 * @throws {RequestError} `session_required`
 */
export function beginPasskeyReauthentication(parts: PasskeyParts, caller: Caller): Promise<AskedPasskey> {
  const { userId, sessionId } = requireSession(caller)
  return begin(parts, 'reauthenticate', sessionId, userId)
}

async function begin(
  parts: PasskeyParts,
  purpose: 'mfa' | 'reauthenticate',
  owner: string,
  userId: string,
): Promise<AskedPasskey> {
  const { challenge, token } = makeChallenge(parts, purpose, owner)
  const allowed = await listPasskeys(parts.database.sql, userId)
  const how = { challenge, allowed, userVerification: 'preferred' } as const
  return { options: requestOptions(parts.relyingParty, how), challengeToken: token }
}

/**
 * Proves a passkey as the second factor of a login, or of a user in a session. Attempts are counted like those at codes
 * but separately, so that wrong codes from an attacker who knows the password do not delay a passkey. It is still
 * compared after a hundred wrong codes, because it cannot be guessed.
 */
export function passkeyFactor(
  parts: PasskeyParts,
  presented: PresentedPasskey,
  about: { readonly purpose: 'mfa' | 'reauthenticate'; readonly owner: string },
  origin: RequestOrigin,
): ProveFactor {
  return (owner, attempt = (prove) => prove()) =>
    attemptCode(parts, { purpose: 'passkey', refuse: passkeyInvalid, ...owner }, origin, () =>
      attempt(async () => {
        const { userId } = owner
        return (await unlessInvalid(() => provePasskey(parts, presented, { ...about, userId }, origin)))?.factor
      }),
    )
}
