import { createHash, createHmac, randomBytes } from 'node:crypto'
import { composeToken, hashOfToken, readToken } from '../../../secrets/opaque-token.ts'

const prefix = 'hp_rt_'
const familyBytes = 16
const secretBytes = 32

/**
 * A refresh token: `hp_rt_`, the family that it shares with every other of its session, 256 bits of its own, and a checksum.
 *
 * The family tells a spent token from one that never was, however long ago it was spent. The checksum tells a mistyped
 * one from both, without asking the database: it would end the session otherwise.
 */
export interface RefreshToken {
  readonly text: string
  /** What the database knows of the family, and of this token: SHA-256, in hexadecimal. */
  readonly familyHash: string
  readonly hash: string
}

/** The first token of a session. */
export function makeRefreshToken(): RefreshToken {
  return compose(randomBytes(familyBytes), randomBytes(secretBytes))
}

/**
 * The next token of the same session: the same one each time that this one is presented, with nothing kept for it. Neither
 * the token nor the database is enough to make it.
 * @param key 32 bytes that only the servers have.
 */
export function makeSuccessor(token: RefreshToken, key: Buffer): RefreshToken {
  return compose(familyOf(token.text), createHmac('sha256', key).update(token.text).digest())
}

/** Reads what a client sent; `undefined` where it was never one of ours. */
export function readRefreshToken(text: string): RefreshToken | undefined {
  return readToken(prefix, familyBytes + secretBytes, text) === undefined ? undefined : describe(text)
}

/** Whether two refresh tokens are of one session, spent or not. */
export function isOfSameSession(one: string, other: string): boolean {
  const [a, b] = [readRefreshToken(one), readRefreshToken(other)]
  return one === other || (a !== undefined && a.familyHash === b?.familyHash)
}

/** The double-submit value that belongs to a refresh token in a cookie. It tells nothing of the token. */
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
