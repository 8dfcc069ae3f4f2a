import type { JwtManagerCallbacks } from '../../../guard/options/options.ts'
import { isOfSession, isRevoked as judge, type RevocableClaims, subjectOf } from '../../../revocations/judge.ts'
import type { RevocationFeed } from '../../../revocations/revocation-feed.ts'
import { readTokenFacts } from '../../../store/revocations/revocations.ts'
import type { SessionParts } from '../parts.ts'

type IsRevoked = NonNullable<JwtManagerCallbacks<unknown, string>['isRevoked']>

interface CheckParts extends Pick<SessionParts, 'database' | 'revocations'> {
  readonly feed: RevocationFeed
}

/**
 * How guards ask whether a token is revoked. In memory, as long as what is there is known to be true; otherwise it is made
 * true first, and where that fails the request is refused. About a token that memory does not answer for, the database is
 * asked each time.
 */
export function makeRevocationCheck({ database, revocations, feed }: CheckParts): IsRevoked {
  return function isRevoked(claims, header, { strict }) {
    if (strict || !revocations.keeps(claims)) return isRevokedInDatabase({ database, revocations }, claims, header)
    if (feed.isFresh) return revocations.has(claims, header)
    return feed.confirm().then(() => revocations.has(claims, header))
  }
}

/**
 * The same rule, by what the database says now. Of a token that may be older than the journal, its session or its user must
 * be there: a deletion leaves no other trace.
 */
export async function isRevokedInDatabase(
  { database, revocations }: Pick<SessionParts, 'database' | 'revocations'>,
  claims: RevocableClaims,
  { kid }: { readonly kid?: unknown },
): Promise<boolean> {
  // PostgreSQL takes no NUL for text, and nothing is called so there.
  const text = (value: unknown) => (typeof value === 'string' && !value.includes('\0') ? value : '')
  const names = { jti: text(claims.jti), kid: text(kid), sid: text(claims.sid), sub: text(subjectOf(claims.sub)) }
  const { cutOf, hasSession, hasUser } = await readTokenFacts(database, names)
  if (!revocations.keeps(claims) && !(isOfSession(claims) ? hasSession : hasUser)) return true
  return judge(claims, { kid }, cutOf)
}
