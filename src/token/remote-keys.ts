import { ConfigurationError, TokenError, type TokenErrorCode } from '../errors.ts'
import type { AlgorithmName } from './algorithms.ts'
import { FetchAllowance } from './fetch-allowance.ts'
import { checkAddress, fetchDocument } from './fetch-document.ts'
import type { Key } from './key.ts'
import { faultsOf, isPublic, noKeys, type PublishedKeys, readPublishedKeys } from './published-keys.ts'

/** How the keys of another issuer are fetched and kept. */
export interface RemoteKeysOptions {
  /** Of keys that do not say it themselves, as some issuers' RSA keys do not. */
  readonly algorithm?: AlgorithmName
  /** A fetch that takes longer has failed. 5 by default. */
  readonly timeoutSeconds?: number
  /**
   * Tokens whose key is missing cause one fetch in this many seconds, and at most three ahead of that. 30 by default. A
   * fetch that brings other keys is not counted.
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

const longestRetrySeconds = 60
/** Fetches are made after this share of their time, or a little more: not everybody comes at once. */
const leastJitter = 0.9
/** While fetches fail, tokens whose key is missing cause one in this many seconds. */
const troubleSeconds = 1

/**
 * The published keys of an issuer (RFC 7517 section 5), kept up to date in the background. No request waits for them, but
 * those that come before the first, and those whose key is missing.
 */
export class RemoteKeys {
  readonly #url: string
  readonly #options: RemoteKeysOptions & { readonly timeoutSeconds: number; readonly maxStaleSeconds: number }
  readonly #use: (keys: readonly Key[]) => void
  readonly #allowances: Readonly<Record<'kid' | 'signature', FetchAllowance>>
  #published = noKeys
  #etag: string | undefined
  #loadedAt = Number.NEGATIVE_INFINITY
  #askedAt = Number.NEGATIVE_INFINITY
  #failures = 0
  /** Why the last fetch failed. */
  #fault: unknown
  #reported: string | undefined
  #flight: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  readonly #closing = new AbortController()

  /**
   * @param use Given the keys, from the oldest to the newest, whenever they changed.
   * @throws {ConfigurationError} `option_invalid`
   */
  constructor(url: string | URL, options: RemoteKeysOptions, use: (keys: readonly Key[]) => void) {
    const { timeoutSeconds = 5, cooldownSeconds = 30, maxStaleSeconds = 86_400, allowHttp = false } = options
    for (const [name, value] of Object.entries({ timeoutSeconds, cooldownSeconds, maxStaleSeconds })) {
      if (!(Number.isFinite(value) && value > 0)) throw invalid(`${name} must be a number of seconds, more than 0`)
    }
    if (options.algorithm !== undefined && !isPublic(options.algorithm)) {
      throw invalid('algorithm must be one whose keys have a public half')
    }
    if (options.onFault !== undefined && typeof options.onFault !== 'function') {
      throw invalid('onFault must be a function')
    }
    this.#url = checkAddress(url, allowHttp)
    this.#options = { ...options, timeoutSeconds, maxStaleSeconds }
    this.#allowances = { kid: new FetchAllowance(cooldownSeconds), signature: new FetchAllowance(cooldownSeconds) }
    this.#use = use
    this.update()
  }

