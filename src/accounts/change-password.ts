import { RequestError } from '../errors.ts'
import { cutOfSession, cutOfUser, endOfSession } from '../revocations/revocation.ts'
import { advanceSessions, revokeSessions } from '../store/sessions.ts'
import { changePasswordHash } from '../store/users.ts'
import { commit } from './commit.ts'
import { endSurplus } from './end-sessions.ts'
import { turnOf } from './hash-turn.ts'
import { type Caller, type Client, makeEvent, type Parts } from './parts.ts'
import { checkCallersPassword } from './reauthenticate.ts'
import { createSessionToken } from './tokens.ts'

/**
 * Replaces the caller's password, ends the other sessions, and takes back every access token of the user. The caller's
 * own session goes on: its refresh token fetches another.
 * @returns A fresh access token for it, for clients that keep theirs in a cookie.
 * @throws {RequestError} `invalid_credentials`, `invalid_request`, `rate_limited`, `overloaded`
 */
export async function changePassword(
  parts: Parts,
  caller: Caller,
  { currentPassword, newPassword }: { readonly currentPassword: string; readonly newPassword: string },
  client: Client,
): Promise<string> {
  const { passwords } = parts
  const { user } = await checkCallersPassword(parts, caller, currentPassword, client)
  if (currentPassword.normalize('NFKC') === newPassword.normalize('NFKC')) {
    const msg = 'The new password is the old one'
    throw new RequestError('invalid_request', msg, { members: [{ member: 'new_password', msg }] })
  }
  passwords.check(newPassword, 'new_password', [user.username, ...(user.email === null ? [] : [user.email])])
  const passwordHash = await passwords.hash(newPassword, turnOf(client, caller.userId))
  const others = { userId: user.id, exceptId: caller.sessionId }
  await endSurplus(parts, others, 'password_changed', client)
  const generation = await commit(parts, async (trx) => {
    const at = parts.now()
    const change = { id: user.id, checkedHash: user.passwordHash, newHash: passwordHash, now: at }
    if (!(await changePasswordHash(trx, change))) {
      throw new RequestError('invalid_credentials', 'Bad username or password')
    }
    const ended = await revokeSessions(trx, others, 'password_changed', at)
    const [own] = await advanceSessions(trx, { id: caller.sessionId })
    return {
      result: own?.generation ?? caller.generation,
      revoked: [
        ...ended.map((id) => endOfSession(id)),
        ...(own === undefined ? [] : [cutOfSession(own.id, own.generation)]),
        cutOfUser(user.id, at),
      ],
      events: [makeEvent('password_changed', at, client, { userId: user.id, sessionId: caller.sessionId })],
    }
  })
  return createSessionToken(parts, { ...caller, generation }, user.roles, {
    fresh: true,
    authenticatedAt: parts.now(),
  })
}
