import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/** An encrypted value as it is stored. */
export interface Sealed {
  /** Nonce, ciphertext and tag of AES-256-GCM, in base64url. */
  readonly sealed: string
  /** Identifies the secret, and reveals nothing about it. */
  readonly sealedUnder: string
}

/** The value was modified after it was encrypted, or encrypted in another context. */
export class SealBrokenError extends Error {}

interface SealingKey {
  readonly id: string
  readonly key: Buffer
}

const nonceBytes = 12
const tagBytes = 16

/**
 * Encrypts what the database stores, under a key that is derived from the server's secret for one purpose (HKDF, RFC
 * 5869). The key has an id, so that the secret can be changed: a value encrypted under the previous one can be
 * decrypted, and encrypted again.
 */
export class Sealing {
  readonly #current: SealingKey
  readonly #known: ReadonlyMap<string, SealingKey>

  /**
   * @param purpose What is encrypted, such as `signing keys`. A value encrypted for one purpose cannot be decrypted for
   * another.
   * @param previous Previous secrets, for as long as values encrypted under them remain.
   */
  constructor(purpose: string, secret: string, ...previous: readonly string[]) {
    this.#current = derive(purpose, secret)
    const known = [this.#current, ...previous.map((one) => derive(purpose, one))]
    this.#known = new Map(known.map((one) => [one.id, one]))
  }

  /** The id of the current secret. */
  get currentId(): string {
    return this.#current.id
  }

  /** Encrypts a value. @param about Its context, which must be the same when it is decrypted. */
  seal(plain: string, about: string): Sealed {
    const nonce = randomBytes(nonceBytes)
    const cipher = createCipheriv('aes-256-gcm', this.#current.key, nonce).setAAD(Buffer.from(about))
    const text = Buffer.concat([nonce, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()])
    return { sealed: text.toString('base64url'), sealedUnder: this.#current.id }
  }

  /**
   * Decrypts a value.
   * @returns `undefined` if it was encrypted under an unknown secret.
   * @throws {SealBrokenError} if the value was modified, or encrypted in another context
   */
  open({ sealed, sealedUnder }: Sealed, about: string): string | undefined {
    const known = this.#known.get(sealedUnder)
    if (known === undefined) return undefined
    const bytes = Buffer.from(sealed, 'base64url')
    try {
      const decipher = createDecipheriv('aes-256-gcm', known.key, bytes.subarray(0, nonceBytes), {
        authTagLength: tagBytes,
      })
        .setAAD(Buffer.from(about))
        .setAuthTag(bytes.subarray(-tagBytes))
      return decipher.update(bytes.subarray(nonceBytes, -tagBytes), undefined, 'utf8') + decipher.final('utf8')
    } catch (cause) {
      throw new SealBrokenError('The encrypted value was modified', { cause })
    }
  }
}

function derive(purpose: string, secret: string): SealingKey {
  const bytes = (label: string, length: number) => Buffer.from(hkdfSync('sha256', secret, '', label, length))
  return {
    id: bytes(`hallpass: name of the key that encrypts ${purpose}`, 8).toString('hex'),
    key: bytes(`hallpass: key that encrypts ${purpose}`, 32),
  }
}
