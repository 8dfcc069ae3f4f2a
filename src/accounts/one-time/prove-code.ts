import type { RequestOrigin } from '../../core/events.ts'
import type { ServerSecret } from '../../secrets/server-secret.ts'
import { countAttempt, type OneTimeSecret } from '../../store/one-time-secrets.ts'
import type { PasswordParts } from '../passwords/parts.ts'
import { isCodeOf, nameOfOwner, type Purpose } from './one-time-secret.ts'

/** Codes that may be tried for one secret. */
const mostAttempts = 5

/** A code that a client presents, and whose it says it is. */
export interface PresentedCode {
  readonly purpose: Purpose
  readonly owner: string
  readonly code: string
  readonly browser?: string | undefined
}

/**
 * Proves a code. The attempt is counted before it is compared, for its secret, for its owner and for the client's address,
 * and a new secret begins no new count for the owner. It is not used up by this: `takeSecretById` does that, in the
 * transaction of what it is good for.
 * @returns `undefined` for a wrong one, of no one, and of a secret that is expired, used or was tried too often.
 * @throws {RequestError} `rate_limited`
 */
export async function proveCode(
  {
    database,
    secrets,
    limits,
    now,
  }: Pick<PasswordParts, 'database' | 'limits' | 'now'> & { readonly secrets: ServerSecret },
  { purpose, owner, code, browser }: PresentedCode,
  origin: RequestOrigin,
): Promise<OneTimeSecret | undefined> {
  const attempt = {
    account: `${purpose} ${owner}`,
    address: origin.address,
    device: null,
    knownAddresses: async () => [],
  }
  return limits.attempt(attempt, async () => {
    const secret = await countAttempt(database.sql, nameOfOwner(purpose, owner, browser), {
      now: now(),
      most: mostAttempts,
    })
    return secret !== undefined && isCodeOf(secrets, secret, code) ? secret : undefined
  })
}
