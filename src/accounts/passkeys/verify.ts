import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import type { Passkey } from '../../store/passkeys.ts'
import { passkeyInvalid } from './challenge.ts'
import { algorithms, transportNames } from './options.ts'
import { originsFor, type RelyingParty } from './parts.ts'

/** What a client sends as `credential`. The library checks its type. */
export type GivenCredential = Readonly<Record<string, unknown>>

/** A new passkey. */
export type MadePasskey = Pick<
  Passkey,
  | 'credentialId'
  | 'publicKey'
  | 'counter'
  | 'transports'
  | 'aaguid'
  | 'isBackupEligible'
  | 'isBackedUp'
  | 'verifiesUser'
>

/** What an authenticator stated with its signature. */
export interface Assertion {
  readonly counter: number
  readonly isBackedUp: boolean
  /** Whether it verified the person this time. */
  readonly isUserVerified: boolean
}

/**
 * Checks an authenticator's answer to a registration (WebAuthn level 3, section 7.1). Attestation is not requested.
 * @throws {RequestError} `passkey_invalid`
 */
export async function verifyRegistration(
  party: RelyingParty,
  {
    challenge,
    credential,
    requiresVerification,
  }: { readonly challenge: string; readonly credential: GivenCredential; readonly requiresVerification: boolean },
): Promise<MadePasskey> {
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server')
  const response = credential as unknown as RegistrationResponseJSON
  await requireNoAttestation(response)
  const { registrationInfo } = await checked(() =>
    verifyRegistrationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: originsOf(party, credential),
      expectedRPID: party.id,
      requireUserVerification: requiresVerification,
      supportedAlgorithmIDs: [...algorithms],
    }),
  )
  if (registrationInfo === undefined) throw passkeyInvalid()
  const { credential: made, aaguid, credentialDeviceType, credentialBackedUp, userVerified } = registrationInfo
  const transports: unknown = response.response.transports
  return {
    credentialId: made.id,
    publicKey: Buffer.from(made.publicKey).toString('base64url'),
    counter: made.counter,
    transports: transportNames.filter((name) => Array.isArray(transports) && transports.includes(name)),
    aaguid,
    isBackupEligible: credentialDeviceType === 'multiDevice',
    isBackedUp: credentialBackedUp,
    verifiesUser: userVerified,
  }
}

/**
 * Checks an authenticator's answer to a challenge (WebAuthn level 3, section 7.2). The caller judges the counter: the
 * library would reject it before checking the signature, and anyone could make it fall.
 * @param userHandle The user of the passkey. An answer that states another user is rejected.
 * @throws {RequestError} `passkey_invalid`
 */
export async function verifyAssertion(
  party: RelyingParty,
  {
    challenge,
    credential,
    passkey,
    userHandle,
    requiresVerification,
  }: {
    readonly challenge: string
    readonly credential: GivenCredential
    readonly passkey: Passkey
    readonly userHandle: string | null
    readonly requiresVerification: boolean
  },
): Promise<Assertion> {
  const { verifyAuthenticationResponse } = await import('@simplewebauthn/server')
  const response = credential as unknown as AuthenticationResponseJSON
  const { verified, authenticationInfo } = await checked(() =>
    verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: originsOf(party, credential),
      expectedRPID: party.id,
      requireUserVerification: requiresVerification,
      credential: { id: passkey.credentialId, publicKey: Buffer.from(passkey.publicKey, 'base64url'), counter: 0 },
    }),
  )
  const named: unknown = response.response.userHandle
  // If no particular passkey was requested, the authenticator must state whose it is (section 7.2, step 6).
  const isUnnamed = !requiresVerification && (named === undefined || named === null || named === '')
  const isOfUser = isUnnamed || named === userHandle
  const isEligible = authenticationInfo.credentialDeviceType === 'multiDevice'
  if (!verified || !isOfUser || isEligible !== passkey.isBackupEligible) throw passkeyInvalid()
  return {
    counter: authenticationInfo.newCounter,
    isBackedUp: authenticationInfo.credentialBackedUp,
    isUserVerified: authenticationInfo.userVerified,
  }
}

/**
 * Attestation is not requested, but a client may send it anyway. The library would verify it, and fetch the URLs in the
 * client's own certificates, before it checks whether it trusts them.
 * @throws {RequestError} `passkey_invalid`
 */
async function requireNoAttestation({ response }: RegistrationResponseJSON): Promise<void> {
  const { decodeAttestationObject } = await import('@simplewebauthn/server/helpers')
  const isPlain = await checked(async () => {
    const attestation = decodeAttestationObject(new Uint8Array(Buffer.from(response.attestationObject, 'base64url')))
    const format = attestation.get('fmt')
    return format === 'none' || (format === 'packed' && attestation.get('attStmt').get('x5c') === undefined)
  })
  if (!isPlain) throw passkeyInvalid()
}

/** Any error of the library is caused by what the client sent. */
async function checked<Outcome>(verify: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await verify()
  } catch {
    throw passkeyInvalid()
  }
}

/**
 * The origins to accept, given the origin that the page states.
 * @throws {RequestError} `passkey_invalid` if the answer cannot be read, or if the page is in a frame of another site,
 *   which the library accepts in browsers that do not say whose frame it is
 */
function originsOf(party: RelyingParty, credential: GivenCredential): string[] {
  try {
    const { response } = credential as { readonly response: { readonly clientDataJSON: string } }
    const clientData = JSON.parse(Buffer.from(response.clientDataJSON, 'base64url').toString())
    const { origin, crossOrigin, topOrigin } = clientData
    const isFramed = crossOrigin === true || topOrigin !== undefined
    if (isFramed || typeof origin !== 'string') throw new Error('The page is in a frame of another site')
    return originsFor(party, origin)
  } catch {
    throw passkeyInvalid()
  }
}
