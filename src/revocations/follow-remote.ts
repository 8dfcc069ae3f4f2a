import { openRemoteJournal, type RemoteJournal } from './remote-journal.ts'
import type { RemoteRevocationsOptions } from './remote-options.ts'
import { RevocationFeed } from './revocation-feed.ts'
import { RevocationSet } from './revocation-set.ts'

/** What another server revokes, as far as it is known here. */
export interface RemoteRevocations {
  readonly set: RevocationSet
  readonly feed: RevocationFeed
  /**
   * Whether a token is revoked: at once while the set is fresh and answers for the token.
   * @param how `strict` asks the server first.
   */
  isRevoked(
    claims: Parameters<RemoteJournal['isRevoked']>[0],
    header: Parameters<RemoteJournal['isRevoked']>[1],
    how: { readonly strict: boolean },
  ): boolean | Promise<boolean>
}

/** The answer that follows at once, where a request waits for it. */
const shortestPauseSeconds = 0.01

/** Follows it from now on. */
export function followRemote(options: RemoteRevocationsOptions): RemoteRevocations {
  const set = new RevocationSet()
  const journal = openRemoteJournal(options)
  const feed = new RevocationFeed(set, journal, {
    intervalSeconds: shortestPauseSeconds,
    ...(options.maxAgeSeconds !== undefined && { maxAgeSeconds: options.maxAgeSeconds }),
    ...(options.onFault !== undefined && { onFault: options.onFault }),
  })
  feed.startLater()
  return {
    set,
    feed,
    isRevoked(claims, header, { strict }) {
      // The set does not answer for every token: the server judges the others.
      const decide = () => (set.keeps(claims) ? set.has(claims, header) : journal.isRevoked(claims, header))
      if (!strict && feed.isFresh) return decide()
      return (strict ? feed.ask() : feed.confirm()).then(decide)
    },
  }
}
