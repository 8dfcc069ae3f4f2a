import { openRemoteJournal, type RemoteJournal } from './remote-journal.ts'
import type { RemoteRevocationsOptions } from './remote-options.ts'
import { RevocationFeed } from './revocation-feed.ts'
import { RevocationSet } from './revocation-set.ts'

/** What another server revokes, as far as it is known here. */
export interface RemoteRevocations {
  readonly set: RevocationSet
  readonly feed: RevocationFeed
  /** Has the server judge a token that the set does not answer for. */
  readonly askServer: RemoteJournal['isRevoked']
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
  return { set, feed, askServer: journal.isRevoked }
}
