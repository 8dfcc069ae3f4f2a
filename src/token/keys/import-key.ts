import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { ConfigurationError } from '../../errors.ts'
import { type Algorithm, type AlgorithmName, algorithms, canonical, isAlgorithmName } from '../algorithms.ts'
import { isRecord } from '../json-value.ts'
import { type Jwk, jwkInvalid, jwkToKeyObject, publicHalf, thumbprint } from './jwk.ts'
import { Key } from './key.ts'
import { type KeyMaterial, readKeyMaterial, withoutPrivateHalf } from './key-material.ts'
import { checkStrength, minimumRsaBits } from './key-strength.ts'

/** The algorithm of a `secret` if none is stated. */
export const secretAlgorithm: AlgorithmName = 'HS256'

/**
 * A key and its kind: exactly one of `secret`, `privateKey`, `publicKey` and `jwk`. hallpass does not infer the kind.
 */
export interface KeyInput {
  /** For HS256, HS384, HS512. At least 32, 48, 64 bytes from a random source (RFC 7518 §3.2); a string is read as UTF-8. */
  readonly secret?: KeyMaterial | undefined
  /** PKCS#8, PKCS#1 or SEC1. Signs, and verifies what it signed. */
  readonly privateKey?: KeyMaterial | undefined
  /** SPKI, PKCS#1 or an X.509 certificate. Verifies. */
  readonly publicKey?: KeyMaterial | undefined
  /** Its `use`, `key_ops`, `alg` and `kid` are respected. */
  readonly jwk?: Jwk
  /** HS256 by default for a `secret`; required if the key does not imply it: RSA, and a JWK of type oct without `alg`. */
  readonly algorithm?: AlgorithmName
  /** Names the key in a token's header. Its RFC 7638 thumbprint by default. */
  readonly kid?: string
}

/**
 * Imports a key for signing or verifying, or throws an error that says what to do.
 * @throws {ConfigurationError} `key_*`
 * @example const key = importKey({ publicKey: pem, algorithm: 'RS256' })
 */
export function importKey(input: KeyInput): Key {
  // Comes first, so that an encryption key is reported as one, and not as a key of an unknown type or algorithm.
  const allowed = allowedUses(input?.jwk)
  const object = readKey(input)
  const signingKey = object.type !== 'public' && allowed.sign ? object : undefined
  if (signingKey === undefined && !allowed.verify) {
    throw new ConfigurationError('key_use_refused', 'The JWK permits neither signing nor verifying')
  }
  const algorithm = chooseAlgorithm(input, object)
  checkStrength(object, algorithm)
  const kid = input.kid ?? input.jwk?.kid ?? thumbprint(object)
  if (typeof kid !== 'string' || kid === '')
    throw new ConfigurationError('key_invalid', 'kid must be a non-empty string')
  if (input.jwk !== undefined && object.type === 'private') checkHalves(object, input.jwk, algorithm)
  const verifyingKey = allowed.verify ? withoutPrivateHalf(object) : undefined
  return new Key({ algorithm, kid, signingKey, verifyingKey })
}

/**
 * Generates a key: a secret of the hash's size, RSA of 2048 bits, or the curve or parameter set of the algorithm.
 * @throws {ConfigurationError} `key_invalid` if this runtime lacks the algorithm
 */
export function generateKey(algorithm: AlgorithmName, options: { readonly kid?: string } = {}): Key {
  if (!isAlgorithmName(algorithm)) throw unknownAlgorithm(algorithm)
  const { kty, keyType, curve, signatureBytes } = algorithms[algorithm]
  if (kty === 'oct') return importKey({ ...options, secret: randomBytes(signatureBytes as number), algorithm })
  // Typed for every kind of key: Node's types have an overload for each literal name.
  const generate = generateKeyPairSync as (type: string, options: object) => { privateKey: KeyObject }
  try {
    const { privateKey } = generate(keyType, { modulusLength: minimumRsaBits, namedCurve: curve?.[0] })
    return importKey({ ...options, privateKey, algorithm })
  } catch (cause) {
    if (cause instanceof ConfigurationError) throw cause
    throw new ConfigurationError('key_invalid', `This runtime does not support keys for ${algorithm}`, { cause })
  }
}

