import { areTexts } from '../../../core/text.ts'
import { readMailbox } from '../../../mail/address.ts'
import { mostApps } from '../factors.ts'
import { unfit } from '../names.ts'

/** An account at another provider that the user signed in to the other system with. */
export interface ImportedIdentity {
  /** The name of the provider in the settings here, such as `google`. */
  readonly provider: string
  /** The `iss` of the provider's ID tokens, exactly. Together with `subject` it identifies the account. */
  readonly issuer: string
  /** The id of the account at the provider: `sub`, or its own id. */
  readonly subject: string
  /** The address that the provider stated last. It is only shown to the user. */
  readonly email?: string | undefined
}

/** What can sign in to an account besides the password, from another system. */
export interface ImportedWays {
  /** Accounts at other providers. They are identified by issuer and subject, and each belongs to one user. */
  readonly identities?: readonly ImportedIdentity[] | undefined
  /** Secrets of authenticator apps, in base32 or as `otpauth:` URIs. Every login then asks for a code. At most five. */
  readonly totp?: readonly string[] | undefined
}

/** The same, validated. */
export interface Ways {
  readonly identities: readonly ImportedIdentity[]
  /** In base32. */
  readonly totp: readonly string[]
}

/** Minimum length of an app's secret: RFC 4226 requires 128 bits, but many systems make 80. */
const fewestSecretCharacters = 16
const mostSecretCharacters = 512
/** Of a URI or of a secret with separators. A regular expression can run out of stack on megabytes. */
const mostTextCharacters = 8192

/** @throws {RequestError} `invalid_request` */
export function readWays({ identities = [], totp = [] }: ImportedWays): Ways {
  if (!Array.isArray(identities)) throw unfit('identities', 'identities must be a list')
  if (!areTexts(totp)) throw unfit('totp', 'totp must be a list of strings')
  for (const identity of identities) checkIdentity(identity)
  if (new Set(identities.map(({ issuer, subject }) => JSON.stringify([issuer, subject]))).size < identities.length) {
    throw unfit('identities', 'The record has an identity twice')
  }
  const secrets = [...new Set(totp.map(readSecret))]
  if (secrets.length > mostApps) throw unfit('totp', `A user has at most ${mostApps} authenticator apps`)
  return { identities, totp: secrets }
}

function checkIdentity(identity: ImportedIdentity): void {
  const { provider, issuer, subject, email }: ImportedIdentity = Object(identity)
  // A pattern also matches what only becomes text, such as `undefined`.
  if (!areTexts([provider, issuer, subject])) {
    throw unfit('identities', 'provider, issuer and subject of an identity must be strings')
  }
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(provider)) {
    throw unfit('identities', 'provider must be the name of the provider in the settings, in lower case')
  }
  if (!/^[^\p{C}]{1,512}$/u.test(issuer)) {
    throw unfit('identities', `The identity at ${provider} requires an issuer: the iss of the provider's ID tokens`)
  }
  if (!/^[^\p{C}]{1,255}$/u.test(subject)) throw unfit('identities', `The identity at ${provider} requires a subject`)
  if (email && readMailbox(email) === undefined) {
    throw unfit('identities', `The email of the identity at ${provider} is not an e-mail address`)
  }
}

function readSecret(text: string): string {
  if (text.length > mostTextCharacters) throw unfit('totp', notSecret)
  const isUri = /^otpauth:/i.test(text)
  const secret = (isUri ? secretOfUri(text) : text)
    .replace(/[\s-]/g, '')
    .replace(/(?<!=)=+$/, '')
    .toUpperCase()
  const isWhole = ![1, 3, 6].includes(secret.length % 8)
  const isLong = secret.length >= fewestSecretCharacters && secret.length <= mostSecretCharacters
  if (!isLong || !isWhole || !/^[A-Z2-7]+$/.test(secret)) throw unfit('totp', notSecret)
  return secret
}

const notSecret = 'The secret of an authenticator app must be base32, of 80 bits or more, or an otpauth: URI'

/**
 * The secret of a URI whose parameters are those that hallpass supports: with others, the app would show other codes.
 */
function secretOfUri(text: string): string {
  const uri = URL.parse(text)
  const { algorithm = 'SHA1', digits = '6', period = '30', secret = '' } = Object.fromEntries(uri?.searchParams ?? [])
  const isSupported = /^sha-?1$/i.test(algorithm) && digits === '6' && period === '30'
  if (uri?.host !== 'totp' || !isSupported) {
    throw unfit('totp', 'Only authenticator apps with SHA-1, 6 digits and 30 seconds are supported')
  }
  return secret
}
