import type { Database, Sql } from '../../store/engine/database.ts'
import type { User } from '../../store/users/users.ts'
import { type Caller, requireSession, type SessionCaller } from '../sessions/caller.ts'
import { requireStepUp } from '../sessions/step-up.ts'
import { livingSession } from '../sessions/tokens/living-session.ts'

/** A caller who has authenticated recently, with the second factor if the account has one. */
export interface ProvenCaller {
  readonly user: User
  readonly session: SessionCaller
  /**
   * Checks the same again in the transaction of the change, which has locked the user: the session may be over by then.
   */
  readonly requireStill: (trx: Sql, at: Date) => Promise<{ readonly user: User; readonly session: SessionCaller }>
}

/**
 * Requires a caller who may change who the account belongs to: in a session with a recent authentication, with the
 * second factor if there is one.
 * @throws {RequestError} `session_required`
 * @throws {TokenError} `insufficient_user_authentication`, `token_revoked`
 */
export async function callerInSession(
  { database, now }: { readonly database: Pick<Database, 'sql'>; readonly now: () => Date },
  caller: Caller,
): Promise<ProvenCaller> {
  const session = requireSession(caller)
  const requireStill: ProvenCaller['requireStill'] = async (sql, at) => {
    const found = await livingSession(sql, session, at)
    requireStepUp(found, at)
    return { user: found.subject.user, session }
  }
  return { ...(await requireStill(database.sql, now())), requireStill }
}
