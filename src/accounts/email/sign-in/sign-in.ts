import type { RequestOrigin } from '../../../core/events.ts'
import type { Sql } from '../../../store/engine/database.ts'
import { takeSecretById } from '../../../store/one-time/one-time-secrets.ts'
import { hasAddress } from '../../../store/users/addresses.ts'
import { findUser } from '../../../store/users/users.ts'
import { completeLogin, type Login } from '../../sessions/complete-login.ts'
import type { LoginHow, LoginTokens } from '../../sessions/parts.ts'
import { type EmailParts, requireEmailSignIn } from '../parts.ts'
import { findPresented, type Presented, refuse } from '../presented-secret.ts'
import { isAdoptable } from '../proven-address.ts'
import { adoptAccount } from './adopt-account.ts'
import { createAccount } from './create-account.ts'

const purpose = 'sign_in'
const amr = ['email']

/** What happened to the account during the sign-in. */
export type AccountOutcome = 'existing' | 'created' | 'adopted'

/** Tokens, and the account that they are for. */
export interface SignedIn {
  readonly tokens: LoginTokens
  readonly account: AccountOutcome
}

/**
 * Logs in with a mailed link or code. The login passes the gate, so a second factor is required as after a password.
 * The first use of an unverified address adopts its account and removes what was set before. An address without an
 * account gets one.
 * @throws {RequestError} `code_invalid`, `email_sign_in_disabled`, `rate_limited`; and as `completeLogin`
 */
export async function signIn(
  parts: EmailParts,
  presented: Presented,
  origin: RequestOrigin,
  how: LoginHow = {},
): Promise<SignedIn> {
  requireEmailSignIn(parts)
  const secret = await findPresented(parts, purpose, presented, origin)
  const user = secret.userId === null ? undefined : await findUser(parts.database.sql, secret.userId)
  if (user !== undefined && isAdoptable(user)) {
    const id = await adoptAccount(parts, secret, origin)
    return { tokens: await enter(parts, { id, proof: { amr } }, origin, how), account: 'adopted' }
  }
  const id = user?.id ?? (await createAccount(parts, secret, origin))
  // The address may have changed since the mail, and then its reader is not the user. The gate has locked the user.
  const take = async (trx: Sql) =>
    (await hasAddress(trx, id, secret.address ?? '')) && takeSecretById(trx, secret, parts.now())
  const tokens = await enter(parts, { id, proof: { amr, take } }, origin, how)
  return { tokens, account: user === undefined ? 'created' : 'existing' }
}

async function enter(parts: EmailParts, login: Login, origin: RequestOrigin, how: LoginHow): Promise<LoginTokens> {
  const tokens = await completeLogin(parts, login, origin, how)
  if (tokens === undefined) throw refuse(parts, purpose, origin)
  return tokens
}
