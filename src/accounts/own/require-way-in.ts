import { RequestError } from '../../errors.ts'
import type { Sql } from '../../store/database.ts'
import { findWaysIn } from '../../store/ways-in.ts'

/**
 * Requires that a user can still sign in, after something that the user signs in with was removed in this transaction, which
 * has locked the user. A mailbox counts where mail signs in.
 * @throws {RequestError} `last_way_in`: then nothing is removed
 */
export async function requireWayIn(
  trx: Sql,
  { emailSignIn }: { readonly emailSignIn: boolean },
  userId: string,
): Promise<void> {
  const ways = await findWaysIn(trx, userId)
  if (ways === undefined || ways.hasPassword || ways.passkeys > 0 || ways.identities > 0) return
  if (ways.hasVerifiedEmail && emailSignIn) return
  throw new RequestError('last_way_in', 'This is the only way to sign in to the account: add another first')
}
