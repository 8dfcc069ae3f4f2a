import { ConfigurationError, optionInvalid, TokenError } from '../../errors.ts'
import { canonical, isAlgorithmName, isPublic } from '../algorithms.ts'
import { expired } from '../claims.ts'
import type { TokenHeader } from '../compact.ts'
import { pick } from '../json-value.ts'
import { RemoteKeys, refusal } from '../remote/remote-keys.ts'
import { type RemoteKeysOptions, remoteTimes } from '../remote/remote-keys-options.ts'
import { requireOptions } from '../require-object.ts'
import { VerifiedCache } from '../verified-cache.ts'
import { exportJwk, type Jwk } from './jwk.ts'
import { Key, nameOf } from './key.ts'

/** How a `KeySet` finds keys and caches tokens. */
export interface KeySetOptions {
  /** How many tokens are cached, about 2 kB each; temporarily up to twice as many. 10,000 by default, 0 for none. */
  readonly cacheSize?: number
  /**
   * Tries every key of the token's algorithm if the token's `kid` is unknown, for an issuer that writes a `kid` but publishes
   * a plain PEM. `false` by default: an unknown `kid` is rejected (RFC 7515 §4.1.4).
   */
  readonly kidIsHint?: boolean
}

const remoteNames: ReadonlySet<keyof RemoteKeysOptions | 'cacheSize'> = new Set([
  'cacheSize',
  'algorithm',
  ...remoteTimes,
  'allowHttp',
  'onFault',
])
const optionNames: ReadonlySet<keyof KeySetOptions> = new Set(['cacheSize', 'kidIsHint'])

/**
 * Keys by `kid`: the newest key signs, all verify, and each can be withdrawn while the program runs.
 * @example const keys = new KeySet([importKey({ jwk: lastYear }), importKey({ jwk: thisYear })])
 */
export class KeySet {
  readonly #kidIsHint: boolean
  #keys: readonly Key[] = []
  #remote: RemoteKeys | undefined
  /** Tokens that these keys have verified. Withdrawing a key clears it. `undefined` if none are cached. */
  readonly verified: VerifiedCache | undefined

  /**
   * @param keys From the oldest to the newest.
   * @throws {ConfigurationError} `key_invalid` for two keys with one `kid` and algorithm, `option_invalid`
   */
  constructor(keys: readonly Key[] = [], options?: KeySetOptions) {
    const { cacheSize = 10_000, kidIsHint = false } = requireOptions(options, optionNames)
    if (!Number.isSafeInteger(cacheSize) || cacheSize < 0) {
      throw optionInvalid('cacheSize must be a whole number, 0 or more')
    }
    this.#kidIsHint = kidIsHint
    this.verified = cacheSize > 0 ? new VerifiedCache(cacheSize) : undefined
    this.replace(keys)
  }

  /**
   * The published keys of another issuer, from the URL of its JWK Set: fetched now, and kept up to date in the background.
   * They only verify. Guards wait for the first fetch; if it fails, tokens are rejected with `keys_unavailable`.
   * @throws {ConfigurationError} `option_invalid`
   * @example const keys = KeySet.remote('https://id.example/.well-known/jwks.json')
   */
  static remote(url: string | URL, options: RemoteKeysOptions & Pick<KeySetOptions, 'cacheSize'> = {}): KeySet {
    const set = new KeySet([], pick(requireOptions(options, remoteNames), ['cacheSize']))
    set.#remote = new RemoteKeys(url, options, (keys) => set.replace(keys))
    return set
  }

  /** Resolves when the keys are available: at once, unless they are remote. Rejects if they cannot be fetched. */
  async ready(): Promise<void> {
    await this.#remote?.ready()
  }

  /** Whether the keys are those of another issuer, which are fetched. */
  get isRemote(): boolean {
    return this.#remote !== undefined
  }

  /** Stops fetching remote keys. */
  close(): void {
    this.#remote?.close()
  }

