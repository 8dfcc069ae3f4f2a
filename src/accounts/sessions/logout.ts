import { commit } from '../../core/change.ts'
import { endOfSession } from '../../revocations/revocation.ts'
import { revokeSessions } from '../../store/sessions.ts'
import { findSubject } from '../../store/token-subjects.ts'
import { type ChangeParts, type Client, makeEvent, type Parts } from '../parts.ts'
import { readRefreshToken } from './tokens/refresh-token.ts'

/** Ends a session, refresh and access tokens. Ending it twice is as good as once. */
export function logout(parts: ChangeParts, sessionId: string, client: Client): Promise<void> {
  return commit(parts, async (trx) => {
    const at = parts.now()
    const ended = await revokeSessions(trx, { id: sessionId }, 'logout', at)
    return {
      result: undefined,
      revoked: ended.map(({ id }) => endOfSession(id)),
      events: ended.map(({ id, userId }) => makeEvent('logout', at, client, { userId, sessionId: id })),
    }
  })
}

/** The session that a refresh token is of, spent or not; `undefined` where there is none. */
export async function sessionOfRefreshToken(
  { database }: Pick<Parts, 'database'>,
  text: string,
): Promise<string | undefined> {
  const token = readRefreshToken(text)
  const found = token && (await findSubject(database.sql, token))
  return found?.subject.session.id
}
