import type { RequestOrigin } from '../../../core/events.ts'
import type { RequestError } from '../../../errors.ts'
import type { Sql } from '../../../store/engine/database.ts'
import { countRecoveryCodes, replaceRecoveryCodes } from '../../../store/mfa/recovery-codes.ts'
import { turnOf } from '../../passwords/queue/hash-turn.ts'
import type { MfaParts } from '../parts.ts'
import { makeRecoverySet, type NewRecoverySet } from './recovery-codes.ts'

/**
 * Makes recovery codes for a user who is about to add a factor, before the transaction: hashing them takes long.
 * @returns `undefined` if the user has some.
 * @throws {RequestError} `overloaded`
 */
export async function makeMissingCodes(
  { database, passwords }: Pick<MfaParts, 'database' | 'passwords'>,
  userId: string,
  origin: RequestOrigin,
): Promise<NewRecoverySet | undefined> {
  const hasCodes = (await countRecoveryCodes(database.sql, userId)) > 0
  return hasCodes ? undefined : makeRecoverySet(passwords, turnOf(origin, `mfa ${userId}`))
}

/**
 * Stores them in the transaction that adds the factor and has locked the user.
 * @returns The codes, which are shown once; `undefined` if the user has some.
 * @throws {RequestError} what `refuse` makes, if the user had some and another request has removed them since, with the
 *   last factor: a user who then loses the new factor could no longer log in
 */
export async function addMissingCodes(
  trx: Sql,
  userId: string,
  made: NewRecoverySet | undefined,
  refuse: () => RequestError,
): Promise<readonly string[] | undefined> {
  if ((await countRecoveryCodes(trx, userId)) > 0) return undefined
  if (made === undefined) throw refuse()
  await replaceRecoveryCodes(trx, userId, made)
  return made.codes
}
