import { commit } from '../../core/change.ts'
import { endSession } from '../../core/end-sessions.ts'
import { makeEvent, type RequestOrigin } from '../../core/events.ts'
import { later } from '../../core/time.ts'
import { RequestError } from '../../errors.ts'
import {
  type FoundSubject,
  findSubject,
  noteRecovery,
  rotateSession,
  type TokenSubject,
} from '../../store/sessions/token-subjects.ts'
import type { Keeping, SessionParts, Tokens } from './parts.ts'
import { createSessionToken } from './tokens/access-token.ts'
import { mayGoOn } from './tokens/living-session.ts'
import { makeSuccessor, type RefreshToken, readRefreshToken } from './tokens/refresh-token.ts'
import { judgeSpent, livingSuccessor } from './tokens/spent-token.ts'

/** The purpose of the key that successors of refresh tokens are derived with. */
const purpose = 'refresh successor'
/** Spent tokens are remembered for this long beyond the grace period, because the clocks of nodes differ. */
const clockSeconds = 60
/** Another request may use the current token while this one looks for it. */
const maxLooks = 3

/**
 * Spends a refresh token, and returns the next one with an access token that is not fresh (RFC 9700 section 4.14.2).
 *
 * Of many concurrent requests, one spends the token. The others, and a client that never received its answer, get the
 * current token: within the grace period in any case, and later only if that token was never used. Any other spent
 * token ends the session, because two clients have its tokens.
 * @throws {RequestError} `refresh_token_invalid`, `unavailable`
 */
export async function refresh(
  parts: SessionParts,
  presentedText: string,
  origin: RequestOrigin,
  how: Keeping = {},
): Promise<Tokens> {
  try {
    const { subject, successor } = await spend(parts, presentedText, origin)
    const tokens = await tokensOf(parts, subject, successor, how)
    const { id: sessionId, userId } = subject.session
    parts.announce(makeEvent('session_refreshed', parts.now(), origin, { userId, sessionId }))
    return tokens
  } catch (error) {
    const isRefused = error instanceof RequestError && error.code === 'refresh_token_invalid'
    if (isRefused) parts.announce(makeEvent('refresh_refused', parts.now(), origin))
    throw error
  }
}

/** The owner of the next tokens, and the refresh token that is current now. */
interface Spent {
  readonly subject: TokenSubject
  readonly successor: RefreshToken
}

async function spend(parts: SessionParts, presentedText: string, origin: RequestOrigin): Promise<Spent> {
  const { database, lifetimes, now, secrets } = parts
  const presented = readRefreshToken(presentedText)
  if (presented === undefined) throw refused()
  const successor = makeSuccessor(presented, secrets.derive(purpose)[0])
  const at = now()
  const subject = await rotateSession(database, {
    familyHash: presented.familyHash,
    presentedHash: presented.hash,
    nextHash: successor.hash,
    now: at,
    spendsSince: later(at, -lifetimes.refreshGraceSeconds - clockSeconds),
    idleExpiresAt: later(at, lifetimes.refreshTokenSeconds),
    ...origin,
  })
  return subject === undefined ? repeatOrRefuse(parts, presented, origin) : { subject, successor }
}

/** Handles a token that is not the current one: spent just now, spent long ago, or of a session that is over. */
async function repeatOrRefuse(parts: SessionParts, presented: RefreshToken, origin: RequestOrigin): Promise<Spent> {
  const { database, lifetimes, now, secrets } = parts
  for (let looks = 0; looks < maxLooks; looks++) {
    const found = await findSubject(database.sql, { familyHash: presented.familyHash })
    const at = now()
    if (found === undefined || !mayGoOn(found, at) || presented.hash === found.refresh.hash) throw refused()
    const judgement = judgeSpent(presented, found.refresh, { at, graceSeconds: lifetimes.refreshGraceSeconds })
    const living = livingSuccessor(presented, found.refresh, secrets.derive(purpose))
    if (judgement === 'repeated') {
      if (living === undefined) throw underAnotherSecret()
      return { subject: found.subject, successor: living }
    }
    if (judgement === 'reused') {
      await endSession(parts, { id: found.subject.session.id }, 'refresh_token_reused', origin)
      throw refused()
    }
    // It was made with a secret that this node does not know, or before an upgrade. That does not prove that two
    // clients have it.
    if (living === undefined) throw refused()
    const subject = await recover(parts, found, origin)
    if (subject !== undefined) return { subject, successor: living }
  }
  throw refused()
}

/** @returns `undefined` if the current token was used meanwhile. */
function recover(
  parts: SessionParts,
  { subject, refresh: { hash, previousHash } }: FoundSubject,
  origin: RequestOrigin,
) {
  return commit(parts, async (trx) => {
    const at = parts.now()
    const about = { userId: subject.user.id, sessionId: subject.session.id }
    const spent = { sessionId: about.sessionId, spentHash: previousHash ?? '', goodHash: hash, now: at }
    const recovered = await noteRecovery(trx, spent)
    const events = recovered === undefined ? [] : [makeEvent('refresh_token_recovered', at, origin, about)]
    return { result: recovered, events }
  })
}

async function tokensOf(
  parts: SessionParts,
  subject: TokenSubject,
  { text }: RefreshToken,
  how: Keeping,
): Promise<Tokens> {
  const { authenticatedAt } = subject.session
  return {
    accessToken: await createSessionToken(parts, subject, { fresh: false, authenticatedAt, ...how }),
    refreshToken: text,
  }
}

function refused(): RequestError {
  return new RequestError('refresh_token_invalid', 'The refresh token is not valid: log in again')
}

/** Another node has a secret that this one was not given yet. The client did nothing wrong. */
function underAnotherSecret(): RequestError {
  const msg = 'The refresh token was used on a server with a different secret: try again'
  return new RequestError('unavailable', msg, { retryAfterSeconds: 1 })
}
