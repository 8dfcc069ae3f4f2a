import { uuidv7 } from 'uuidv7'
import { RequestError } from '../errors.ts'
import type { Sql } from '../store/database.ts'
import { insertSession } from '../store/sessions.ts'
import { findUser, noteLogin } from '../store/users.ts'
import { commit } from './commit.ts'
import { type Client, later, makeEvent, type Parts, type Tokens } from './parts.ts'
import { makeRefreshToken } from './refresh-token.ts'
import { makeRoom } from './session-limit.ts'
import { createSessionToken } from './tokens.ts'

/** Whom a session is for, and what must still be true of them when it begins. */
export interface Newcomer {
  readonly id: string
  readonly roles: readonly string[]
  /** `false` where the user was changed or disabled meanwhile: the change must win. */
  readonly note: (trx: Sql, at: Date) => Promise<boolean>
}

/**
 * Begins a session, with the first tokens of it. The access token is fresh.
 * @throws {RequestError} `invalid_credentials`
 */
export async function startSession(parts: Parts, user: Newcomer, client: Client): Promise<Tokens> {
  const { lifetimes, sessionsPerUser, now } = parts
  const sessionId = uuidv7()
  const authenticatedAt = now()
  const refreshToken = makeRefreshToken()
  await commit(parts, async (trx) => {
    const at = now()
    if (!(await user.note(trx, at))) throw refused()
    const { revoked, events } = await makeRoom(trx, { userId: user.id, sessionsPerUser, at, client })
    await insertSession(trx, {
      id: sessionId,
      userId: user.id,
      familyHash: refreshToken.familyHash,
      refreshHash: refreshToken.hash,
      now: at,
      idleExpiresAt: later(at, lifetimes.refreshTokenSeconds),
      expiresAt: later(at, lifetimes.sessionSeconds),
      ...client,
    })
    const begun = makeEvent('login_succeeded', at, client, { userId: user.id, sessionId })
    return { result: undefined, revoked, events: [...events, begun] }
  })
  const caller = { userId: user.id, sessionId, generation: 1 }
  const accessToken = await createSessionToken(parts, caller, user.roles, { fresh: true, authenticatedAt })
  return { accessToken, refreshToken: refreshToken.text }
}

/**
 * Begins a session for somebody whom the application has recognised itself.
 * @throws {RequestError} `invalid_credentials` where there is no such user, or a disabled one
 */
export async function startSessionOf(parts: Parts, userId: string, client: Client): Promise<Tokens> {
  const user = await findUser(parts.database.sql, userId)
  if (user === undefined) throw refused()
  const { id, roles, passwordHash } = user
  const note = (trx: Sql, now: Date) => noteLogin(trx, { id, checkedHash: passwordHash, newHash: passwordHash, now })
  return startSession(parts, { id, roles, note }, client)
}

function refused(): RequestError {
  return new RequestError('invalid_credentials', 'Bad username or password')
}
