import { ConfigurationError } from '../errors.ts'
import { checkAddress } from './address.ts'
import { type AlgorithmName, isPublic } from './algorithms.ts'

/** How the keys of another issuer are fetched and kept. */
export interface RemoteKeysOptions {
  /** Of keys that do not say it themselves, as some issuers' RSA keys do not. */
  readonly algorithm?: AlgorithmName
  /** A fetch that takes longer has failed. 5 by default. */
  readonly timeoutSeconds?: number
  /**
   * Tokens whose key is missing cause one fetch in this many seconds, and at most three ahead of that. 30 by default. A
   * fetch that brings a key that one of them names is not counted. After a fetch that failed they cause one a second.
   */
  readonly cooldownSeconds?: number
  /** The last good keys are kept for this long while no fetch succeeds. A day by default. */
  readonly maxStaleSeconds?: number
  /** Fetches without TLS from another machine: anyone in between can supply the keys. `false` by default. */
  readonly allowHttp?: boolean
  /**
   * Called when the keys cannot be fetched, and when some of them cannot be used, with what each lacks: once, and again
   * when the reason changes. Not called by default; the reason is also the `cause` of the refusals.
   */
  readonly onFault?: (error: unknown) => void
}

/** The same with every default filled in. */
export interface RemoteKeysSettings extends RemoteKeysOptions {
  readonly address: string
  readonly timeoutSeconds: number
  readonly cooldownSeconds: number
  readonly maxStaleSeconds: number
}

/**
 * Fills in the defaults and checks all of it.
 * @throws {ConfigurationError} `option_invalid`
 */
export function settleRemoteKeys(url: string | URL, options: RemoteKeysOptions): RemoteKeysSettings {
  const { timeoutSeconds = 5, cooldownSeconds = 30, maxStaleSeconds = 86_400 } = options
  for (const [name, value] of Object.entries({ timeoutSeconds, cooldownSeconds, maxStaleSeconds })) {
    if (!(Number.isFinite(value) && value > 0)) throw invalid(`${name} must be a number of seconds, more than 0`)
  }
  if (options.algorithm !== undefined && !isPublic(options.algorithm)) {
    throw invalid('algorithm must be one whose keys have a public half')
  }
  return {
    ...options,
    address: checkAddress('keys', url, options.allowHttp),
    timeoutSeconds,
    cooldownSeconds,
    maxStaleSeconds,
  }
}

function invalid(message: string): ConfigurationError {
  return new ConfigurationError('option_invalid', message)
}
