import type { Key } from '../keys/key.ts'
import { FetchAllowance } from './fetch-allowance.ts'
import { fetchDocument } from './fetch-document.ts'
import { faultsOf, type KeyReader, noKeys, type PublishedKeys, readPublishedKeys } from './published-keys.ts'
import type { RemoteKeysSettings } from './remote-keys-options.ts'

const longestRetrySeconds = 60
/** Each fetch waits for a random share of its interval, at least this one, so that not all clients fetch at once. */
const leastJitter = 0.9
/** While fetches fail, tokens with an unknown key trigger at most one in this many seconds. */
const troubleSeconds = 1
const maxKnown = 1000
const never = { steady: Number.NEGATIVE_INFINITY, wall: Number.NEGATIVE_INFINITY }

/** What is known about a missing key. */
export interface Missing {
  /** Whether the last fetch failed, so that the issuer may have the key or not. */
  readonly isUncertain: boolean
  /** Why the key cannot be used or fetched. */
  readonly cause: unknown
  /** The fetch that may bring the key. */
  readonly fetched: Promise<void> | undefined
}

/**
 * The published keys of an issuer (RFC 7517 section 5), kept up to date in the background. The only requests that wait
 * for a fetch are those that arrive before the first one has ended, and those with an unknown key.
 */
export class KeyFetcher {
  readonly #settings: RemoteKeysSettings
  readonly #reader: KeyReader
  readonly #use: (keys: readonly Key[]) => void
  readonly #allowances: Readonly<Record<'kid' | 'signature', FetchAllowance>>
  #published = noKeys
  /** Name and material of the keys that were published so far. */
  readonly #known = new Set<string>()
  #etag: string | undefined
  /** When the last successful fetch began, on two clocks: one may be set, and the other may stop while the machine sleeps. */
  #loadedAt = never
  #askedAt = Number.NEGATIVE_INFINITY
  #failures = 0
  /** Why the last fetch failed. */
  #fault: unknown
  #reported: string | undefined
  #flight: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  readonly #closing = new AbortController()

  /** @param use Called with the keys, from the oldest to the newest, whenever they have changed. */
  constructor(settings: RemoteKeysSettings, reader: KeyReader, use: (keys: readonly Key[]) => void) {
    this.#settings = settings
    this.#reader = reader
    const { cooldownSeconds } = settings
    this.#allowances = { kid: new FetchAllowance(cooldownSeconds), signature: new FetchAllowance(cooldownSeconds) }
    this.#use = use
    this.update()
  }

