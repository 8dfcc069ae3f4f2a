import { createPrivateKey, createPublicKey, createSecretKey, KeyObject, X509Certificate } from 'node:crypto'
import { ConfigurationError } from '../../errors.ts'

/** Key material: PEM text, DER bytes (a secret's own bytes), or a `KeyObject`. */
export type KeyMaterial = string | Uint8Array | KeyObject

/** The kind of key that the caller states. The material must be of that kind: nothing is inferred (RFC 8725 §3.1). */
export type KeyKind = 'secret' | 'privateKey' | 'publicKey'

/**
 * Reads PEM, DER or a secret's bytes as the kind the caller states.
 * @throws {ConfigurationError} `key_invalid`, `key_kind_mismatch`, `key_too_weak` for an empty secret
 */
export function readKeyMaterial(material: unknown, kind: KeyKind): KeyObject {
  if (material instanceof KeyObject) {
    const object = checkKind(material, kind)
    return kind === 'secret' ? readSecret(object.export()) : object
  }
  if (typeof material !== 'string' && !(material instanceof Uint8Array)) {
    throw new ConfigurationError(
      'key_invalid',
      `${kind} must be a string, bytes or a KeyObject, not ${typeName(material)}`,
    )
  }
  return kind === 'secret' ? readSecret(material) : checkKind(readKeyFile(material, kind), kind)
}

/** The public half of a private key; any other key unchanged. */
export function withoutPrivateHalf(object: KeyObject): KeyObject {
  return object.type === 'private' ? createPublicKey(object) : object
}

function typeName(value: unknown): string {
  if (value === undefined) return 'undefined: is the environment variable set? `npx hallpass secret` makes one'
  return value === null ? 'null' : typeof value
}

function checkKind(object: KeyObject, kind: KeyKind): KeyObject {
  if (kind.startsWith(object.type)) return object
  const named = object.type === 'secret' ? 'secret' : `${object.type}Key`
  throw mismatch(kind, named)
}

function mismatch(kind: KeyKind, named: string): ConfigurationError {
  return new ConfigurationError('key_kind_mismatch', `${kind} contains another kind of key: pass it as ${named}`)
}

/** Rejects the text of a key file as a secret: anyone who knows the public key could then sign (RFC 8725 §2.1). */
function readSecret(material: string | Uint8Array): KeyObject {
  const bytes = Buffer.from(material as string)
  if (readings(bytes).some(isKeyFile)) {
    throw mismatch('secret', 'privateKey, publicKey or jwk')
  }
  return createSecretKey(bytes)
}

/** The bytes, and what they may encode: environment variables contain key files in base64 or hexadecimal. */
function readings(bytes: Buffer): Buffer[] {
  const text = bytes.toString('latin1')
  return [bytes, Buffer.from(text, 'base64'), Buffer.from(text, 'hex')]
}

function isKeyFile(bytes: Buffer): boolean {
  const isText = /-----BEGIN |(?:ssh|ecdsa)-[\w-]+ AAAA|"(?:kty|keys)"\s*:/.test(bytes.toString('latin1'))
  return isText || isDerKey(bytes)
}

const publicFormats = ['spki', 'pkcs1'] as const
const privateFormats = ['pkcs8', 'pkcs1', 'sec1'] as const

function isDerKey(bytes: Buffer): boolean {
  const sequence = 0x30
  return bytes[0] === sequence && (readDer(bytes, 'publicKey') ?? readDer(bytes, 'privateKey')) !== undefined
}

function readDer(bytes: Buffer, kind: 'privateKey' | 'publicKey'): KeyObject | undefined {
  const attempts =
    kind === 'publicKey'
      ? [
          ...publicFormats.map((type) => () => createPublicKey({ key: bytes, format: 'der', type })),
          () => new X509Certificate(bytes).publicKey,
        ]
      : privateFormats.map((type) => () => createPrivateKey({ key: bytes, format: 'der', type }))
  for (const attempt of attempts) {
    try {
      return attempt()
    } catch {
      // Not this format. The next one is tried, and the caller's error names all of them.
    }
  }
  return undefined
}

function readKeyFile(material: string | Uint8Array, kind: 'privateKey' | 'publicKey'): KeyObject {
  const bytes = Buffer.from(material as string)
  const text = bytes.toString('latin1')
  const isPem = text.includes('-----BEGIN ')
  // Node would silently derive the public half. But a private key passed as a public one is about to be published.
  const isPrivate = isPem ? /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text) : readDer(bytes, 'privateKey') !== undefined
  const isPublic = !isPrivate && (isPem || readDer(bytes, 'publicKey') !== undefined)
  const other = kind === 'publicKey' ? 'privateKey' : 'publicKey'
  const isOther = kind === 'publicKey' ? isPrivate : isPublic
  if (isOther) throw mismatch(kind, other)
  try {
    const object = isPem ? (kind === 'publicKey' ? createPublicKey : createPrivateKey)(bytes) : readDer(bytes, kind)
    if (object !== undefined) return object
  } catch {
    // OpenSSL's reason names its own source lines, and the remedy is the same for all of them.
  }
  throw new ConfigurationError(
    'key_invalid',
    `${kind} is not PEM or DER that this runtime can read (${kind === 'publicKey' ? 'SPKI, PKCS#1, X.509' : 'PKCS#8, PKCS#1, SEC1; not encrypted'})`,
  )
}
