import type { RequestOrigin } from '../../../core/events.ts'
import type { Sql } from '../../../store/engine/database.ts'
import { isUuid } from '../../../store/engine/ids.ts'
import { deleteTotp } from '../../../store/mfa/totp.ts'
import type { Caller } from '../../sessions/caller.ts'
import type { Keeping } from '../../sessions/parts.ts'
import type { MfaParts } from '../parts.ts'
import { factorNotFound } from './confirm-totp.ts'
import { removeFactor } from './remove-factor.ts'

/**
 * Removes an authenticator app of the caller.
 * @returns A fresh access token, for clients that keep theirs in a cookie.
 * @throws {RequestError} `factor_not_found`, and as `removeFactor`
 * @throws {TokenError} as `removeFactor`
 */
export async function removeTotp(
  parts: MfaParts,
  caller: Caller,
  id: string,
  origin: RequestOrigin,
  how: Keeping,
): Promise<string> {
  const app = {
    id,
    async remove(trx: Sql) {
      const removed = isUuid(id) ? await deleteTotp(trx, { id, userId: caller.userId }) : undefined
      if (removed === undefined) throw factorNotFound()
      return removed
    },
  }
  return removeFactor(parts, caller, app, origin, how)
}
