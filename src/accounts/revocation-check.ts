import type { JwtManagerCallbacks } from '../guard/options.ts'
import type { RevocationFeed } from '../revocations/revocation-feed.ts'
import { isRevokedInDatabase } from '../store/revocations.ts'
import type { Lifetimes, Parts } from './parts.ts'

type IsRevoked = NonNullable<JwtManagerCallbacks<unknown, string>['isRevoked']>

interface CheckParts extends Pick<Parts, 'database' | 'revocations'> {
  readonly feed: RevocationFeed
  readonly lifetimes: Pick<Lifetimes, 'accessTokenSeconds'>
}

/**
 * How guards ask whether a token was taken back. In memory, as long as what is there is known to be true; otherwise it is
 * made true first, and where that fails the request is refused.
 *
 * Revocations are kept for as long as an access token lives. About one that lives longer, which the application made
 * itself, the database is asked each time: it must be of a user who may still log in.
 */
export function makeRevocationCheck({ database, revocations, feed, lifetimes }: CheckParts): IsRevoked {
  return function isRevoked(claims, header, { strict }) {
    const { exp, iat } = claims
    const outlives = exp === undefined || iat === undefined || exp - iat > lifetimes.accessTokenSeconds
    if (strict || outlives) return askDatabase(database, claims, header, outlives)
    if (feed.isFresh) return revocations.has(claims, header)
    return feed.confirm().then(() => revocations.has(claims, header))
  }
}

function askDatabase(
  database: Parts['database'],
  { jti, sid, gen, sub, iat }: Parameters<IsRevoked>[0],
  { kid }: Parameters<IsRevoked>[1],
  mustHaveUser: boolean,
): Promise<boolean> {
  const names = {
    jti,
    kid: typeof kid === 'string' ? kid : '',
    sid: typeof sid === 'string' ? sid : undefined,
    generation: typeof gen === 'number' ? gen : 0,
    sub: sub ?? '',
    issuedAt: (iat ?? 0) * 1000,
  }
  return isRevokedInDatabase(database, names, { mustHaveUser })
}
