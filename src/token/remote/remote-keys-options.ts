import { optionInvalid } from '../../errors.ts'
import { checkAddress } from '../../outbound/address.ts'
import { type AlgorithmName, isPublic } from '../algorithms.ts'
import { pick } from '../json-value.ts'

/** How the keys of another issuer are fetched and kept. */
export interface RemoteKeysOptions {
  /** Algorithm of keys that do not state theirs, such as the RSA keys of some issuers. */
  readonly algorithm?: AlgorithmName
  /** Time limit of a fetch. 5 by default. */
  readonly timeoutSeconds?: number
  /**
   * Tokens with an unknown key trigger at most one fetch in this time, after the first three. 30 by default. A fetch that
   * brings a key that one of them names does not count. After a failed fetch, they trigger one a second.
   */
  readonly cooldownSeconds?: number
  /** How long the last good keys are used while fetches fail. 86400 (a day) by default. */
  readonly maxStaleSeconds?: number
  /** Allows fetching without TLS from another machine: anyone in between can supply the keys. `false` by default. */
  readonly allowHttp?: boolean
  /**
   * Called when the keys cannot be fetched, or some of them cannot be used, with the reason for each: once, and again when
   * the reason changes. The reason is also the `cause` of the errors.
   */
  readonly onFault?: (error: unknown) => void
}

/** The options with every default filled in. */
export interface RemoteKeysSettings extends RemoteKeysOptions {
  readonly address: string
  readonly timeoutSeconds: number
  readonly cooldownSeconds: number
  readonly maxStaleSeconds: number
}

export const remoteKeysDefaults: Required<
  Pick<RemoteKeysOptions, 'timeoutSeconds' | 'cooldownSeconds' | 'maxStaleSeconds'>
> = { timeoutSeconds: 5, cooldownSeconds: 30, maxStaleSeconds: 24 * 60 * 60 }

export const remoteTimes = Object.keys(remoteKeysDefaults) as (keyof typeof remoteKeysDefaults)[]

/**
 * Fills in the defaults and checks every option.
 * @throws {ConfigurationError} `option_invalid`
 */
export function settleRemoteKeys(url: string | URL, options: RemoteKeysOptions): RemoteKeysSettings {
  const times = { ...remoteKeysDefaults, ...pick(options, remoteTimes) }
  for (const [name, value] of Object.entries(times)) {
    if (!(Number.isFinite(value) && value > 0)) throw optionInvalid(`${name} must be a number of seconds above 0`)
  }
  if (options.algorithm !== undefined && !isPublic(options.algorithm)) {
    throw optionInvalid('algorithm must be an asymmetric one')
  }
  return { ...options, ...times, address: checkAddress('keys', url, options.allowHttp) }
}
