import { RequestError } from '../../errors.ts'
import type { Sql } from '../../store/database.ts'
import { findWaysIn } from '../../store/ways-in.ts'

/** What decides what signs a user in. */
export interface WaysInParts {
  readonly emailSignIn: boolean
  /** Without mail, the setting signs no one in. */
  readonly outbox: unknown
  /** By their names. */
  readonly providers: { keys(): Iterable<string> }
}

/**
 * Requires that a user can still sign in, after something that the user signs in with was removed in this transaction, which
 * has locked the user. A mailbox counts where mail signs in.
 * @throws {RequestError} `last_way_in`: then nothing is removed
 */
export async function requireWayIn(
  trx: Sql,
  { emailSignIn, outbox, providers }: WaysInParts,
  userId: string,
): Promise<void> {
  const ways = await findWaysIn(trx, userId, [...providers.keys()])
  if (ways === undefined || ways.hasPassword || ways.passkeys > 0 || ways.identities > 0) return
  if (ways.hasVerifiedEmail && emailSignIn && outbox !== undefined) return
  throw new RequestError('last_way_in', 'This is the only way to sign in to the account: add another first')
}
