import { createHmac, type KeyObject, randomBytes, randomUUID, timingSafeEqual, verify } from 'node:crypto'
import { generateKey, importKey, type Key } from 'hallpass'

/** Typical claims of an access token. The token has about 500 characters. */
export function makeClaims(): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000)
  return {
    iss: 'https://id.example',
    aud: 'api',
    sub: randomUUID(),
    jti: randomUUID(),
    type: 'access',
    fresh: false,
    iat: now,
    nbf: now,
    exp: now + 3600,
  }
}

export const expected = { issuer: 'https://id.example', audience: 'api' }

/** One algorithm of each kind. All peers support them, except where noted. */
export type MeasuredAlgorithm = 'HS256' | 'ES256' | 'EdDSA' | 'RS256'

/** The algorithms that are measured, with the name that `node:crypto` has for their hash. */
export const measured: readonly { readonly algorithm: MeasuredAlgorithm; readonly hash: string | null }[] = [
  { algorithm: 'HS256', hash: 'sha256' },
  { algorithm: 'ES256', hash: 'sha256' },
  { algorithm: 'EdDSA', hash: null },
  { algorithm: 'RS256', hash: 'sha256' },
]

export function makeKey(algorithm: MeasuredAlgorithm): Key {
  return algorithm === 'HS256' ? importKey({ secret: randomBytes(32).toString('base64url') }) : generateKey(algorithm)
}

/** The key as other libraries accept it: a secret's text, or PEM. */
export function textOf(key: KeyObject): string {
  if (key.type === 'secret') return key.export().toString()
  return key.export({ type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'pem' }) as string
}

/** The lower limit: the cryptographic primitive, a constant-time comparison for HMAC, and one JSON.parse. */
export function rawVerify(token: string, key: KeyObject, hash: string | null): unknown {
  const payloadEnd = token.lastIndexOf('.')
  const signedPart = token.slice(0, payloadEnd)
  const signature = Buffer.from(token.slice(payloadEnd + 1), 'base64url')
  const holds =
    key.type === 'secret'
      ? timingSafeEqual(createHmac('sha256', key).update(signedPart).digest(), signature)
      : verify(hash, Buffer.from(signedPart), { key, dsaEncoding: 'ieee-p1363' }, signature)
  if (!holds) throw new Error('The signature does not match')
  return JSON.parse(Buffer.from(token.slice(token.indexOf('.') + 1, payloadEnd), 'base64url').toString())
}
