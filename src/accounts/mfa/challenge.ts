import { RequestError } from '../../errors.ts'
import { countAttempt, findSecret, type OneTimeSecret, type SecretName } from '../../store/one-time/one-time-secrets.ts'
import { dataOf, nameOfToken } from '../one-time/one-time-secret.ts'
import type { MfaParts } from './parts.ts'

/** What the gate gave a client that has proven the first factor. */
export interface PresentedChallenge {
  /** `mfa_token`. */
  readonly token: string
  /** What the browser has in the cookie that came with it. */
  readonly browser?: string | undefined
}

/** A login that waits for a second factor. */
export interface Challenge {
  readonly secret: OneTimeSecret
  readonly userId: string
  /** What was proven so far. */
  readonly amr: readonly string[]
  /** How the client said that it keeps its tokens. */
  readonly kept: { readonly cookies: boolean; readonly remember: boolean }
  /** Counts an attempt at a code. @throws {RequestError} `mfa_token_invalid` after five */
  readonly count: () => Promise<void>
}

/** Codes that may be tried for one challenge. */
const mostAttempts = 5

/**
 * The challenge that a token is of. It is not used up by this.
 * @throws {RequestError} `mfa_token_invalid` for one that is used, expired, of another purpose or browser, or never was
 */
export async function findChallenge(
  { database, secrets, now }: MfaParts,
  purpose: 'mfa' | 'mfa_enrollment',
  { token, browser }: PresentedChallenge,
): Promise<Challenge> {
  const name = nameOfToken(purpose, token, browser)
  const secret = name && (await findSecret(database.sql, name, now()))
  if (name === undefined || secret === undefined || secret.userId === null) throw tokenInvalid()
  const { amr, cookies, remember } = dataOf(secrets, secret) as { [member: string]: unknown }
  return {
    secret,
    userId: secret.userId,
    amr: Array.isArray(amr) ? amr.map(String) : [],
    kept: { cookies: cookies === true, remember: remember !== false },
    count: () => countTry(name),
  }

  async function countTry(found: SecretName): Promise<void> {
    const counted = await countAttempt(database.sql, found, { now: now(), most: mostAttempts })
    if (counted === undefined) throw tokenInvalid()
  }
}

export function tokenInvalid(): RequestError {
  return new RequestError('mfa_token_invalid', 'The mfa_token is invalid: log in again')
}
