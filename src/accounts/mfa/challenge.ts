import { RequestError } from '../../errors.ts'
import {
  countAttempt,
  findSecret,
  forgetAttempt,
  type OneTimeSecret,
  type SecretName,
} from '../../store/one-time/one-time-secrets.ts'
import { dataOf, nameOfToken } from '../one-time/one-time-secret.ts'
import type { CountedAttempt } from './codes/proven-factor.ts'
import type { MfaParts } from './parts.ts'

/** What the gate gave to a client that has proven the first factor. */
export interface PresentedChallenge {
  /** `mfa_token`. */
  readonly token: string
  /** The value of the browser's cookie that was set with the token. */
  readonly browser?: string | undefined
}

/** A login that waits for a second factor. */
export interface Challenge {
  readonly secret: OneTimeSecret
  readonly userId: string
  /** What has been proven so far. */
  readonly amr: readonly string[]
  /** Where the client said that it keeps its tokens. */
  readonly kept: { readonly cookies: boolean; readonly remember: boolean }
  /**
   * Makes an attempt at a code. One that throws could not be judged, and does not count.
   * @throws {RequestError} `mfa_token_invalid` after five; and whatever `prove` throws
   */
  readonly attempt: CountedAttempt
}

/** Attempts at codes per challenge. */
const mostAttempts = 5

/**
 * Finds the challenge that a token belongs to, without using it up.
 * @throws {RequestError} `mfa_token_invalid` if it is used, expired, unknown, or for another purpose or browser
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
    attempt: (prove) => attemptAt(name, prove),
  }

  async function attemptAt<Proof>(found: SecretName, prove: () => Promise<Proof>): Promise<Proof> {
    const counted = await countAttempt(database.sql, found, { now: now(), most: mostAttempts })
    if (counted === undefined) throw tokenInvalid()
    return prove().catch(async (error) => {
      await forgetAttempt(database.sql, counted)
      throw error
    })
  }
}

export function tokenInvalid(): RequestError {
  return new RequestError('mfa_token_invalid', 'The mfa_token is invalid: log in again')
}
