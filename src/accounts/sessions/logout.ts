import type { ChangeParts } from '../../core/change.ts'
import { endSession } from '../../core/end-sessions.ts'
import type { RequestOrigin } from '../../core/events.ts'
import { findSubject } from '../../store/sessions/token-subjects.ts'
import type { SessionParts } from './parts.ts'
import { readRefreshToken } from './tokens/refresh-token.ts'

/** Ends a session, refresh and access tokens. Ending it twice is as good as once. */
export async function logout(parts: ChangeParts, sessionId: string, origin: RequestOrigin): Promise<void> {
  await endSession(parts, { id: sessionId }, 'logout', origin)
}

/** The session that a refresh token is of, spent or not; `undefined` where there is none. */
export async function sessionOfRefreshToken(
  { database }: Pick<SessionParts, 'database'>,
  text: string,
): Promise<string | undefined> {
  const token = readRefreshToken(text)
  const found = token && (await findSubject(database.sql, token))
  return found?.subject.session.id
}
