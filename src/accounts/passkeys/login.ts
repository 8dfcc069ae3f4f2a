import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/server'
import { commit } from '../../core/change.ts'
import { makeEvent, type RequestOrigin } from '../../core/events.ts'
import { RequestError } from '../../errors.ts'
import { findCredential } from '../../store/passkeys.ts'
import { listKnownAddresses } from '../../store/sessions/sessions.ts'
import { findUser } from '../../store/users/users.ts'
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

/** A challenge, and what the browser is asked with it. */
export interface AskedPasskey {
  readonly options: PublicKeyCredentialRequestOptionsJSON
  readonly challengeToken: string
}

/** Begins a login without a name: nothing is stored, and nothing is revealed. The passkey says who it is. */
export function beginPasskeyLogin(parts: PasskeyParts): AskedPasskey {
  const { challenge, token } = makeChallenge(parts, 'login', '')
  const how = { challenge, allowed: [], userVerification: 'required' } as const
  return { options: requestOptions(parts.relyingParty, how), challengeToken: token }
}

/**
 * Logs in with a passkey that has verified the person: two factors in one (NIST SP 800-63B-4 section 3.1.7).
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

/** No passkey can be guessed. Wrong ones are counted all the same, for the work that they are. */
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
    address: origin.address,
    device,
    knownAddresses: async () => (userId === undefined ? [] : listKnownAddresses(sql, userId)),
  }
  const about = { userId: userId ?? null, details: { method: 'passkey' } }
  const prove = () => unlessInvalid(() => provePasskey(parts, presented, { purpose: 'login', owner: '' }, origin))
  const proven = await parts.limits.attempt(counted, prove).catch((error) => {
    // Announced, and not stored: a client that is being delayed must not be able to fill the disk.
    const isSlowedDown = error instanceof RequestError && error.code === 'rate_limited'
    if (isSlowedDown) parts.announce(makeEvent('login_limited', parts.now(), origin, about))
    throw error
  })
  if (proven !== undefined) return { ...proven, device }
  await commit(parts, async () => ({
    result: undefined,
    events: [makeEvent('login_failed', parts.now(), origin, about)],
  }))
  throw passkeyInvalid()
}
