import { uuidv7 } from 'uuidv7'
import { RequestError } from '../../../errors.ts'
import type { ServerSecret } from '../../../secrets/server-secret.ts'
import type { Sql } from '../../../store/engine/database.ts'
import { findIdentity, insertIdentity } from '../../../store/identities.ts'
import { recountFactors } from '../../../store/mfa/second-factors.ts'
import { addConfirmedTotp } from '../../../store/mfa/totp.ts'
import { findUserByUsername, type NewUser, type User } from '../../../store/users/users.ts'
import { unfit } from '../names.ts'
import { sealSecret } from '../totp-sealing.ts'
import type { Ways } from './imported-ways.ts'

type Wanted = NewUser & { readonly ways: Ways }

/** Name of an app that was set up elsewhere, as of one that is set up here without a name. */
const appName = 'Authenticator app'

/**
 * Why an account cannot be added with these factors and identities. To be called before it is added, because the other
 * accounts of the transaction stay.
 */
export async function findClash(
  trx: Sql,
  { secrets }: { readonly secrets?: ServerSecret | undefined },
  { username, ways }: Wanted,
): Promise<RequestError | undefined> {
  if (ways.totp.length > 0 && secrets === undefined) {
    return unfit(
      'totp',
      'Secrets of authenticator apps are stored encrypted: set HALLPASS_ENCRYPTION_SECRET or HALLPASS_ENCRYPTION_SECRET_FILE as for the server',
    )
  }
  for (const identity of ways.identities) {
    const linked = await findIdentity(trx, identity)
    if (linked === undefined || linked.userId === (await findUserByUsername(trx, username.normal))?.id) continue
    return unfit('identities', `The identity at ${identity.provider} belongs to another account`)
  }
  return undefined
}

/** Adds them to an account that was added in this transaction. @returns The number of its second factors. */
export async function addWays(
  trx: Sql,
  { secrets }: { readonly secrets?: ServerSecret | undefined },
  userId: string,
  { ways, createdAt, now }: Wanted,
): Promise<number> {
  for (const { provider, issuer, subject, email = null } of ways.identities) {
    // The provider states at the next login whether the address is verified.
    const facts = { provider, email, emailVerified: false, kept: null, isUsed: false }
    const isAdded = await insertIdentity(trx, { id: uuidv7(), userId, issuer, subject, ...facts, now })
    if (!isAdded)
      throw new RequestError('unavailable', 'An identity was linked to another account in the meantime: try again')
  }
  if (ways.totp.length === 0 || secrets === undefined) return 0
  for (const secret of ways.totp) {
    const id = uuidv7()
    const sealed = sealSecret(secrets, id, secret)
    await addConfirmedTotp(trx, { id, userId, name: appName, sealed, createdAt: createdAt ?? now, confirmedAt: now })
  }
  return recountFactors(trx, userId, now)
}

/**
 * Why an existing account differs from the one that would be added: an account without its second factor must not pass
 * for one with it.
 */
export async function missingWays(trx: Sql, there: User, ways: Ways): Promise<RequestError | undefined> {
  if (ways.totp.length > 0 && there.secondFactors === 0) {
    return unfit('totp', 'The account exists, but without a second factor')
  }
  for (const identity of ways.identities) {
    if ((await findIdentity(trx, identity)) === undefined) {
      return unfit('identities', `The account exists, but without the identity at ${identity.provider}`)
    }
  }
  return undefined
}
