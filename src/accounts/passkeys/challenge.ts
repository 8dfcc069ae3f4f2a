import { randomBytes } from 'node:crypto'
import { RequestError } from '../../errors.ts'
import { openCarried, sealCarried, type Unchecked } from '../one-time/carried.ts'
import type { PasskeyParts } from './parts.ts'

/** The only purpose that a challenge can be used for. */
export type PasskeyPurpose = 'register' | 'enroll' | 'login' | 'mfa' | 'reauthenticate'

/** What an authenticator signs, and the user that it was made for. */
export interface PasskeyChallenge {
  /** 32 random bytes, base64url. */
  readonly challenge: string
  /** For a registration: the user handle of the new passkey. */
  readonly userHandle?: string
}

/** An authenticator waits for a person, so the challenge lasts as long. */
const challengeSeconds = 5 * 60
export const timeoutMilliseconds: number = challengeSeconds * 1000

/**
 * Makes a challenge that the client carries itself, so that nothing is stored for a page that is merely opened.
 * @param owner What it is bound to: a session, a login that waits for a factor, or an `mfa_token`; empty for a login.
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
 * Uses up a challenge before the answer to it is examined, so that only one of many concurrent requests continues.
 * @throws {RequestError} `passkey_invalid`
 */
export async function takeChallenge(
  parts: Pick<PasskeyParts, 'database' | 'secrets' | 'now'>,
  purpose: PasskeyPurpose,
  owner: string,
  token: string,
): Promise<PasskeyChallenge> {
  const carried = openCarried<PasskeyChallenge>(parts, 'passkey', `${purpose}:${owner}`, token, isChallenge)
  if (carried === undefined || !(await carried.spend(parts.database.sql))) throw passkeyInvalid()
  return carried.content
}

function isChallenge({ challenge, userHandle }: Unchecked<PasskeyChallenge>): boolean {
  return typeof challenge === 'string' && (userHandle === undefined || typeof userHandle === 'string')
}

/** One answer for every reason. */
export function passkeyInvalid(): RequestError {
  return new RequestError('passkey_invalid', 'This passkey was not accepted: start again')
}
