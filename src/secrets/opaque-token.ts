import { createHash } from 'node:crypto'

const checksumLength = 6

/**
 * An opaque token: a prefix by which people and scanners recognise it, the bytes in base64url, and a checksum, which
 * detects a mistyped token without asking the database.
 * @param prefix Such as `hp_rt_`.
 * @param bytes A multiple of three. At least 256 of their bits are random, so a slow hash would gain nothing.
 */
export function composeToken(prefix: string, bytes: Buffer): string {
  const body = prefix + bytes.toString('base64url')
  return body + checksumOf(body)
}

/** The bytes of a token of this kind; `undefined` if the text was never issued as one. */
export function readToken(prefix: string, byteLength: number, text: string): Buffer | undefined {
  const bodyLength = prefix.length + (byteLength / 3) * 4
  if (text.length !== bodyLength + checksumLength || !text.startsWith(prefix)) return undefined
  const body = text.slice(0, bodyLength)
  const encoded = body.slice(prefix.length)
  if (!/^[\w-]+$/.test(encoded) || text !== body + checksumOf(body)) return undefined
  return Buffer.from(encoded, 'base64url')
}

/** What a database stores of a token: its SHA-256. */
export function hashOfToken(text: string, encoding: 'hex' | 'base64url' = 'hex'): string {
  return createHash('sha256').update(text).digest(encoding)
}

function checksumOf(body: string): string {
  return createHash('sha256').update(`hallpass checksum ${body}`).digest('base64url').slice(0, checksumLength)
}
