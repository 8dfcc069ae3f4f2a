import { findSubject, type RefreshState } from '../../../store/sessions/token-subjects.ts'
import type { SessionParts } from '../parts.ts'
import { makeSuccessor, type RefreshToken, readRefreshToken } from './refresh-token.ts'

/**
 * What a refresh token is that is not the good one:
 * - `repeated`: spent a moment ago, by a client that races with itself or whose answer was lost. It gets the good one.
 * - `unanswered`: the good one was made for it, and was never used: its answer may have been lost. It gets the good one once
 *   more, which is noted.
 * - `reused`: two clients hold the tokens of one session.
 */
export type SpentToken = 'repeated' | 'unanswered' | 'reused'

/**
 * How long an answer may have been lost: a device that was switched off in the middle of a refresh comes back within a
 * day. Later it is more likely that an old token was found.
 */
const longestLossSeconds = 24 * 60 * 60

export function judgeSpent(
  { hash }: RefreshToken,
  { previousHash, previousSpentAt, recentSpends, isRecoverable }: RefreshState,
  { at, graceSeconds }: { readonly at: Date; readonly graceSeconds: number },
): SpentToken {
  // Either way round: the clock of the node that spent it may be ahead of ours.
  const isWithin = (seconds: number, time: Date) => Math.abs(at.getTime() - time.getTime()) <= seconds * 1000
  const isPrevious = hash === previousHash && previousSpentAt !== null
  const spends = [
    ...(isPrevious ? [previousSpentAt] : []),
    ...recentSpends.filter(({ hashStart }) => hash.startsWith(hashStart)).map(({ spentAt }) => spentAt),
  ]
  if (spends.some((time) => isWithin(graceSeconds, time))) return 'repeated'
  return isPrevious && isRecoverable && isWithin(longestLossSeconds, previousSpentAt) ? 'unanswered' : 'reused'
}

/**
 * The good token of a session, made from one that was spent a moment ago: step by step, by those that are known to have been
 * spent in between.
 * @param keys What successors are derived with: the current one, and previous ones. The secret may have changed on the way.
 * @returns `undefined` where another key is needed.
 */
export function livingSuccessor(
  spent: RefreshToken,
  { hash, previousHash, recentSpends }: RefreshState,
  keys: readonly Buffer[],
): RefreshToken | undefined {
  const starts = [...(previousHash === null ? [] : [previousHash]), ...recentSpends.map(({ hashStart }) => hashStart)]
  let last = spent
  for (let step = 0; step <= starts.length; step++) {
    const next = keys.map((key) => makeSuccessor(last, key))
    const living = next.find((token) => token.hash === hash)
    if (living !== undefined) return living
    const known = next.find((token) => starts.some((start) => token.hash.startsWith(start)))
    if (known === undefined) return undefined
    last = known
  }
  return undefined
}

/**
 * Of several refresh tokens of one session, the one to present. A browser that sends two cookies has spent the token in one of
 * them long ago, which presented would end the session.
 */
export async function goodToken(
  { database, lifetimes, now }: Pick<SessionParts, 'database' | 'lifetimes' | 'now'>,
  texts: readonly [string, ...string[]],
): Promise<string> {
  const [first] = texts
  const tokens = texts.flatMap((text) => readRefreshToken(text) ?? [])
  const [known] = tokens
  if (texts.length === 1 || known === undefined) return first
  const found = await findSubject(database.sql, known)
  if (found === undefined) return first
  const { refresh } = found
  const times = { at: now(), graceSeconds: lifetimes.refreshGraceSeconds }
  const good = tokens.find(({ hash }) => hash === refresh.hash)
  return (good ?? tokens.find((token) => judgeSpent(token, refresh, times) !== 'reused'))?.text ?? first
}
