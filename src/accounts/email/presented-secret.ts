import { type Change, commit } from '../../core/change.ts'
import { makeEvent, type RequestOrigin } from '../../core/events.ts'
import { RequestError } from '../../errors.ts'
import type { Sql } from '../../store/engine/database.ts'
import { findSecret, type OneTimeSecret } from '../../store/one-time/one-time-secrets.ts'
import { isTakenMeanwhile } from '../../store/users/addresses.ts'
import { nameOfToken, type Purpose } from '../one-time/one-time-secret.ts'
import { proveCode } from '../one-time/prove-code.ts'
import { normalEmail } from '../users/names.ts'
import type { EmailParts } from './parts.ts'

/** What a client presents of a mail: the token of its link, or its code and whose that is. */
export type Presented =
  | { readonly token: string }
  /** The code that was mailed to an address, in its normal form; any text where it is none. */
  | { readonly code: string; readonly address: string }
  /** The code of a user who is logged in. */
  | { readonly code: string; readonly userId: string }

/**
 * Finds what a client presents, and leaves it as it is. Attempts at codes are counted.
 * @throws {RequestError} `code_invalid`, `rate_limited`
 */
export async function findPresented(
  parts: EmailParts,
  purpose: Purpose,
  presented: Presented,
  origin: RequestOrigin,
): Promise<OneTimeSecret> {
  const secret =
    'token' in presented
      ? await findByToken(parts, purpose, presented.token)
      : await proveCode(parts, { purpose, code: digitsOf(presented.code), ...ownerOf(presented) }, origin)
  if (secret === undefined) throw refuse(parts, purpose, origin)
  return secret
}

function findByToken(
  { database, now }: EmailParts,
  purpose: Purpose,
  token: string,
): Promise<OneTimeSecret | undefined> {
  const name = nameOfToken(purpose, token)
  return name === undefined ? Promise.resolve(undefined) : findSecret(database.sql, name, now())
}

function ownerOf(presented: { readonly address: string } | { readonly userId: string }) {
  if (!('address' in presented)) return { owner: presented.userId }
  const { address } = presented
  return { address, isMailbox: normalEmail(address) !== undefined }
}

/** People type blanks where they see groups. */
function digitsOf(code: string): string {
  return code.replace(/[\s-]/g, '')
}

/**
 * Makes a change that uses up what was presented, or none at all.
 * @param work Answers `undefined` where it was used up meanwhile, or is good for nothing any more.
 * @throws {RequestError} `code_invalid`
 */
export async function commitUse<Result>(
  parts: EmailParts,
  { purpose, origin }: { readonly purpose: Purpose; readonly origin: RequestOrigin },
  work: (trx: Sql) => Promise<Change<Result> | undefined>,
): Promise<Result> {
  try {
    return await commit(parts, async (trx) => {
      const change = await work(trx)
      if (change === undefined) throw new Useless()
      return change
    })
  } catch (error) {
    if (error instanceof Useless || isTakenMeanwhile(error)) throw refuse(parts, purpose, origin)
    throw error
  }
}

/** Undoes the transaction. */
class Useless extends Error {}

/**
 * One answer, whatever is wrong: spent, expired, for something else, of another user, or never made. Announced, and not
 * stored: anyone can send invalid codes.
 */
export function refuse({ announce, now }: EmailParts, purpose: Purpose, origin: RequestOrigin): RequestError {
  announce(makeEvent('code_refused', now(), origin, { details: { purpose } }))
  return new RequestError('code_invalid', 'The link or code is invalid, expired or already used: request another')
}
