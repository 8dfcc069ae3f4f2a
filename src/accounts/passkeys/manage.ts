import type { RequestOrigin } from '../../core/events.ts'
import { RequestError } from '../../errors.ts'
import type { Sql } from '../../store/engine/database.ts'
import { isUuid } from '../../store/engine/ids.ts'
import { deletePasskey, type Passkey, renamePasskey as rename } from '../../store/passkeys.ts'
import { removeFactor } from '../mfa/setup/remove-factor.ts'
import { requireSignInMethod } from '../own/require-sign-in-method.ts'
import type { Caller } from '../sessions/caller.ts'
import type { Keeping } from '../sessions/parts.ts'
import type { PasskeyParts } from './parts.ts'

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
 * Removes a passkey of the caller, unless nothing else signs in to the account.
 * @returns A fresh access token, for clients that keep theirs in a cookie.
 * @throws {RequestError} `passkey_not_found`, `last_way_in`, and as `removeFactor`
 * @throws {TokenError} as `removeFactor`
 */
export async function removePasskey(
  parts: PasskeyParts,
  caller: Caller,
  id: string,
  origin: RequestOrigin,
  how: Keeping,
): Promise<string> {
  const { userId } = caller
  const passkey = {
    id,
    details: { passkey: true },
    async remove(trx: Sql) {
      const removed = isUuid(id) ? await deletePasskey(trx, { id, userId }) : undefined
      if (removed === undefined) throw notFound()
      await requireSignInMethod(trx, parts, userId)
      return removed
    },
  } as const
  return removeFactor(parts, caller, passkey, origin, how)
}

function notFound(): RequestError {
  return new RequestError('passkey_not_found', 'No such passkey')
}
