import { constants, createHmac, type KeyObject, type SigningOptions, sign, timingSafeEqual, verify } from 'node:crypto'

/** The supported JWS algorithms (RFC 7518 §3, RFC 8037, RFC 9864, RFC 9964 for ML-DSA). `none` is not one. */
export type AlgorithmName =
  | 'HS256'
  | 'HS384'
  | 'HS512'
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'PS256'
  | 'PS384'
  | 'PS512'
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'EdDSA'
  | 'Ed25519'
  | 'ML-DSA-44'
  | 'ML-DSA-65'
  | 'ML-DSA-87'

/** All there is to know about an algorithm. Everything else reads it from here. */
export interface Algorithm {
  /** JWK key type (RFC 7517 §4.1). */
  readonly kty: 'oct' | 'RSA' | 'EC' | 'OKP' | 'AKP'
  /** What `node:crypto` calls the key: `KeyObject.asymmetricKeyType`, or `secret`. */
  readonly keyType: string
  /** What `node:crypto` calls the hash; absent if the signature scheme does its own hashing. */
  readonly hash?: 'sha256' | 'sha384' | 'sha512'
  /** Curve by its OpenSSL name, and by its JWK name. */
  readonly curve?: readonly [openssl: string, jwk: string]
  /** Fixed length of a signature; an RSA signature is as long as its modulus. */
  readonly signatureBytes?: number
  /** Padding or encoding of the signature. */
  readonly options?: SigningOptions
}

const pkcs1: SigningOptions = { padding: constants.RSA_PKCS1_PADDING }
const pss: SigningOptions = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
const rawPair: SigningOptions = { dsaEncoding: 'ieee-p1363' }

// biome-ignore format: one row of data each
export const algorithms: Readonly<Record<AlgorithmName, Algorithm>> = {
  HS256: { kty: 'oct', keyType: 'secret', hash: 'sha256', signatureBytes: 32 },
  HS384: { kty: 'oct', keyType: 'secret', hash: 'sha384', signatureBytes: 48 },
  HS512: { kty: 'oct', keyType: 'secret', hash: 'sha512', signatureBytes: 64 },
  RS256: { kty: 'RSA', keyType: 'rsa', hash: 'sha256', options: pkcs1 },
  RS384: { kty: 'RSA', keyType: 'rsa', hash: 'sha384', options: pkcs1 },
  RS512: { kty: 'RSA', keyType: 'rsa', hash: 'sha512', options: pkcs1 },
  PS256: { kty: 'RSA', keyType: 'rsa', hash: 'sha256', options: pss },
  PS384: { kty: 'RSA', keyType: 'rsa', hash: 'sha384', options: pss },
  PS512: { kty: 'RSA', keyType: 'rsa', hash: 'sha512', options: pss },
  ES256: { kty: 'EC', keyType: 'ec', hash: 'sha256', curve: ['prime256v1', 'P-256'], signatureBytes: 64, options: rawPair },
  ES384: { kty: 'EC', keyType: 'ec', hash: 'sha384', curve: ['secp384r1', 'P-384'], signatureBytes: 96, options: rawPair },
  ES512: { kty: 'EC', keyType: 'ec', hash: 'sha512', curve: ['secp521r1', 'P-521'], signatureBytes: 132, options: rawPair },
  EdDSA: { kty: 'OKP', keyType: 'ed25519', curve: ['ed25519', 'Ed25519'], signatureBytes: 64 },
  Ed25519: { kty: 'OKP', keyType: 'ed25519', curve: ['ed25519', 'Ed25519'], signatureBytes: 64 },
  'ML-DSA-44': { kty: 'AKP', keyType: 'ml-dsa-44', signatureBytes: 2420 },
  'ML-DSA-65': { kty: 'AKP', keyType: 'ml-dsa-65', signatureBytes: 3309 },
  'ML-DSA-87': { kty: 'AKP', keyType: 'ml-dsa-87', signatureBytes: 4627 },
}

/** Narrows anything, a header's `alg` for example, to an algorithm name. */
export function isAlgorithmName(name: unknown): name is AlgorithmName {
  return typeof name === 'string' && Object.hasOwn(algorithms, name)
}

/** Whether the algorithm is asymmetric, so that its public keys can be published. */
export function isPublic(algorithm: unknown): algorithm is AlgorithmName {
  return isAlgorithmName(algorithm) && algorithms[algorithm].kty !== 'oct'
}

/**
 * The name by which algorithms are compared. `EdDSA`, whose only supported curve is Ed25519, and `Ed25519` are the same
 * algorithm (RFC 9864 §2.2). Issuers are moving from the first name to the second, and both are accepted.
 */
export function canonical(name: unknown): unknown {
  return name === 'Ed25519' ? 'EdDSA' : name
}

/** A key together with its algorithm's options, as `node:crypto` expects them. Made once and used for every token. */
export type PreparedKey = SigningOptions & { readonly key: KeyObject }

/** Signs ASCII text, which the signing input of a JWS always is. */
export function signWith(algorithm: Algorithm, prepared: PreparedKey, signedPart: string): Buffer {
  if (algorithm.kty === 'oct') return mac(algorithm, prepared.key, signedPart)
  return sign(algorithm.hash, Buffer.from(signedPart), prepared)
}

/**
 * Whether a signature is valid for the text. Never throws, whatever a token contains. The caller must have checked the
 * signature's length: OpenSSL accepts an RSA-PSS signature without its leading zero.
 */
export function verifyWith(
  algorithm: Algorithm,
  prepared: PreparedKey,
  signedPart: string,
  signature: Buffer,
): boolean {
  if (algorithm.kty === 'oct') return equalBytes(mac(algorithm, prepared.key, signedPart), signature)
  return verify(algorithm.hash, Buffer.from(signedPart), prepared, signature)
}

/** Compares two buffers in a time that does not reveal where they differ. */
export function equalBytes(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other)
}

/**
 * Computes an HMAC. Converting through text takes the buffer from Node's pool, which is an eighth faster than a digest
 * that allocates its own.
 */
function mac(algorithm: Algorithm, key: KeyObject, signedPart: string): Buffer {
  const digest = createHmac(algorithm.hash as string, key)
    .update(signedPart)
    .digest('latin1')
  return Buffer.from(digest, 'latin1')
}
