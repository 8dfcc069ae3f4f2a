import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { ConfigurationError } from '../errors.ts'

/** A key as it is kept. */
export interface Sealed {
  /** Nonce, ciphertext and tag of AES-256-GCM, in base64url. */
  readonly sealed: string
  /** Names the secret, and tells nothing about it. */
  readonly sealedUnder: string
}

interface EncryptionKey {
  readonly id: string
  readonly key: Buffer
}

const nonceBytes = 12
const tagBytes = 16

/**
 * Encrypts keys at rest, under a key that is derived from the server's secret (HKDF, RFC 5869). It has a name, so that
 * the secret itself can be changed: what is encrypted under the one before can be opened, and encrypted anew.
 */
export class KeyEncryption {
  readonly #current: EncryptionKey
  readonly #known: ReadonlyMap<string, EncryptionKey>

  /** @param previous The secret before, while there is something left that is encrypted under it. */
  constructor(secret: string, previous?: string) {
    this.#current = derive(secret)
    const known = [this.#current, ...(previous === undefined ? [] : [derive(previous)])]
    this.#known = new Map(known.map((one) => [one.id, one]))
  }

  /** The name of the present secret. */
  get currentId(): string {
    return this.#current.id
  }

  /** @param about What it is: it can be opened as nothing else. */
  seal(plain: string, about: string): Sealed {
    const nonce = randomBytes(nonceBytes)
    const cipher = createCipheriv('aes-256-gcm', this.#current.key, nonce).setAAD(Buffer.from(about))
    const text = Buffer.concat([nonce, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()])
    return { sealed: text.toString('base64url'), sealedUnder: this.#current.id }
  }

  /**
   * @returns `undefined` where it was sealed under a secret that is not known here.
   * @throws {ConfigurationError} `database_invalid` where it was changed since
   */
  open({ sealed, sealedUnder }: Sealed, about: string): string | undefined {
    const known = this.#known.get(sealedUnder)
    if (known === undefined) return undefined
    const bytes = Buffer.from(sealed, 'base64url')
    try {
      const decipher = createDecipheriv('aes-256-gcm', known.key, bytes.subarray(0, nonceBytes))
        .setAAD(Buffer.from(about))
        .setAuthTag(bytes.subarray(-tagBytes))
      return decipher.update(bytes.subarray(nonceBytes, -tagBytes), undefined, 'utf8') + decipher.final('utf8')
    } catch (cause) {
      throw new ConfigurationError(
        'database_invalid',
        'A signing key in the database was modified outside of hallpass',
        {
          cause,
        },
      )
    }
  }
}

function derive(secret: string): EncryptionKey {
  const bytes = (purpose: string, length: number) => Buffer.from(hkdfSync('sha256', secret, '', purpose, length))
  return {
    id: bytes('hallpass: name of the key that encrypts signing keys', 8).toString('hex'),
    key: bytes('hallpass: key that encrypts signing keys', 32),
  }
}
