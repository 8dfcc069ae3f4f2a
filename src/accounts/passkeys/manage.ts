import { makeEvent, type RequestOrigin } from '../../core/events.ts'
import { RequestError } from '../../errors.ts'
import { isUuid } from '../../store/engine/ids.ts'
import { deletePasskey, listPasskeys, type Passkey, renamePasskey as rename } from '../../store/passkeys.ts'
import { changeFactors } from '../mfa/setup/change-factors.ts'
import { afterRemoval } from '../mfa/setup/remove-totp.ts'
import { callerInSession } from '../own/caller-in-session.ts'
import { requireWayIn } from '../own/require-way-in.ts'
import type { Caller } from '../sessions/caller.ts'
import type { Keeping } from '../sessions/parts.ts'
import { createSessionToken } from '../sessions/tokens/access-token.ts'
import type { PasskeyParts } from './parts.ts'

export function passkeysOf({ database }: PasskeyParts, { userId }: Caller): Promise<Passkey[]> {
  return listPasskeys(database.sql, userId)
}

/** @throws {RequestError} `passkey_not_found` */
export async function renamePasskey(
  { database }: PasskeyParts,
  { userId }: Caller,
  { id, name }: { readonly id: string; readonly name: string },
): Promise<Passkey> {
  const passkey = isUuid(id) ? await rename(database.sql, { id, userId }, name) : undefined
  if (passkey === undefined) throw notFound()
  return passkey
}

/**
 * Removes a passkey of the caller, unless nothing else signs in to the account. With the last factor go the recovery codes.
 * @returns A fresh access token, for clients that keep theirs in a cookie.
 * @throws {RequestError} `session_required`, `passkey_not_found`, `last_way_in`; `mfa_enrollment_required` for the last factor
 *   where a role demands one
 * @throws {TokenError} `insufficient_user_authentication`, `token_revoked`
 */
export async function removePasskey(
  parts: PasskeyParts,
  { userId, sessionId }: Caller,
  id: string,
  origin: RequestOrigin,
  how: Keeping,
): Promise<string> {
  const { session: caller } = await callerInSession(parts, { userId, sessionId })
  const { subject } = await changeFactors(parts, caller, origin, async (trx, { subject: { user, session } }, at) => {
    const removed = isUuid(id) ? await deletePasskey(trx, { id, userId }) : undefined
    if (removed === undefined) throw notFound()
    await requireWayIn(trx, parts, userId)
    const details = { factor: id, name: removed.name, passkey: true }
    return {
      result: undefined,
      events: [makeEvent('factor_removed', at, origin, { userId, sessionId: session.id, details })],
      notice: { template: 'factor_removed', factor: removed.name } as const,
      ...(await afterRemoval(trx, parts, { user, session, at })),
    }
  })
  const { authenticatedAt } = subject.session
  return createSessionToken(parts, subject, { fresh: true, authenticatedAt, ...how })
}

function notFound(): RequestError {
  return new RequestError('passkey_not_found', 'No such passkey')
}