  /** Resolves when the keys are available; rejects if they cannot be fetched. */
  async ready(): Promise<void> {
    if (this.#isStale) await this.#refresh()
  }

  /** Whether there are keys that are not too old. */
  get hasKeys(): boolean {
    return !this.#isStale
  }

  /** Seeks keys when there are none, or only outdated ones. */
  seekAny(): Missing {
    return this.#missing(() => this.#again('kid', '', () => !this.#isStale))
  }

  /** Seeks the unknown key that a token names. */
  seek(kid: unknown): Missing {
    const isHere = () => [...this.#published.keys.values()].some((key) => key.kid === kid)
    const missing = this.#missing(() => this.#again('kid', `${kid}`, isHere))
    return missing.isUncertain ? missing : { ...missing, cause: this.#published.faults.get(`${kid}`) }
  }

  /**
   * Seeks the key of a token whose signature does not match the known one: the issuer may have replaced that key by
   * another with the same name.
   */
  seekSigner(kid: unknown): Missing {
    return this.#missing(() => this.#again('signature', `${kid}`, () => false))
  }

  /** Fetches the keys in the background. */
  update(): void {
    this.#refresh().catch(ignore)
  }

  close(): void {
    this.#closing.abort()
    clearTimeout(this.#timer)
  }

  #missing(again: () => Promise<void> | undefined): Missing {
    const fetched = this.#closing.signal.aborted ? undefined : again()
    return { isUncertain: this.#failures > 0, cause: this.#fault, fetched }
  }

  /**
   * A fetch that begins after this call; `undefined` if none is allowed. One under way may have begun too early to
   * bring the key.
   */
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
    return this.#ageSeconds > this.#settings.maxStaleSeconds
  }

  get #ageSeconds(): number {
    const { steady, wall } = this.#loadedAt
    return Math.max(now() - steady, Date.now() / 1000 - wall)
  }

  /** Fetches the keys; concurrent callers share one fetch. */
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
    const began = { steady: this.#askedAt, wall: Date.now() / 1000 }
    clearTimeout(this.#timer)
    let seconds = longestRetrySeconds
    try {
      const { address, timeoutSeconds } = this.#settings
      const limits = { seconds: timeoutSeconds, signal: this.#closing.signal }
      const { body, etag, lifetimeSeconds } = await fetchDocument(address, this.#etag, limits)
      if (body !== undefined)
        this.#take(readPublishedKeys(body, this.#published, this.#settings.algorithm, this.#reader))
      this.#etag = etag
      seconds = Math.min(lifetimeSeconds, this.#settings.maxStaleSeconds)
      this.#loadedAt = began
      this.#failures = 0
      this.#fault = undefined
    } catch (error) {
      const left = this.#settings.maxStaleSeconds - this.#ageSeconds
      // The first failed retry after the keys have become too old drops them.
      const untilStale = left > 0 ? left / leastJitter + 0.01 : longestRetrySeconds
      seconds = Math.min(2 ** this.#failures++, longestRetrySeconds, untilStale)
      this.#fault = error
      // This also clears the cache of verified tokens.
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
    const arrived = [...published.keys.values()].filter((key) => this.#isNew(key)).map(({ kid }) => kid)
    for (const allowance of Object.values(this.#allowances)) allowance.restore(arrived)
    if (isOther) this.#use([...published.keys.values()])
  }

  /** Whether a key is published for the first time under its name. Other members of its JWK do not make it new. */
  #isNew(key: Key): boolean {
    // The material counts too: two nodes of an issuer may publish different keys under one name.
    const material = key.verifyingKey?.export({ format: 'der', type: 'spki' }).toString('base64')
    const name = `${this.#reader.nameOf(key)} ${material}`
    if (this.#known.has(name)) return false
    if (this.#known.size >= maxKnown) this.#known.clear()
    this.#known.add(name)
    return true
  }

  #forget(): void {
    this.#published = noKeys
    this.#etag = undefined
    this.#loadedAt = never
    this.#use([])
  }

  #report(fault: unknown): void {
    // The reason for a failed fetch is in its cause.
    const reason = fault === undefined ? undefined : `${fault} ${fault instanceof Error ? fault.cause : ''}`
    const isNews = reason !== this.#reported
    this.#reported = reason
    if (isNews && reason !== undefined && !this.#closing.signal.aborted) void this.#tell(fault)
  }

  /** Calls `onFault`. An error that it throws, now or later, must stop neither the fetching nor the process. */
  async #tell(fault: unknown): Promise<void> {
    try {
      await this.#settings.onFault?.(fault)
    } catch (error) {
      process.emitWarning(
        error instanceof Error || typeof error === 'string' ? error : new Error('onFault failed', { cause: error }),
      )
    }
  }
}

function ignore(): void {}

function now(): number {
  return performance.now() / 1000
}

/**
 * The timer does not keep the keys in memory: a set that is dropped without being closed is garbage-collected, and the
 * fetching ends.
 */
function schedule(keys: WeakRef<KeyFetcher>, seconds: number): NodeJS.Timeout {
  const jitter = leastJitter + Math.random() * (1 - leastJitter)
  const timer = setTimeout(() => keys.deref()?.update(), seconds * jitter * 1000)
  timer.unref()
  return timer
}