  /** Resolves when there are keys; fails where they cannot be fetched. */
  async ready(): Promise<void> {
    if (this.#isStale) await this.#refresh()
  }

  /** @throws {TokenError} `keys_unavailable` where there are none, or none of late */
  check(): void {
    if (this.#isStale) throw this.#unavailable(() => !this.#isStale)
  }

  /**
   * The refusal of a token that names a key which is not here. Whether there is one cannot be known while fetches fail:
   * then the client is told to try again, not to log in.
   */
  unknown(kid: unknown): TokenError {
    const isHere = () => [...this.#published.keys.values()].some((key) => key.kid === kid)
    if (this.#failures > 0) return this.#unavailable(isHere)
    const cause = this.#published.faults.get(String(kid))
    const message = 'No key has the kid that the token names'
    return this.#refusal('token_key_unknown', message, cause, () => this.#again('kid', `${kid}`, isHere))
  }

  /** The refusal of a token that no key here has signed: an issuer may have put another in its place, under one name. */
  mismatch(kid: unknown): TokenError {
    const again = () => this.#again('signature', `${kid}`, () => false)
    return this.#refusal('token_signature_invalid', 'Signature verification failed', undefined, again)
  }

  /** Fetches in the background. */
  update(): void {
    this.#refresh().catch(ignore)
  }

  close(): void {
    this.#closing.abort()
    clearTimeout(this.#timer)
  }

  #unavailable(isHere: () => boolean): TokenError {
    const message = 'The keys of the issuer could not be fetched'
    return this.#refusal('keys_unavailable', message, this.#fault, () => this.#again('kid', '', isHere))
  }

  /** With the fetch that may bring the key: a guard waits for it, and whoever cannot wait finds it later. */
  #refusal(code: TokenErrorCode, message: string, cause: unknown, again: () => Promise<void> | undefined): TokenError {
    const refusal = new TokenError(code, message, cause === undefined ? {} : { cause })
    const fetched = this.#closing.signal.aborted ? undefined : again()
    if (fetched !== undefined) {
      fetched.catch(ignore)
      fetches.set(refusal, fetched)
    }
    return refusal
  }

  /** A fetch that began after this was called; `undefined` where none is due. One under way may be too old to bring the key. */
  #again(reason: 'kid' | 'signature', name: string, isHere: () => boolean): Promise<void> | undefined {
    if (this.#flight === undefined) return this.#fetchOnceMore(reason, name)
    return this.#flight.catch(ignore).then(() => (isHere() ? undefined : this.#fetchOnceMore(reason, name)))
  }

  #fetchOnceMore(reason: 'kid' | 'signature', name: string): Promise<void> | undefined {
    if (this.#failures > 0 || this.#isStale) {
      const isTooSoon = this.#failures > 0 && now() - this.#askedAt < troubleSeconds
      return this.#flight ?? (isTooSoon ? undefined : this.#refresh())
    }
    const isAllowed = this.#allowances[reason].take(name, this.#flight !== undefined)
    return isAllowed ? this.#refresh() : undefined
  }

  get #isStale(): boolean {
    return now() - this.#loadedAt > this.#options.maxStaleSeconds
  }

  /** One at a time, however many ask for it. */
  #refresh(): Promise<void> {
    this.#flight ??= this.#fetch()
      .then(
        () => this.#report(this.#published.faults.size === 0 ? undefined : new Error(faultsOf(this.#published))),
        (error) => {
          this.#report(error)
          throw error
        },
      )
      .finally(() => {
        this.#flight = undefined
      })
    return this.#flight
  }

  async #fetch(): Promise<void> {
    this.#askedAt = now()
    clearTimeout(this.#timer)
    let seconds = longestRetrySeconds
    try {
      const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(this.#options.timeoutSeconds * 1000)])
      const { body, etag, lifetimeSeconds } = await fetchDocument(this.#url, this.#etag, signal)
      if (body !== undefined) this.#take(readPublishedKeys(body, this.#published, this.#options.algorithm))
      this.#etag = etag
      seconds = Math.min(lifetimeSeconds, this.#options.maxStaleSeconds)
      this.#loadedAt = this.#askedAt
      this.#failures = 0
      this.#fault = undefined
    } catch (error) {
      const left = this.#loadedAt + this.#options.maxStaleSeconds - now()
      // The first retry after the keys have become too old is what forgets them.
      const untilStale = left > 0 ? left / leastJitter + 0.01 : longestRetrySeconds
      seconds = Math.min(2 ** this.#failures++, longestRetrySeconds, untilStale)
      this.#fault = error
      // Tokens that were seen before go with them.
      if (this.#isStale) this.#forget()
      throw error
    } finally {
      if (!this.#closing.signal.aborted) this.#timer = schedule(new WeakRef(this), seconds)
    }
  }

  #take(published: PublishedKeys): void {
    const { keys } = this.#published
    const isOther = published.keys.size !== keys.size || [...published.keys.keys()].some((text) => !keys.has(text))
    this.#published = published
    if (!isOther) return
    for (const allowance of Object.values(this.#allowances)) allowance.restore()
    this.#use([...published.keys.values()])
  }

  #forget(): void {
    this.#published = noKeys
    this.#etag = undefined
    this.#loadedAt = Number.NEGATIVE_INFINITY
    this.#use([])
  }

  #report(fault: unknown): void {
    const reason = fault === undefined ? undefined : String(fault)
    const isNews = reason !== this.#reported
    this.#reported = reason
    if (isNews && reason !== undefined && !this.#closing.signal.aborted) this.#options.onFault?.(fault)
  }
}

/** By the refusals that they may put right. */
const fetches = new WeakMap<object, Promise<void>>()

/** Where a token was refused because a remote key is missing: the fetch after which it is worth trying once more. */
export function fetchAfter(refusal: unknown): Promise<void> | undefined {
  return typeof refusal === 'object' && refusal !== null ? fetches.get(refusal) : undefined
}

function ignore(): void {}

function now(): number {
  return performance.now() / 1000
}

/**
 * The timer does not keep the keys in memory: a set that was dropped without being closed is collected, and the fetching
 * ends with it.
 */
function schedule(keys: WeakRef<RemoteKeys>, seconds: number): NodeJS.Timeout {
  const jitter = leastJitter + Math.random() * (1 - leastJitter)
  const timer = setTimeout(() => keys.deref()?.update(), seconds * jitter * 1000)
  timer.unref()
  return timer
}

function invalid(message: string): ConfigurationError {
  return new ConfigurationError('option_invalid', message)
}