function readKey(input: KeyInput): KeyObject {
  const kinds = (['secret', 'privateKey', 'publicKey', 'jwk'] as const).filter((kind) =>
    Object.hasOwn(input ?? {}, kind),
  )
  const [kind] = kinds
  if (kind === undefined || kinds.length > 1) {
    throw new ConfigurationError(
      'key_kind_mismatch',
      `Pass exactly one of secret, privateKey, publicKey or jwk (found: ${kinds.join(', ') || 'none'})`,
    )
  }
  if (kind !== 'jwk') return readKeyMaterial(input[kind], kind)
  const { jwk } = input
  if (isRecord(jwk)) return jwkToKeyObject(jwk)
  throw new ConfigurationError('key_invalid', 'jwk must be an object: parse the JSON first')
}

/**
 * Checks that the halves of a JWK belong together, which not every runtime does. If they did not, nothing that the key
 * signs could be verified.
 */
function checkHalves(privateHalf: KeyObject, jwk: Jwk, algorithm: AlgorithmName): void {
  const pair = new Key({ algorithm, kid: '', signingKey: privateHalf, verifyingKey: publicHalf(jwk) })
  if (!isPair(pair)) {
    throw jwkInvalid('its private half belongs to another key')
  }
}

/** Some cryptographic libraries check this themselves, and throw. */
function isPair(key: Key): boolean {
  try {
    return key.verify('a', key.sign('a'))
  } catch {
    return false
  }
}

function chooseAlgorithm(input: KeyInput, object: KeyObject): AlgorithmName {
  const stated = input.algorithm ?? input.jwk?.alg
  if (stated === undefined) return impliedAlgorithm(input, object)
  if (!isAlgorithmName(stated)) throw unknownAlgorithm(stated)
  if (input.jwk?.alg !== undefined && canonical(input.jwk.alg) !== canonical(stated)) {
    throw new ConfigurationError('key_algorithm_mismatch', `The JWK is for ${input.jwk.alg}, not for ${stated}`)
  }
  const { keyType, curve } = algorithms[stated]
  const found = keyTypeOf(object)
  if (keyType !== found || !curveFits(object, curve)) {
    const need = curve?.[1] ?? keyType
    throw new ConfigurationError('key_algorithm_mismatch', `${stated} needs a key of type ${need}, not ${found}`)
  }
  return stated
}

/** The algorithm of the key, if only one fits it. */
function impliedAlgorithm(input: KeyInput, object: KeyObject): AlgorithmName {
  if (Object.hasOwn(input, 'secret')) return secretAlgorithm
  const found = keyTypeOf(object)
  const fitting = (Object.keys(algorithms) as AlgorithmName[]).filter(
    (name) => algorithms[name].keyType === found && curveFits(object, algorithms[name].curve),
  )
  const [only] = fitting
  if (only !== undefined && new Set(fitting.map(canonical)).size === 1) return only
  if (fitting.length === 0) throw new ConfigurationError('key_invalid', `No algorithm uses a key of type ${found}`)
  throw new ConfigurationError(
    'key_algorithm_missing',
    `This key fits ${fitting.join(', ')}: state one, as in { algorithm: '${only}' }`,
  )
}

function keyTypeOf(object: KeyObject): string {
  return object.asymmetricKeyType ?? object.type
}

function curveFits(object: KeyObject, curve: Algorithm['curve']): boolean {
  // A curve with explicit parameters has no name, and its generator may be chosen to fit an attacker's key
  // (CVE-2020-0601).
  return object.asymmetricKeyType !== 'ec' || object.asymmetricKeyDetails?.namedCurve === curve?.[0]
}

function unknownAlgorithm(name: unknown): ConfigurationError {
  const known = Object.keys(algorithms).join(', ')
  const given = typeof name === 'string' ? name : `of type ${typeof name}`
  return new ConfigurationError('key_algorithm_mismatch', `algorithm must be one of ${known}, not ${given}`)
}

/** `use` and `key_ops` say what a JWK may be used for (RFC 7517 §4.2, §4.3). */
function allowedUses(jwk: Jwk | undefined): { readonly sign: boolean; readonly verify: boolean } {
  if (jwk?.use !== undefined && jwk.use !== 'sig') {
    throw new ConfigurationError('key_use_refused', 'The JWK permits no signatures: its "use" is not "sig"')
  }
  const operations: unknown = jwk?.key_ops
  if (operations === undefined) return { sign: true, verify: true }
  if (!Array.isArray(operations)) throw jwkInvalid('"key_ops" must be a list')
  return { sign: operations.includes('sign'), verify: operations.includes('verify') }
}
