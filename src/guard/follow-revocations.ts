import { openRemoteJournal, type RemoteRevocationsOptions } from '../revocations/remote-journal.ts'
import { RevocationFeed } from '../revocations/revocation-feed.ts'
import { RevocationSet } from '../revocations/revocation-set.ts'
import { type MaybePromise, whenDone } from './maybe-promise.ts'
import type { JwtManagerCallbacks } from './options.ts'

type IsRevoked = NonNullable<JwtManagerCallbacks<unknown, never>['isRevoked']>

/** The answer that follows at once, where a request waits for it. */
const shortestPauseSeconds = 0.01

/**
 * Follows what another server takes back, from now on.
 * @param own The application's own rule, which is asked besides.
 * @throws {ConfigurationError} `option_invalid`
 */
export function followRevocations(
  options: RemoteRevocationsOptions,
  own: IsRevoked | undefined,
): { readonly feed: RevocationFeed; readonly isRevoked: IsRevoked } {
  const set = new RevocationSet()
  const feed = new RevocationFeed(set, openRemoteJournal(options), {
    intervalSeconds: shortestPauseSeconds,
    ...(options.maxAgeSeconds !== undefined && { maxAgeSeconds: options.maxAgeSeconds }),
    ...(options.onFault !== undefined && { onFault: options.onFault }),
  })
  feed.startLater()
  return {
    feed,
    isRevoked(claims, header, how) {
      const known = how.strict ? feed.ask() : feed.isFresh ? undefined : feed.confirm()
      const decide = (): MaybePromise<boolean> =>
        set.has(claims, header) || (own === undefined ? false : own(claims, header, how))
      return known === undefined ? decide() : whenDone(known, decide)
    },
  }
}
