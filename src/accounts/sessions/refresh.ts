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

/** What successors of refresh tokens are derived for. */
const purpose = 'refresh successor'
/** Spends are remembered for longer than the grace by this: the clocks of nodes differ. */
const clockSeconds = 60
/** The good token may be used by another request while this one looks for it. */
const maxLooks = 3

/**
 * Spends a refresh token for the next one and an access token, which is not fresh (RFC 9700 section 4.14.2).
 *
 * Of many at once one spends it. The others, and a client that never got its answer, get what is good now: within a few
 * seconds of the spending, and after those if it was never used. Any other spent token ends the session, because two
 * clients hold its tokens.
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

/** Whose the next tokens are, and which refresh token is the good one now. */
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

/** A token that is not the good one: spent just now, spent long ago, or of a session that is over. */
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
    // Made under a secret that this node does not know, or before an upgrade: nothing says that two clients hold it.
    if (living === undefined) throw refused()
    const subject = await recover(parts, found, origin)
    if (subject !== undefined) return { subject, successor: living }
  }
  throw refused()
}

/** @returns `undefined` if the good token was used meanwhile. */
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

/** Another node has a secret that this one is yet to be given. The client did nothing wrong. */
function underAnotherSecret(): RequestError {
  const msg = 'The refresh token was used on a server with a different secret: try again'
  return new RequestError('unavailable', msg, { retryAfterSeconds: 1 })
}
