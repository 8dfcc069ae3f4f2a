import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server'

/** What a test makes an authenticator, or a page, do. */
export interface Ceremony {
  readonly origin: string
  readonly crossOrigin: boolean
  readonly topOrigin: string | undefined
  readonly rpId: string
  readonly isUserPresent: boolean
  readonly isUserVerified: boolean
  readonly isBackupEligible: boolean
  readonly isBackedUp: boolean
  readonly counter: number
  readonly userHandle: string | undefined
  readonly challenge: string
  readonly type: string
}

const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest()

/**
 * An authenticator with one passkey, in software: written from WebAuthn level 3, so that two implementations agree. ES256, and
 * attestation `none`.
 */
export class Authenticator {
  readonly id: string = randomBytes(32).toString('base64url')
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  readonly #usual: Partial<Ceremony>
  userHandle = ''

  readonly #format: string

  /** @param format Of the attestation: with another than `none` comes a certificate. */
  constructor(usual: Partial<Ceremony> = {}, format = 'none') {
    this.#usual = usual
    this.#format = format
  }

  /** What `navigator.credentials.create` answers, as JSON. */
  create(options: PublicKeyCredentialCreationOptionsJSON, odd: Partial<Ceremony> = {}): Record<string, unknown> {
    this.userHandle = options.user.id
    const ceremony = this.#ceremony('webauthn.create', options.challenge, options.rp.id ?? '', odd)
    const { x = '', y = '' } = this.#keys.publicKey.export({ format: 'jwk' })
    const id = Buffer.from(this.id, 'base64url')
    const key = map([
      [integer(1), integer(2)],
      [integer(3), integer(-7)],
      [integer(-1), integer(1)],
      [integer(-2), bytes(Buffer.from(x, 'base64url'))],
      [integer(-3), bytes(Buffer.from(y, 'base64url'))],
    ])
    const length = Buffer.alloc(2)
    length.writeUInt16BE(id.length)
    const attested = Buffer.concat([Buffer.alloc(16), length, id, key])
    const attestationObject = map([
      [text('fmt'), text(this.#format)],
      [text('attStmt'), map(this.#format === 'none' ? [] : [[text('x5c'), list([bytes(Buffer.from('x'))])]])],
      [text('authData'), bytes(Buffer.concat([dataOf(ceremony, 0x40), attested]))],
    ])
    return this.#credential({
      clientDataJSON: clientDataOf(ceremony).toString('base64url'),
      attestationObject: attestationObject.toString('base64url'),
      transports: ['internal', 'hybrid', 'telepathy'],
    })
  }

  /** What `navigator.credentials.get` answers. */
  get(options: PublicKeyCredentialRequestOptionsJSON, odd: Partial<Ceremony> = {}): Record<string, unknown> {
    const ceremony = this.#ceremony('webauthn.get', options.challenge, options.rpId ?? '', odd)
    const [data, clientData] = [dataOf(ceremony, 0), clientDataOf(ceremony)]
    const signature = sign('sha256', Buffer.concat([data, sha256(clientData)]), this.#keys.privateKey)
    return this.#credential({
      clientDataJSON: clientData.toString('base64url'),
      authenticatorData: data.toString('base64url'),
      signature: signature.toString('base64url'),
      userHandle: 'userHandle' in odd ? odd.userHandle : this.userHandle,
    })
  }

  #ceremony(type: string, challenge: string, rpId: string, odd: Partial<Ceremony>): Ceremony {
    return {
      origin: rpId === 'localhost' ? 'http://localhost:3000' : `https://${rpId}`,
      crossOrigin: false,
      topOrigin: undefined,
      rpId,
      isUserPresent: true,
      isUserVerified: true,
      isBackupEligible: false,
      isBackedUp: false,
      counter: 0,
      userHandle: this.userHandle,
      challenge,
      type,
      ...this.#usual,
      ...odd,
    }
  }

  #credential(response: object): Record<string, unknown> {
    return { id: this.id, rawId: this.id, type: 'public-key', clientExtensionResults: {}, response }
  }
}

function clientDataOf({ type, challenge, origin, crossOrigin, topOrigin }: Ceremony): Buffer {
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin, topOrigin }))
}

/** Authenticator data (section 6.1). */
function dataOf(ceremony: Ceremony, more: number): Buffer {
  const flags = [
    ceremony.isUserPresent && 1,
    ceremony.isUserVerified && 4,
    ceremony.isBackupEligible && 8,
    ceremony.isBackedUp && 16,
  ]
  const counter = Buffer.alloc(4)
  counter.writeUInt32BE(ceremony.counter)
  const sum = flags.reduce<number>((all, flag) => all | Number(flag), more)
  return Buffer.concat([sha256(ceremony.rpId), Buffer.from([sum]), counter])
}

// CBOR (RFC 8949), as much as is needed of it.

function head(major: number, size: number): Buffer {
  if (size < 24) return Buffer.from([(major << 5) | size])
  if (size < 256) return Buffer.from([(major << 5) | 24, size])
  return Buffer.from([(major << 5) | 25, size >> 8, size & 255])
}

function integer(value: number): Buffer {
  return value < 0 ? head(1, -1 - value) : head(0, value)
}

function bytes(value: Buffer): Buffer {
  return Buffer.concat([head(2, value.length), value])
}

function text(value: string): Buffer {
  return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
}

function map(entries: readonly (readonly [Buffer, Buffer])[]): Buffer {
  return Buffer.concat([head(5, entries.length), ...entries.flat()])
}

function list(items: readonly Buffer[]): Buffer {
  return Buffer.concat([head(4, items.length), ...items])
}
