import type { KeyObject } from 'node:crypto'
import { ConfigurationError } from '../../errors.ts'
import { type AlgorithmName, algorithms, canonical, type PreparedKey, signWith, verifyWith } from '../algorithms.ts'

/** Something else was passed as keys. */
export function keysInvalid(): ConfigurationError {
  return new ConfigurationError('key_invalid', 'keys must be a KeySet, or a key that importKey returned')
}

/** The parts of a `Key`. `importKey` and `generateKey` ensure that they belong together. */
export interface KeyParts {
  readonly algorithm: AlgorithmName
  readonly kid: string
  readonly signingKey?: KeyObject | undefined
  readonly verifyingKey?: KeyObject | undefined
}

/**
 * A key with the one algorithm that it is used for (RFC 8725 §3.1). Created by `importKey` or `generateKey`. Its
 * material is in private fields, so printing the key or converting it to JSON does not reveal it.
 */
export class Key {
  readonly algorithm: AlgorithmName
  /** The key's id in a token's header: as given, or its RFC 7638 thumbprint. */
  readonly kid: string
  readonly #signing: PreparedKey | undefined
  readonly #verifying: PreparedKey | undefined
  readonly #signatureBytes: number

  constructor({ algorithm, kid, signingKey, verifyingKey }: KeyParts) {
    const { options, signatureBytes } = algorithms[algorithm]
    const { modulusLength = 0 } = (verifyingKey ?? signingKey)?.asymmetricKeyDetails ?? {}
    this.algorithm = algorithm
    this.kid = kid
    this.#signing = signingKey && { ...options, key: signingKey }
    this.#verifying = verifyingKey && { ...options, key: verifyingKey }
    // RFC 8017 §8.1.2, §8.2.2: an RSA signature is as long as the modulus, and any other length is refused.
    this.#signatureBytes = signatureBytes ?? Math.ceil(modulusLength / 8)
    Object.freeze(this)
  }

  get canSign(): boolean {
    return this.#signing !== undefined
  }

  get canVerify(): boolean {
    return this.#verifying !== undefined
  }

  get signingKey(): KeyObject | undefined {
    return this.#signing?.key
  }

  get verifyingKey(): KeyObject | undefined {
    return this.#verifying?.key
  }

  /**
   * Signs the first two parts of a token, encoded and joined by a dot.
   * @throws {ConfigurationError} `key_missing` if the key only verifies
   */
  sign(signedPart: string): Buffer {
    if (this.#signing === undefined) {
      throw new ConfigurationError('key_missing', 'This key only verifies: sign with a private key or a secret')
    }
    return signWith(algorithms[this.algorithm], this.#signing, signedPart)
  }

  /** Whether this key made the signature; `false` if the key only signs. */
  verify(signedPart: string, signature: Buffer): boolean {
    if (this.#verifying === undefined || signature.length !== this.#signatureBytes) return false
    return verifyWith(algorithms[this.algorithm], this.#verifying, signedPart, signature)
  }
}

/** The name by which a token refers to its key. Two keys with one name could not be distinguished. */
export function nameOf({ algorithm, kid }: Key): string {
  return `${canonical(algorithm)} ${kid}`
}
