import { optionInvalid } from '../errors.ts'
import { checkAddress } from '../outbound/address.ts'
import type { RemoteRevocations } from '../revocations/follow-remote.ts'
import type { RemoteRevocationsOptions } from '../revocations/remote-options.ts'
import { type MaybePromise, whenDone } from './maybe-promise.ts'
import type { JwtManagerCallbacks } from './options/options.ts'

type IsRevoked = NonNullable<JwtManagerCallbacks<unknown, never>['isRevoked']>

/** The revocations of another server, for guards. */
export interface Followed {
  readonly isRevoked: IsRevoked
  /** Resolves when the list is loaded; rejects if it cannot be fetched. */
  ready(): Promise<void>
  close(): Promise<void>
}

/**
 * Follows the revocations of another server from now on. The code for it is loaded only by applications that do so.
 * @param own The application's own rule, which is also checked.
 * @throws {ConfigurationError} `option_invalid`
 */
export function followRevocations(options: RemoteRevocationsOptions, own: IsRevoked | undefined): Followed {
  check(options)
  let remote: RemoteRevocations | undefined
  const loading = import('../revocations/follow-remote.ts').then(({ followRemote }) => {
    remote = followRemote(options)
    return remote
  })
  // Its rejection is reported to those who await it.
  loading.catch(() => {})

  return {
    isRevoked(claims, header, how) {
      const ask = ({ isRevoked }: RemoteRevocations): MaybePromise<boolean> =>
        whenDone(
          isRevoked(claims, header, how),
          (answer) => answer || (own === undefined ? false : own(claims, header, how)),
        )
      return remote === undefined ? loading.then(ask) : ask(remote)
    },
    async ready() {
      await (await loading).feed.confirm()
    },
    async close() {
      await (await loading).feed.close()
    },
  }
}

function check({ url, maxAgeSeconds = 1, allowHttp }: RemoteRevocationsOptions): void {
  if (!(maxAgeSeconds >= 1 && maxAgeSeconds <= 300)) throw optionInvalid('maxAgeSeconds must be a number from 1 to 300')
  checkAddress('revocations', url, allowHttp)
}
