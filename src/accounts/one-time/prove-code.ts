import type { RequestOrigin } from '../../core/events.ts'
import type { ServerSecret } from '../../secrets/server-secret.ts'
import type { Sql } from '../../store/engine/database.ts'
import { countAttempt, countAttempts, type OneTimeSecret } from '../../store/one-time/one-time-secrets.ts'
import type { PasswordParts } from '../passwords/parts.ts'
import { isCodeOf, nameOfOwner, ownerOfAddress, type Purpose } from './one-time-secret.ts'

/** Attempts at codes per secret. */
const mostAttempts = 5

/** A code that a client presents, and who it claims to be for: an owner, or an address that it was mailed to. */
export type PresentedCode = {
  readonly purpose: Purpose
  readonly code: string
} & (
  | { readonly owner: string; readonly address?: undefined; readonly browser?: string | undefined }
  | {
      readonly address: string
      /** Whether the address can receive mail. If not, it never had a code, and the attempt is only counted. */
      readonly isMailbox: boolean
    }
)

/**
 * Proves a code. The attempt is counted before the code is compared: for its secret, for its owner and for the client's
 * address. A new secret does not reset the count of the owner. The code is not used up here but by `takeSecretById`, in
 * the transaction that relies on it.
 * @returns `undefined` if the code is wrong, or its secret is unknown, expired, used or was tried too often.
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
    // PostgreSQL rejects text with a NUL.
    return presented.isMailbox ? countAttempts(sql, { purpose, address: presented.address }, how) : []
  }
  const secret = await countAttempt(sql, nameOfOwner(purpose, presented.owner, presented.browser), how)
  return secret === undefined ? [] : [secret]
}
