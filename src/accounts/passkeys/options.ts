import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server'
import type { Passkey } from '../../store/passkeys.ts'
import type { User } from '../../store/users/users.ts'
import { timeoutMilliseconds } from './challenge.ts'
import type { RelyingParty } from './parts.ts'

/** EdDSA, ES256, RS256 (COSE), in the order of preference. */
export const algorithms: readonly number[] = [-8, -7, -257]

/** What `navigator.credentials.create` is called with, as JSON. */
export function creationOptions(
  { id, name }: RelyingParty,
  {
    challenge,
    user,
    userHandle,
    existing,
    userVerification,
  }: {
    readonly challenge: string
    readonly user: User
    readonly userHandle: string
    readonly existing: readonly Passkey[]
    readonly userVerification: 'required' | 'preferred'
  },
): PublicKeyCredentialCreationOptionsJSON {
  return {
    challenge,
    rp: { id, name },
    user: { id: userHandle, name: user.username, displayName: user.username },
    pubKeyCredParams: algorithms.map((alg) => ({ alg, type: 'public-key' })),
    timeout: timeoutMilliseconds,
    attestation: 'none',
    excludeCredentials: existing.map(descriptorOf),
    authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification },
    extensions: { credProps: true },
  }
}

/** What `navigator.credentials.get` is called with, as JSON. */
export function requestOptions(
  { id }: RelyingParty,
  {
    challenge,
    allowed,
    userVerification,
  }: {
    readonly challenge: string
    /** None: whatever the person chooses. */
    readonly allowed: readonly Passkey[]
    readonly userVerification: 'required' | 'preferred'
  },
): PublicKeyCredentialRequestOptionsJSON {
  return {
    challenge,
    rpId: id,
    timeout: timeoutMilliseconds,
    allowCredentials: allowed.map(descriptorOf),
    userVerification,
  }
}

function descriptorOf({ credentialId, transports }: Passkey) {
  const known = transports.filter((one) => transportNames.includes(one as Transport)) as Transport[]
  return { id: credentialId, type: 'public-key' as const, ...(known.length > 0 && { transports: known }) }
}

type Transport = (typeof transportNames)[number]

/** Those of WebAuthn level 3. */
export const transportNames = ['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb'] as const
