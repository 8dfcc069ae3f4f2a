import { uuidv7 } from 'uuidv7'
import { RequestError } from '../../../errors.ts'
import type { Sql } from '../../../store/engine/database.ts'
import { listTotps, putUnconfirmedTotp } from '../../../store/mfa/totp.ts'
import { lockUser } from '../../../store/sessions/session-batches.ts'
import { findUser, type UserWithHash } from '../../../store/users/users.ts'
import { callerInSession } from '../../own/caller-in-session.ts'
import type { Caller } from '../../sessions/caller.ts'
import { requireStepUp } from '../../sessions/step-up.ts'
import { livingSession } from '../../sessions/tokens/living-session.ts'
import { mostApps } from '../../users/factors.ts'
import { type Challenge, tokenInvalid } from '../challenge.ts'
import { type AppEntry, makeAppEntry, sealSecret } from '../codes/totp.ts'
import type { MfaParts } from '../parts.ts'

/** Who sets up a factor: a caller in a session, or a user without one whose role requires a second factor. */
export type Enroller = { readonly caller: Caller } | { readonly challenge: Challenge }

/**
 * Begins to set up an authenticator app. It is no factor until it is confirmed with its first code, and replaces
 * another that was never confirmed.
 * @throws {RequestError} `factor_limit_reached`, `session_required`, `mfa_token_invalid`
 * @throws {TokenError} `insufficient_user_authentication`, `token_revoked`
 */
export async function beginTotp(
  parts: MfaParts,
  enroller: Enroller,
  name: string,
): Promise<AppEntry & { readonly id: string }> {
  const { database, secrets, now, factorIssuer } = parts
  const userId =
    'caller' in enroller ? (await callerInSession(parts, enroller.caller)).session.userId : enroller.challenge.userId
  const found = await findUser(database.sql, userId)
  const id = uuidv7()
  const entry = await makeAppEntry({ issuer: factorIssuer, username: found?.username ?? '' })
  await database.transaction(async (trx) => {
    const at = now()
    await lockUser(trx, userId)
    await checkEnroller(trx, enroller, at)
    await checkRoom(trx, userId)
    await putUnconfirmedTotp(trx, { id, userId, name, sealed: sealSecret(secrets, id, entry.secret), createdAt: at })
  })
  return { id, ...entry }
}

/**
 * Runs in the transaction that stores the factor. A challenge has proven only one factor, so it may add the first
 * second factor and no further one.
 */
async function checkEnroller(trx: Sql, enroller: Enroller, at: Date): Promise<void> {
  if ('challenge' in enroller) {
    checkEnrollable(await findUser(trx, enroller.challenge.userId))
    return
  }
  const { userId, sessionId = '' } = enroller.caller
  requireStepUp(await livingSession(trx, { userId, sessionId }, at), at)
}

/** @throws {RequestError} `mfa_token_invalid` for a user who has a second factor by now, or may not log in */
export function checkEnrollable(user: UserWithHash | undefined): UserWithHash {
  if (user === undefined || user.disabledAt !== null || user.secondFactors > 0) throw tokenInvalid()
  return user
}

/** @throws {RequestError} `factor_limit_reached` */
async function checkRoom(trx: Sql, userId: string): Promise<void> {
  if ((await listTotps(trx, userId)).length < mostApps) return
  throw new RequestError(
    'factor_limit_reached',
    `An account has at most ${mostApps} authenticator apps: remove one first`,
  )
}
