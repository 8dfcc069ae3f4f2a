import { RequestError } from '../../errors.ts'
import type { Database, Sql } from '../../store/engine/database.ts'
import type { User } from '../../store/users/users.ts'
import type { Caller } from '../sessions/caller.ts'
import { requireStepUp } from '../sessions/step-up.ts'
import { livingSession } from '../sessions/tokens/living-session.ts'

/** A caller in a session. */
export interface SessionCaller {
  readonly userId: string
  readonly sessionId: string
}

/** A caller who has authenticated a moment ago, with the second factor if the account has one. */
export interface ProvenCaller {
  readonly user: User
  readonly session: SessionCaller
  /** The same in the transaction of the change, which has locked the user: the session may be over by then. */
  readonly requireStill: (trx: Sql, at: Date) => Promise<{ readonly user: User; readonly session: SessionCaller }>
}

/**
 * A caller who changes who the account belongs to: in a session that was authenticated a moment ago, with the second factor
 * if there is one.
 * @throws {RequestError} `session_required`
 * @throws {TokenError} `insufficient_user_authentication`, `token_revoked`
 */
export async function callerInSession(
  { database, now }: { readonly database: Pick<Database, 'sql'>; readonly now: () => Date },
  { userId, sessionId }: Caller,
): Promise<ProvenCaller> {
  if (sessionId === undefined) {
    throw new RequestError('session_required', 'This token does not belong to a session: log in')
  }
  const session = { userId, sessionId }
  const requireStill: ProvenCaller['requireStill'] = async (sql, at) => {
    const found = await livingSession(sql, session, at)
    requireStepUp(found, at)
    return { user: found.subject.user, session }
  }
  return { ...(await requireStill(database.sql, now())), requireStill }
}
