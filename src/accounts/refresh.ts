import { RequestError } from '../errors.ts'
import { endOfSession } from '../revocations/revocation.ts'
import {
  findSessionOfFamily,
  revokeSessions,
  rotateSession,
  type Session,
  type SessionWithHashes,
} from '../store/sessions.ts'
import { commit } from './commit.ts'
import { type Client, later, makeEvent, type Parts, type Tokens } from './parts.ts'
import { makeSuccessor, openSuccessor, type RefreshToken, readRefreshToken, sealSuccessor } from './refresh-token.ts'
import { createSessionToken } from './tokens.ts'

/**
 * Spends a refresh token for the next one and an access token, which is not fresh (RFC 9700 section 4.14.2).
 *
 * Of many at once one spends it. The others, and a client that never got its answer, get the same successor for a few
 * seconds; after those a spent token ends the session, because two must be holding it.
 * @throws {RequestError} `refresh_token_invalid`
 */
export async function refresh(parts: Parts, presentedText: string, client: Client): Promise<Tokens> {
  const { database, lifetimes, now } = parts
  const presented = readRefreshToken(presentedText)
  if (presented === undefined) throw refused()
  const successor = makeSuccessor(presented)
  const at = now()
  const rotated = await rotateSession(database, {
    familyHash: presented.familyHash,
    presentedHash: presented.hash,
    nextHash: successor.hash,
    sealedNext: sealSuccessor(successor, presented),
    now: at,
    idleExpiresAt: later(at, lifetimes.refreshTokenSeconds),
    ...client,
  })
  return rotated === undefined
    ? repeatOrRefuse(parts, presented, client)
    : tokensOf(parts, rotated.session, rotated.roles, successor)
}

/** A token that is not the good one: spent just now, spent long ago, or of a session that is over. */
async function repeatOrRefuse(parts: Parts, presented: RefreshToken, client: Client): Promise<Tokens> {
  const { database, lifetimes, now } = parts
  const found = await findSessionOfFamily(database.sql, presented.familyHash)
  const at = now()
  if (found === undefined || found.isUserDisabled || isOver(found.session, at)) throw refused()
  const { session, roles } = found
  const { previousHash, previousSpentAt, sealedSuccessor, refreshHash } = session
  if (presented.hash === refreshHash) throw refused()
  if (presented.hash === previousHash && previousSpentAt !== null && sealedSuccessor !== null) {
    // Either way round: the clock of the node that spent it may be ahead of ours.
    const agoSeconds = Math.abs(at.getTime() - previousSpentAt.getTime()) / 1000
    if (agoSeconds <= lifetimes.refreshGraceSeconds) {
      return tokensOf(parts, session, roles, openSuccessor(sealedSuccessor, presented))
    }
  }
  await endReusedSession(parts, session, client)
  throw refused()
}

function endReusedSession(parts: Parts, { id, userId }: SessionWithHashes, client: Client): Promise<void> {
  return commit(parts, async (trx) => {
    const at = parts.now()
    const ended = await revokeSessions(trx, { id }, 'refresh_token_reused', at)
    return {
      result: undefined,
      revoked: ended.map(endOfSession),
      events: ended.map((sessionId) => makeEvent('refresh_token_reused', at, client, { userId, sessionId })),
    }
  })
}

export function isOver({ revokedAt, idleExpiresAt, expiresAt }: SessionWithHashes, at: Date): boolean {
  return revokedAt !== null || idleExpiresAt <= at || expiresAt <= at
}

async function tokensOf(
  parts: Parts,
  { id, userId, generation, createdAt }: Session,
  roles: readonly string[],
  successor: RefreshToken,
): Promise<Tokens> {
  const accessToken = await createSessionToken(parts, { userId, sessionId: id, generation }, roles, {
    fresh: false,
    authenticatedAt: createdAt,
  })
  return { accessToken, refreshToken: successor.text }
}

function refused(): RequestError {
  return new RequestError('refresh_token_invalid', 'The refresh token is not valid: log in again')
}
