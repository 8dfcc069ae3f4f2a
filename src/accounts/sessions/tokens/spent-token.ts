import { findSubject, type RefreshState } from '../../../store/sessions/token-subjects.ts'
import type { SessionParts } from '../parts.ts'
import { makeSuccessor, type RefreshToken, readRefreshToken } from './refresh-token.ts'

/**
 * What a refresh token is that is not the current one:
 * - `repeated`: spent a moment ago, by a client that races with itself or never received the answer. It gets the
 *   current token.
 * - `unanswered`: the current token was made for it and was never used, so the answer may have been lost. It gets the
 *   current token once more, and this is recorded.
 * - `reused`: two clients have the tokens of one session.
 */
export type SpentToken = 'repeated' | 'unanswered' | 'reused'

/**
 * How long an answer may count as lost: a device that was switched off during a refresh comes back within a day. After
 * that, it is more likely that an old token was found.
 */
const longestLossSeconds = 24 * 60 * 60

export function judgeSpent(
  { hash }: RefreshToken,
  { previousHash, previousSpentAt, recentSpends, isRecoverable }: RefreshState,
  { at, graceSeconds }: { readonly at: Date; readonly graceSeconds: number },
): SpentToken {
  // In both directions: the clock of the node that spent it may be ahead of ours.
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
 * Derives the current token of a session from one that was spent a moment ago, step by step along the tokens that are
 * known to have been spent in between.
 * @param keys The keys that successors are derived with: the current one, and previous ones. The secret may have
 *   changed in between.
 * @returns `undefined` if another key is needed.
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
 * Chooses which of several refresh tokens of one session to present. If a browser sends two cookies, it has spent the
 * token in one of them long ago, and presenting that would end the session.
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
