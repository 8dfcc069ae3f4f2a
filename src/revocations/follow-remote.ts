import { openRemoteJournal, type RemoteJournal } from './remote-journal.ts'
import type { RemoteRevocationsOptions } from './remote-options.ts'
import { RevocationFeed } from './revocation-feed.ts'
import { RevocationSet } from './revocation-set.ts'

/** The revocations of another server, as far as they are known here. */
export interface RemoteRevocations {
  readonly set: RevocationSet
  readonly feed: RevocationFeed
  /**
   * Whether a token is revoked. Answers at once while the list is fresh and covers the token.
   * @param how `strict` asks the server first.
   */
  isRevoked(
    claims: Parameters<RemoteJournal['isRevoked']>[0],
    header: Parameters<RemoteJournal['isRevoked']>[1],
    how: { readonly strict: boolean },
  ): boolean | Promise<boolean>
}

/** The pause between two requests. It is short, because the server itself waits for new entries before it answers. */
const shortestPauseSeconds = 0.01

/** Starts following the server's revocations. */
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
      // The list does not cover every token. The server judges the others.
      const decide = () => (set.keeps(claims) ? set.has(claims, header) : journal.isRevoked(claims, header))
      if (!strict && feed.isFresh) return decide()
      return (strict ? feed.ask() : feed.confirm()).then(decide)
    },
  }
}
