import { createHash, createHmac, randomBytes, randomInt, timingSafeEqual } from 'node:crypto'
import { uuidv7 } from 'uuidv7'
import { later } from '../../core/time.ts'
import { composeToken, readToken } from '../../secrets/opaque-token.ts'
import type { ServerSecret } from '../../secrets/server-secret.ts'
import type { Sql } from '../../store/engine/database.ts'
import { type OneTimeSecret, putSecret, type SecretName } from '../../store/one-time/one-time-secrets.ts'

/** The only purpose that a secret can be used for. */
export type Purpose =
  | 'verify_email'
  | 'reset_password'
  | 'change_email'
  | 'cancel_email_change'
  | 'undo_email'
  | 'sign_in'
  | 'one_time_link'
  | 'provider_tokens'
  | 'mfa'
  | 'mfa_enrollment'

/** A secret to be made: its owner, its lifetime and what it is about. */
export interface WantedSecret {
  readonly purpose: Purpose
  /** A user, or an address, whether a user has it or not. There is one secret per owner and purpose at a time. */
  readonly owner: string
  readonly userId: string | null
  /** The mailbox that it is sent to, in its normal form. */
  readonly address: string | null
  readonly seconds: number
  /** How many digits its code has; none by default. */
  readonly codeDigits?: 6 | 8
  /** The value of a cookie of the requesting browser. No other browser can use the secret. */
  readonly browser?: string | undefined
  /** Data that is needed when the secret is used. It is stored encrypted. */
  readonly data?: Readonly<Record<string, unknown>>
}

/** What is handed out, once. */
export interface HandedOut {
  readonly token: string
  /** Absent if it has none. */
  readonly code: string | undefined
}

const tokenBytes = 33

/** Makes a secret, and replaces the one that its owner had for this purpose. */
export async function makeOneTimeSecret(
  trx: Sql,
  { secrets }: { readonly secrets: ServerSecret },
  wanted: WantedSecret,
  now: Date,
): Promise<HandedOut> {
  const { purpose, owner, userId, address, seconds, codeDigits, browser, data } = wanted
  const id = uuidv7()
  const token = composeToken(prefixOf(purpose), randomBytes(tokenBytes))
  const code = codeDigits && `${randomInt(10 ** codeDigits)}`.padStart(codeDigits, '0')
  await putSecret(trx, {
    id,
    purpose,
    owner,
    userId,
    address,
    secretHash: hashOf(purpose, token),
    codeHash: code === undefined ? null : codeHashOf(secrets, { purpose, owner }, code)[0],
    browserHash: browser === undefined ? null : hashOf('browser', browser),
    sealed: data === undefined ? null : sealingOf(secrets).seal(JSON.stringify(data), `${purpose}:${id}`),
    now,
    expiresAt: later(now, seconds),
  })
  return { token, code }
}

/**
 * Makes a secret that is only a link and carries no data. This does not need the secret of the server, which a command
 * line may not have.
 */
export async function makeOneTimeLink(
  trx: Sql,
  { purpose, owner, userId, address, seconds }: Omit<WantedSecret, 'codeDigits' | 'browser' | 'data'>,
  now: Date,
): Promise<string> {
  const token = composeToken(prefixOf(purpose), randomBytes(tokenBytes))
  const secret = { id: uuidv7(), purpose, owner, userId, address, secretHash: hashOf(purpose, token), sealed: null }
  await putSecret(trx, { ...secret, codeHash: null, browserHash: null, now, expiresAt: later(now, seconds) })
  return token
}

/**
 * How to find a secret by the token that a client presents; `undefined` for a text that was never a token of this
 * purpose.
 */
export function nameOfToken(purpose: Purpose, token: string, browser?: string): SecretName | undefined {
  if (readToken(prefixOf(purpose), tokenBytes, token) === undefined) return undefined
  return { purpose, secretHash: hashOf(purpose, token), browserHash: browserHashOf(browser) }
}

/** How to find the secret of an owner, for a client that presents its code. */
export function nameOfOwner(purpose: Purpose, owner: string, browser?: string): SecretName {
  return { purpose, owner, browserHash: browserHashOf(browser) }
}

/** The owner of secrets that are mailed to an address, whether an account has it or not. */
export function ownerOfAddress(address: string): string {
  return `address ${address}`
}

/** Compares a code in constant time. */
export function isCodeOf(secrets: ServerSecret, secret: OneTimeSecret, code: string): boolean {
  const expected = Buffer.from(secret.codeHash ?? '', 'hex')
  return codeHashOf(secrets, secret, code)
    .map((hash) => Buffer.from(hash, 'hex'))
    .map((hash) => hash.length === expected.length && timingSafeEqual(hash, expected))
    .includes(true)
}

/** The data of a secret; empty if it was sealed with a secret that the server no longer has. */
export function dataOf(secrets: ServerSecret, secret: OneTimeSecret): Readonly<Record<string, unknown>> {
  if (secret.sealed === null) return {}
  const text = sealingOf(secrets).open(secret.sealed, `${secret.purpose}:${secret.id}`)
  return text === undefined ? {} : JSON.parse(text)
}

function prefixOf(purpose: Purpose): string {
  return purpose.startsWith('mfa') ? 'hp_mfa_' : 'hp_ot_'
}

function hashOf(purpose: string, token: string): string {
  return createHash('sha256').update(`${purpose}\0${token}`).digest('hex')
}

function browserHashOf(browser: string | undefined): string | null {
  return browser === undefined ? null : hashOf('browser', browser)
}

/** A code is short enough to be guessed from a plain hash, so the hash is keyed, and the key is not in the database. */
function codeHashOf(
  secrets: ServerSecret,
  { purpose, owner }: { readonly purpose: string; readonly owner: string },
  code: string,
): [string, ...string[]] {
  const [current, ...previous] = secrets.derive('one-time codes')
  const hash = (key: Buffer) => createHmac('sha256', key).update(`${purpose}\0${owner}\0${code}`).digest('hex')
  return [hash(current), ...previous.map(hash)]
}

function sealingOf(secrets: ServerSecret) {
  return secrets.sealing('one-time secrets')
}
