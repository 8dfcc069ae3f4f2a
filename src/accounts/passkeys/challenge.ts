import { randomBytes } from 'node:crypto'
import { RequestError } from '../../errors.ts'
import { openCarried, sealCarried } from '../one-time/carried.ts'
import type { PasskeyParts } from './parts.ts'

/** What a challenge is good for, and nothing else. */
export type PasskeyPurpose = 'register' | 'enroll' | 'login' | 'mfa' | 'reauthenticate'

/** What an authenticator signs, and whom it was made for. */
export interface PasskeyChallenge {
  /** 32 random bytes, base64url. */
  readonly challenge: string
  /** Of a registration: what the passkey is to know the user by. */
  readonly userHandle?: string
}

/** An authenticator waits for a person, and a challenge as long. */
const challengeSeconds = 5 * 60
export const timeoutMilliseconds: number = challengeSeconds * 1000

/**
 * Makes a challenge that the client carries itself: nothing is stored for a page that is merely opened.
 * @param owner Whose it is: a session, a login that waits for a factor, or an `mfa_token`; empty for a login.
 */
export function makeChallenge(
  { secrets, now }: Pick<PasskeyParts, 'secrets' | 'now'>,
  purpose: PasskeyPurpose,
  owner: string,
  userHandle?: string,
): { readonly challenge: string; readonly token: string } {
  const challenge = randomBytes(32).toString('base64url')
  const content: PasskeyChallenge = { challenge, ...(userHandle !== undefined && { userHandle }) }
  const token = sealCarried(secrets, 'passkey', `${purpose}:${owner}`, content, now(), challengeSeconds)
  return { challenge, token }
}

/**
 * Uses a challenge up, before anything of the answer to it is looked at: of many at once one goes on.
 * @throws {RequestError} `passkey_invalid`
 */
export async function takeChallenge(
  { database, secrets, now }: Pick<PasskeyParts, 'database' | 'secrets' | 'now'>,
  purpose: PasskeyPurpose,
  owner: string,
  token: string,
): Promise<PasskeyChallenge> {
  const carried = openCarried<PasskeyChallenge>(secrets, 'passkey', `${purpose}:${owner}`, token, now())
  if (carried === undefined || !(await carried.spend(database.sql))) throw passkeyInvalid()
  return carried.content
}

/** One answer for whatever is wrong. */
export function passkeyInvalid(): RequestError {
  return new RequestError('passkey_invalid', 'This passkey was not accepted: start again')
}
