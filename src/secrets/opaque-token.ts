import { createHash } from 'node:crypto'

const checksumLength = 6

/**
 * A token that says nothing to its holder: a prefix by which people and scanners know it, the bytes in base64url, and a
 * checksum, which tells a mistyped one from a wrong one without asking the database.
 * @param prefix Such as `hp_rt_`.
 * @param bytes A multiple of three, 256 of their bits random at least: nothing is gained by hashing them slowly.
 */
export function composeToken(prefix: string, bytes: Buffer): string {
  const body = prefix + bytes.toString('base64url')
  return body + checksumOf(body)
}

/** The bytes of a token of this kind; `undefined` where a text never was one. */
export function readToken(prefix: string, byteLength: number, text: string): Buffer | undefined {
  const bodyLength = prefix.length + (byteLength / 3) * 4
  if (text.length !== bodyLength + checksumLength || !text.startsWith(prefix)) return undefined
  const body = text.slice(0, bodyLength)
  const encoded = body.slice(prefix.length)
  if (!/^[\w-]+$/.test(encoded) || text !== body + checksumOf(body)) return undefined
  return Buffer.from(encoded, 'base64url')
}

/** What a database keeps of a token: its SHA-256. */
export function hashOfToken(text: string, encoding: 'hex' | 'base64url' = 'hex'): string {
  return createHash('sha256').update(text).digest(encoding)
}

function checksumOf(body: string): string {
  return createHash('sha256').update(`hallpass checksum ${body}`).digest('base64url').slice(0, checksumLength)
}
