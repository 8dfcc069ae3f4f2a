import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { ConfigurationError } from '../../errors.ts'
import { algorithms } from '../algorithms.ts'
import { decodeBase64url } from '../compact.ts'
import { pick } from '../json-value.ts'
import { Key, keysInvalid } from './key.ts'
import { readKeyMaterial, withoutPrivateHalf } from './key-material.ts'

/** A JSON Web Key (RFC 7517 §4, RFC 7518 §6, RFC 8037 §2). Numbers and bytes are base64url text. */
export interface Jwk {
  readonly kty?: string
  readonly alg?: string
  readonly kid?: string
  readonly use?: string
  readonly key_ops?: readonly string[]
  readonly crv?: string
  readonly x?: string
  readonly y?: string
  readonly d?: string
  readonly n?: string
  readonly e?: string
  readonly p?: string
  readonly q?: string
  readonly dp?: string
  readonly dq?: string
  readonly qi?: string
  readonly k?: string
  readonly pub?: string
  readonly priv?: string
}

/** A member whose value is text. */
type Member = Exclude<keyof Jwk, 'key_ops'>

/** The members of each key type. A thumbprint is computed from `kty` and the required ones (RFC 7638 §3.2). */
const memberTable: Record<string, { required: readonly Member[]; private: readonly Member[] }> = {
  oct: { required: ['k'], private: ['k'] },
  RSA: { required: ['e', 'n'], private: ['d', 'p', 'q', 'dp', 'dq', 'qi'] },
  EC: { required: ['crv', 'x', 'y'], private: ['d'] },
  OKP: { required: ['crv', 'x'], private: ['d'] },
  AKP: { required: ['alg', 'pub'], private: ['priv'] },
}

const plainText: ReadonlySet<string> = new Set(['alg', 'crv'])

/**
 * Converts a JWK to a key. Only `kty` decides its type.
 * @throws {ConfigurationError} `key_invalid`, `key_kind_mismatch` for a secret that contains a key file
 */
export function jwkToKeyObject(jwk: Jwk): KeyObject {
  const members = membersOf(jwk)
  for (const name of [...members.required, ...members.private]) {
    const value = jwk[name]
    if (value === undefined && !members.required.includes(name)) continue
    if (typeof value !== 'string' || value === '') throw jwkInvalid(`"${name}" must be a string`)
    // `node:crypto` skips characters that it cannot decode, and would read a different key.
    if (!plainText.has(name) && decodeBase64url(value) === undefined) throw jwkInvalid(`"${name}" is not base64url`)
  }
  if (jwk.kty === 'oct') return readKeyMaterial(Buffer.from(jwk.k as string, 'base64url'), 'secret')
  const material = pick(jwk, ['kty', ...members.required, ...members.private])
  try {
    return members.private.some((name) => jwk[name] !== undefined)
      ? createPrivateKey({ key: material, format: 'jwk' })
      : createPublicKey({ key: material, format: 'jwk' })
  } catch (cause) {
    throw jwkInvalid('its members are not a key that this runtime can read', cause)
  }
}

/** The public half that a private JWK states. It is not yet known to match the private half. */
export function publicHalf(jwk: Jwk): KeyObject {
  return createPublicKey({ key: pick(jwk, ['kty', ...membersOf(jwk).required]), format: 'jwk' })
}

/**
 * Writes a key as a JWK with `alg`, `kid` and `use`.
 *
 * Exports only the public half, unless `{ private: true }` requests the whole key: most JWKs are published.
 * @throws {ConfigurationError} `key_kind_mismatch` for a secret without `{ private: true }`: it has no public half
 * @example const jwk = exportJwk(generateKey('ES256'))
 */
export function exportJwk(key: Key, options: { readonly private?: boolean } = {}): Jwk {
  if (!(key instanceof Key)) throw keysInvalid()
  const { kty } = algorithms[key.algorithm]
  if (kty === 'oct' && !options.private) {
    throw new ConfigurationError(
      'key_kind_mismatch',
      'A secret has no public half: pass { private: true } to export all of it, and never publish it',
    )
  }
  const object = options.private ? key.signingKey : key.verifyingKey
  if (object === undefined) {
    throw new ConfigurationError('key_kind_mismatch', 'This key has no private half: remove { private: true }')
  }
  const material = object.export({ format: 'jwk' }) as Jwk
  return { ...material, alg: key.algorithm, kid: key.kid, use: 'sig' }
}

/** RFC 7638: SHA-256 over the required members in alphabetical order, base64url. */
export function thumbprint(key: KeyObject): string {
  const jwk = withoutPrivateHalf(key).export({ format: 'jwk' }) as Jwk
  const names = ['kty', ...membersOf(jwk).required].sort() as Member[]
  return createHash('sha256')
    .update(JSON.stringify(pick(jwk, names)), 'utf8')
    .digest('base64url')
}

function membersOf(jwk: Jwk): { required: readonly Member[]; private: readonly Member[] } {
  const kty = jwk.kty ?? ''
  const members = Object.hasOwn(memberTable, kty) ? memberTable[kty] : undefined
  if (members === undefined) throw jwkInvalid('"kty" must be oct, RSA, EC, OKP or AKP')
  return members
}

export function jwkInvalid(why: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError('key_invalid', `This JWK cannot be used: ${why}`, { cause })
}
