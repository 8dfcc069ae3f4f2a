import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'

const prefix = 'hp_rt_'
const familyBytes = 16
const secretBytes = 32
const checksumLength = 6

/**
 * A refresh token: `hp_rt_`, the family that it shares with every other of its session, 256 random bits of its own, and a
 * checksum.
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
  return compose(randomBytes(familyBytes))
}

/** The next token of the same session. */
export function makeSuccessor(token: RefreshToken): RefreshToken {
  return compose(familyOf(token.text))
}

/** Reads what a client sent; `undefined` where it was never one of ours. */
export function readRefreshToken(text: string): RefreshToken | undefined {
  if (!/^hp_rt_[\w-]{70}$/.test(text)) return undefined
  const body = text.slice(0, -checksumLength)
  return text === body + checksumOf(body) ? describe(text) : undefined
}

/**
 * Encrypts a successor under the token that it replaces. Whoever presents that token again, within the grace, is handed
 * the same successor; the database alone gives it to nobody.
 */
export function sealSuccessor(successor: RefreshToken, spent: RefreshToken): string {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', sealingKey(spent), nonce)
  const sealed = Buffer.concat([cipher.update(successor.text), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')
}

/** Undoes it. Throws where the database holds something else than what was sealed. */
export function openSuccessor(sealed: string, spent: RefreshToken): RefreshToken {
  const bytes = Buffer.from(sealed, 'base64url')
  const decipher = createDecipheriv('aes-256-gcm', sealingKey(spent), bytes.subarray(0, 12), { authTagLength: 16 })
  decipher.setAuthTag(bytes.subarray(12, 28))
  return describe(Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString())
}

/** The double-submit value that belongs to a refresh token in a cookie. It tells nothing of the token. */
export function csrfOf(text: string): string {
  return createHash('sha256').update(`hallpass csrf ${text}`).digest('base64url')
}

function compose(family: Buffer): RefreshToken {
  const body = prefix + Buffer.concat([family, randomBytes(secretBytes)]).toString('base64url')
  return describe(body + checksumOf(body))
}

function describe(text: string): RefreshToken {
  return { text, familyHash: sha256(Buffer.concat([familyLabel, familyOf(text)])), hash: sha256(text) }
}

const familyLabel = Buffer.from('hallpass refresh family ')

function familyOf(text: string): Buffer {
  return Buffer.from(text.slice(prefix.length), 'base64url').subarray(0, familyBytes)
}

function checksumOf(body: string): string {
  return createHash('sha256').update(`hallpass checksum ${body}`).digest('base64url').slice(0, checksumLength)
}

function sealingKey(spent: RefreshToken): Buffer {
  return Buffer.from(hkdfSync('sha256', spent.text, '', 'hallpass refresh successor', 32))
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex')
}
