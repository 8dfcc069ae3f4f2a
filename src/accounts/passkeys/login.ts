import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server'
import type { RequestOrigin } from '../../core/events.ts'
import { findCredential } from '../../store/passkeys.ts'
import { listKnownAddresses } from '../../store/sessions/sessions.ts'
import { findUser } from '../../store/users/users.ts'
import { auditedAttempt } from '../passwords/limits/audited-attempt.ts'
import { completeLogin, type Login } from '../sessions/complete-login.ts'
import type { LoginHow, LoginTokens } from '../sessions/parts.ts'
import { deviceOf } from '../sessions/tokens/device-token.ts'
import { makeChallenge, passkeyInvalid } from './challenge.ts'
import { requestOptions } from './options.ts'
import type { PasskeyParts } from './parts.ts'
import {
  credentialIdOf,
  type PresentedPasskey,
  type ProvenPasskey,
  provePasskey,
  unlessInvalid,
} from './prove-passkey.ts'

/** A challenge, and the request to the browser. */
export interface AskedPasskey {
  readonly options: PublicKeyCredentialRequestOptionsJSON
  readonly challengeToken: string
}

/** Begins a login without a username. Nothing is stored and nothing is revealed; the passkey identifies the user. */
export function beginPasskeyLogin(parts: PasskeyParts): AskedPasskey {
  const { challenge, token } = makeChallenge(parts, 'login', '')
  const how = { challenge, allowed: [], userVerification: 'required' } as const
  return { options: requestOptions(parts.relyingParty, how), challengeToken: token }
}

/**
 * Logs in with a passkey that has verified the person, which is two factors in one (NIST SP 800-63B-4 section 3.1.7).
 * @throws {RequestError} `passkey_invalid`, `rate_limited`; and as `completeLogin`
 */
export async function loginWithPasskey(
  parts: PasskeyParts,
  presented: PresentedPasskey,
  { deviceToken, ...how }: LoginHow & { readonly deviceToken?: string | undefined },
  origin: RequestOrigin,
): Promise<LoginTokens> {
  const { passkey, factor, device } = await attempt(parts, presented, deviceToken, origin)
  const login: Login = {
    id: passkey.userId,
    proof: {
      amr: [factor.method, 'user', 'mfa'],
      async take(trx) {
        const events = await factor.take(trx, parts.now())
        return events === undefined ? false : { revoked: [], events }
      },
    },
    isKnownDevice: device !== null,
  }
  const tokens = await completeLogin(parts, login, origin, how)
  if (tokens === undefined) throw passkeyInvalid()
  return tokens
}

/** Passkeys cannot be guessed. Failed attempts are counted all the same, because checking them costs work. */
async function attempt(
  parts: PasskeyParts,
  presented: PresentedPasskey,
  deviceToken: string | undefined,
  origin: RequestOrigin,
): Promise<ProvenPasskey & { readonly device: string | null }> {
  const { sql } = parts.database
  const credentialId = credentialIdOf(presented.credential)
  const userId = (await findCredential(sql, credentialId))?.passkey.userId
  const user = userId === undefined || deviceToken === undefined ? undefined : await findUser(sql, userId)
  const device = deviceOf(parts.secrets, user, deviceToken)
  const counted = {
    purpose: 'passkey',
    account: userId ?? `credential ${credentialId}`,
    device,
    knownAddresses: async () => (userId === undefined ? [] : listKnownAddresses(sql, userId)),
  }
  const noted = { event: 'login_failed', userId: userId ?? null, details: { method: 'passkey' } } as const
  const prove = () => unlessInvalid(() => provePasskey(parts, presented, { purpose: 'login', owner: '' }, origin))
  const proven = await auditedAttempt(parts, counted, noted, origin, prove)
  if (proven !== undefined) return { ...proven, device }
  throw passkeyInvalid()
}
