import type { RequestOrigin } from '../../core/events.ts'
import type { ServerSecret } from '../../secrets/server-secret.ts'
import type { Sql } from '../../store/engine/database.ts'
import { countAttempt, countAttempts, type OneTimeSecret } from '../../store/one-time/one-time-secrets.ts'
import type { PasswordParts } from '../passwords/parts.ts'
import { isCodeOf, nameOfOwner, ownerOfAddress, type Purpose } from './one-time-secret.ts'

/** Codes that may be tried for one secret. */
const mostAttempts = 5

/** A code that a client presents, and whose it says it is: an owner's, or one that was mailed to an address. */
export type PresentedCode = {
  readonly purpose: Purpose
  readonly code: string
} & (
  | { readonly owner: string; readonly address?: undefined; readonly browser?: string | undefined }
  | {
      readonly address: string
      /** Whether mail can go there at all: otherwise it had no code, and the attempt is only counted. */
      readonly isMailbox: boolean
    }
)

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
  presented: PresentedCode,
  origin: RequestOrigin,
): Promise<OneTimeSecret | undefined> {
  const { purpose, code } = presented
  const attempt = {
    purpose,
    account: presented.address === undefined ? presented.owner : ownerOfAddress(presented.address),
    address: origin.address,
    device: null,
    knownAddresses: async () => [],
  }
  return limits.attempt(attempt, async () => {
    const counted = await count(database.sql, presented, { now: now(), most: mostAttempts })
    return counted.find((secret) => isCodeOf(secrets, secret, code))
  })
}

async function count(
  sql: Sql,
  presented: PresentedCode,
  how: { readonly now: Date; readonly most: number },
): Promise<readonly OneTimeSecret[]> {
  const { purpose } = presented
  if (presented.address !== undefined) {
    // PostgreSQL takes no text with a NUL.
    return presented.isMailbox ? countAttempts(sql, { purpose, address: presented.address }, how) : []
  }
  const secret = await countAttempt(sql, nameOfOwner(purpose, presented.owner, presented.browser), how)
  return secret === undefined ? [] : [secret]
}