  /** Adds a key: it verifies from now on and, if it can, signs. */
  add(key: Key): void {
    this.replace([...this.#keys, key])
  }

  /**
   * Removes a key: its tokens are rejected from now on, even those verified before.
   * @returns `false` if no key has this `kid`.
   */
  withdraw(kid: string): boolean {
    const { size } = this
    this.replace(this.#keys.filter((key) => key.kid !== kid))
    return this.size < size
  }

  /**
   * Replaces all keys at once, for rotation.
   * @param keys From the oldest to the newest.
   * @throws {ConfigurationError} `key_invalid`; the keys are then unchanged
   */
  replace(keys: readonly Key[]): void {
    const list = [keys].flat()
    if (!list.every((key) => key instanceof Key)) {
      throw new ConfigurationError('key_invalid', 'keys must be keys that importKey returned')
    }
    if (new Set(list.map(nameOf)).size < list.length) {
      throw new ConfigurationError('key_invalid', 'Each key of a KeySet must have its own kid')
    }
    // Compared by identity: a key is gone even if a different one now has its name.
    const isAnyGone = this.#keys.some((key) => !list.includes(key))
    this.#keys = list
    if (isAnyGone) this.verified?.clear()
  }

  /** Whether no key of this set can sign: keys of another issuer, or only public halves. */
  get onlyVerifies(): boolean {
    return this.#remote !== undefined || (this.#keys.length > 0 && !this.#keys.some(({ canSign }) => canSign))
  }

  /** The number of keys: 0 for remote ones that have not been fetched yet. */
  get size(): number {
    return this.#keys.length
  }

  [Symbol.iterator](): IterableIterator<Key> {
    return this.#keys[Symbol.iterator]()
  }

  /**
   * The newest key that can sign.
   * @throws {ConfigurationError} `key_missing`
   */
  get signing(): Key {
    const key = this.#keys.findLast(({ canSign }) => canSign)
    if (key === undefined) throw new ConfigurationError('key_missing', 'No key of this set can sign')
    return key
  }

  /**
   * The keys that may have signed a token with this header. The algorithm is that of the key, and the header's must
   * agree.
   * @param saysExpired Called if the token names an unknown key. If it returns `true`, the token is reported as
   *   expired.
   * @throws {TokenError} `token_algorithm_refused`, `token_key_unknown`, `token_expired`, `keys_unavailable`
   */
  candidates({ alg, kid }: TokenHeader, saysExpired?: () => boolean): readonly Key[] {
    if (this.#remote !== undefined) this.#checkRemote(this.#remote, { alg, kid }, saysExpired)
    const named = this.#keys.find((key) => key.kid === kid && isFor(key, alg) && key.canVerify)
    if (named !== undefined) return [named]
    if (!this.#kidIsHint && this.#isUnknown(kid) && isAlgorithmName(alg) && saysExpired?.()) throw expired()
    const fitting = this.#keys.filter((key) => isFor(key, alg) && key.canVerify)
    if (fitting.length === 0 && (this.#keys.length > 0 || !isAlgorithmName(alg))) throw algorithmRefused(alg)
    if (kid === undefined || this.#kidIsHint) return fitting
    if (!this.#isUnknown(kid)) throw algorithmRefused(alg)
    throw refusal('token_key_unknown')
  }

  /** Rejects HMAC algorithms, because published keys cannot be secrets, and tokens whose key has not been fetched. */
  #checkRemote(remote: RemoteKeys, { alg, kid }: TokenHeader, saysExpired?: () => boolean): void {
    if (!isPublic(alg)) throw algorithmRefused(alg)
    remote.check()
    if (!this.#isUnknown(kid)) return
    // No key would make an expired token valid, so none is fetched for it.
    throw saysExpired?.() ? expired() : remote.unknown(kid)
  }

  /** The refusal of a token that none of the candidates has signed. */
  mismatch({ kid }: TokenHeader): TokenError {
    return this.#remote?.mismatch(kid) ?? refusal('token_signature_invalid')
  }

  #isUnknown(kid: unknown): boolean {
    return kid !== undefined && this.#keys.every((key) => key.kid !== kid)
  }

  /** The public halves as a JWK Set (RFC 7517 §5). Secrets have none and are left out. */
  toJwks(): { readonly keys: readonly Jwk[] } {
    return {
      keys: this.#keys.filter(({ verifyingKey }) => verifyingKey?.type === 'public').map((key) => exportJwk(key)),
    }
  }
}

function isFor({ algorithm }: Key, alg: unknown): boolean {
  return canonical(algorithm) === canonical(alg)
}

function algorithmRefused(alg: unknown): TokenError {
  const message = alg === undefined ? 'Algorithm not specified' : 'The specified alg value is not allowed'
  return new TokenError('token_algorithm_refused', message)
}
