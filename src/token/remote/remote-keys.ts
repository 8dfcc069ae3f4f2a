import { TokenError, type TokenErrorCode } from '../../errors.ts'
import { importKey } from '../keys/import-key.ts'
import { type Key, nameOf } from '../keys/key.ts'
import { parseStrictJson } from '../strict-json.ts'
import type { KeyFetcher, Missing } from './key-fetcher.ts'
import { withFetch } from './missing-keys.ts'
import { type RemoteKeysOptions, settleRemoteKeys } from './remote-keys-options.ts'

/** The published keys of an issuer, for the set that holds them. What fetches them is loaded by those who do. */
export class RemoteKeys {
  #fetcher: KeyFetcher | undefined
  readonly #loading: Promise<KeyFetcher>
  #isClosed = false

  /**
   * @param use Given the keys, from the oldest to the newest, whenever they changed.
   * @throws {ConfigurationError} `option_invalid`
   */
  constructor(url: string | URL, options: RemoteKeysOptions, use: (keys: readonly Key[]) => void) {
    const settings = settleRemoteKeys(url, options)
    this.#loading = import('./key-fetcher.ts').then((loaded) => {
      this.#fetcher = new loaded.KeyFetcher(settings, { importKey, nameOf, parseStrictJson }, use)
      if (this.#isClosed) this.#fetcher.close()
      return this.#fetcher
    })
    this.#loading.catch(() => {})
  }

  /** Resolves when there are keys; fails where they cannot be fetched. */
  async ready(): Promise<void> {
    await (await this.#loading).ready()
  }

  /** @throws {TokenError} `keys_unavailable` where there are none, or none of late */
  check(): void {
    if (this.#fetcher?.hasKeys) return
    throw refusal('keys_unavailable', this.#fetcher?.seekAny() ?? { ...unknown, fetched: this.ready() })
  }

  /**
   * The refusal of a token that names a key which is not here. Whether there is one cannot be known while fetches fail:
   * then the client is asked to try again, not to log in.
   */
  unknown(kid: unknown): TokenError {
    const missing = this.#fetcher?.seek(kid) ?? unknown
    return refusal(missing.isUncertain ? 'keys_unavailable' : 'token_key_unknown', missing)
  }

  /** The refusal of a token that no key here has signed. */
  mismatch(kid: unknown): TokenError {
    return refusal('token_signature_invalid', this.#fetcher?.seekSigner(kid) ?? unknown)
  }

  close(): void {
    this.#isClosed = true
    this.#fetcher?.close()
  }
}

const unknown: Missing = { isUncertain: true, cause: undefined, fetched: undefined }

const messages: Readonly<Record<Refusal, string>> = {
  keys_unavailable: 'The keys of the issuer could not be fetched',
  token_key_unknown: 'No key has the kid of the token',
  token_signature_invalid: 'Signature verification failed',
}

type Refusal = Extract<TokenErrorCode, 'keys_unavailable' | 'token_key_unknown' | 'token_signature_invalid'>

/** The refusal of a token for whose signature there is no key, with what is known of the fetch that may bring it. */
export function refusal(code: Refusal, { cause, fetched }: Partial<Missing> = {}): TokenError {
  return withFetch(new TokenError(code, messages[code], cause === undefined ? {} : { cause }), fetched)
}
