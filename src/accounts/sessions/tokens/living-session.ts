import { TokenError } from '../../../errors.ts'
import type { Sql } from '../../../store/engine/database.ts'
import type { Session } from '../../../store/sessions/sessions.ts'
import { type FoundSubject, findSubject } from '../../../store/sessions/token-subjects.ts'

/**
 * The session of a caller whom a guard has just accepted. It may have ended since.
 * @throws {TokenError} `token_revoked`, as guards answer from now on
 */
export async function livingSession(
  sql: Sql,
  { userId, sessionId }: { readonly userId: string; readonly sessionId: string },
  at: Date,
): Promise<FoundSubject> {
  const found = await findSubject(sql, { sessionId })
  const isAlive = found !== undefined && found.subject.user.id === userId && mayGoOn(found, at)
  if (!isAlive) throw new TokenError('token_revoked', 'Token has been revoked')
  return found
}

/** Whether a session is alive and its user may use it. */
export function mayGoOn({ subject: { user, session } }: FoundSubject, at: Date): boolean {
  return user.disabledAt === null && !hasEnded(session, at)
}

/** Whether a session was ended, or has expired. */
export function hasEnded({ revokedAt, idleExpiresAt, expiresAt }: Session, at: Date): boolean {
  return revokedAt !== null || idleExpiresAt <= at || expiresAt <= at
}
