import { createHash, createHmac, randomBytes } from 'node:crypto'
import { composeToken, hashOfToken, readToken } from '../../../secrets/opaque-token.ts'

const prefix = 'hp_rt_'
const familyBytes = 16
const secretBytes = 32

/**
 * A refresh token: `hp_rt_`, the family that all tokens of its session share, 256 bits of its own, and a checksum.
 *
 * The family distinguishes a spent token from one that never existed, however long ago it was spent. The checksum
 * detects a mistyped token without asking the database; without it, such a token would pass for a spent one and end the
 * session.
 */
export interface RefreshToken {
  readonly text: string
  /** SHA-256 of the family, in hexadecimal, as the database stores it. `hash` is that of this token. */
  readonly familyHash: string
  readonly hash: string
}

/** The first token of a session. */
export function makeRefreshToken(): RefreshToken {
  return compose(randomBytes(familyBytes), randomBytes(secretBytes))
}

/**
 * The next token of the same session. It is the same each time this token is presented, although nothing is stored for
 * it. Neither the token nor the database is enough to make it.
 * @param key 32 bytes that only the servers have.
 */
export function makeSuccessor(token: RefreshToken, key: Buffer): RefreshToken {
  return compose(familyOf(token.text), createHmac('sha256', key).update(token.text).digest())
}

/** Reads what a client sent; `undefined` if it is not a refresh token of ours. */
export function readRefreshToken(text: string): RefreshToken | undefined {
  return readToken(prefix, familyBytes + secretBytes, text) === undefined ? undefined : describe(text)
}

/** Whether two refresh tokens belong to one session, spent or not. */
export function isOfSameSession(one: string, other: string): boolean {
  const [a, b] = [readRefreshToken(one), readRefreshToken(other)]
  return one === other || (a !== undefined && a.familyHash === b?.familyHash)
}

/** The double-submit value that belongs to a refresh token in a cookie. It reveals nothing about the token. */
export function csrfOf(text: string): string {
  return createHash('sha256').update(`hallpass csrf ${text}`).digest('base64url')
}

function compose(family: Buffer, secret: Buffer): RefreshToken {
  return describe(composeToken(prefix, Buffer.concat([family, secret])))
}

function describe(text: string): RefreshToken {
  return { text, familyHash: familyHashOf(text), hash: hashOfToken(text) }
}

const familyLabel = Buffer.from('hallpass refresh family ')

function familyOf(text: string): Buffer {
  return Buffer.from(text.slice(prefix.length), 'base64url').subarray(0, familyBytes)
}

function familyHashOf(text: string): string {
  return createHash('sha256').update(familyLabel).update(familyOf(text)).digest('hex')
}
