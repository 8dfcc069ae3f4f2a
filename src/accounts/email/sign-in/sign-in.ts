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

/** What became of the account on the way in. */
export type AccountOutcome = 'existing' | 'created' | 'adopted'

/** Tokens, and which account they are for. */
export interface SignedIn {
  readonly tokens: LoginTokens
  readonly account: AccountOutcome
}

/**
 * Logs in with a mailed link or code, through the gate: a second factor is asked for as after a password. The first use of an
 * unverified address adopts its account: what was set before goes. An address that no account has gets one.
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
  if (user === undefined || isAdoptable(user)) {
    const account = user === undefined ? 'created' : 'adopted'
    const id = await (user === undefined ? createAccount : adoptAccount)(parts, secret, origin)
    return { tokens: await enter(parts, { id, proof: { amr } }, origin, how), account }
  }
  // The address may have changed since it was mailed to, and then its reader is not the user. The gate has locked the user.
  const take = async (trx: Sql) =>
    (await hasAddress(trx, user.id, secret.address ?? '')) && takeSecretById(trx, secret, parts.now())
  return { tokens: await enter(parts, { id: user.id, proof: { amr, take } }, origin, how), account: 'existing' }
}

async function enter(parts: EmailParts, login: Login, origin: RequestOrigin, how: LoginHow): Promise<LoginTokens> {
  const tokens = await completeLogin(parts, login, origin, how)
  if (tokens === undefined) throw refuse(parts, purpose, origin)
  return tokens
}
