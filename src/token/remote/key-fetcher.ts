import type { Key } from '../keys/key.ts'
import { FetchAllowance } from './fetch-allowance.ts'
import { fetchDocument } from './fetch-document.ts'
import { faultsOf, type KeyReader, noKeys, type PublishedKeys, readPublishedKeys } from './published-keys.ts'
import type { RemoteKeysSettings } from './remote-keys-options.ts'

const longestRetrySeconds = 60
/** Fetches are made after this share of their time, or a little more: not everybody comes at once. */
const leastJitter = 0.9
/** While fetches fail, tokens whose key is missing cause one in this many seconds. */
const troubleSeconds = 1
const maxKnown = 1000

/** What is known of a key that is not here. */
export interface Missing {
  /** The last fetch failed: whether the issuer has the key is not known. */
  readonly isUncertain: boolean
  /** Why it cannot be used or fetched. */
  readonly cause: unknown
  /** What may bring it. */
  readonly fetched: Promise<void> | undefined
}

/**
 * The published keys of an issuer (RFC 7517 section 5), kept up to date in the background. No request waits for them, but
 * those that come before the first, and those whose key is missing.
 */
export class KeyFetcher {
  readonly #settings: RemoteKeysSettings
  readonly #reader: KeyReader
  readonly #use: (keys: readonly Key[]) => void
  readonly #allowances: Readonly<Record<'kid' | 'signature', FetchAllowance>>
  #published = noKeys
  /** The keys that were ever published, by their names. */
  readonly #known = new Set<string>()
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

  /** @param use Given the keys, from the oldest to the newest, whenever they changed. */
  constructor(settings: RemoteKeysSettings, reader: KeyReader, use: (keys: readonly Key[]) => void) {
    this.#settings = settings
    this.#reader = reader
    const { cooldownSeconds } = settings
    this.#allowances = { kid: new FetchAllowance(cooldownSeconds), signature: new FetchAllowance(cooldownSeconds) }
    this.#use = use
    this.update()
  }

  /** Resolves when there are keys; fails where they cannot be fetched. */
  async ready(): Promise<void> {
    if (this.#isStale) await this.#refresh()
  }

  /** Whether there are keys, and of late. */
  get hasKeys(): boolean {
    return !this.#isStale
  }

  /** Looks for the keys of a token for which there are none. */
  seekAny(): Missing {
    return this.#missing(() => this.#again('kid', '', () => !this.#isStale))
  }

  /** Looks for a key that a token names and that is not here. */
  seek(kid: unknown): Missing {
    const isHere = () => [...this.#published.keys.values()].some((key) => key.kid === kid)
    const missing = this.#missing(() => this.#again('kid', `${kid}`, isHere))
    return missing.isUncertain ? missing : { ...missing, cause: this.#published.faults.get(`${kid}`) }
  }

  /** Looks for the key of a token that none here has signed: an issuer may have put another in its place, under one name. */
  seekSigner(kid: unknown): Missing {
    return this.#missing(() => this.#again('signature', `${kid}`, () => false))
  }

  /** Fetches in the background. */
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
    return now() - this.#loadedAt > this.#settings.maxStaleSeconds
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
      const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(this.#settings.timeoutSeconds * 1000)])
      const { body, etag, lifetimeSeconds } = await fetchDocument(this.#settings.address, this.#etag, signal)
      if (body !== undefined)
        this.#take(readPublishedKeys(body, this.#published, this.#settings.algorithm, this.#reader))
      this.#etag = etag
      seconds = Math.min(lifetimeSeconds, this.#settings.maxStaleSeconds)
      this.#loadedAt = this.#askedAt
      this.#failures = 0
      this.#fault = undefined
    } catch (error) {
      const left = this.#loadedAt + this.#settings.maxStaleSeconds - now()
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
    const arrived = [...published.keys.values()].filter((key) => this.#isNew(key)).map(({ kid }) => kid)
    for (const allowance of Object.values(this.#allowances)) allowance.restore(arrived)
    if (isOther) this.#use([...published.keys.values()])
  }

  /** Whether a key was never published so far, under its name. That its JWK has other members is nothing new. */
  #isNew(key: Key): boolean {
    // By the key itself too: two nodes of an issuer may publish different ones under one name.
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
    this.#loadedAt = Number.NEGATIVE_INFINITY
    this.#use([])
  }

  #report(fault: unknown): void {
    // What a fetch failed of stands in its cause.
    const reason = fault === undefined ? undefined : `${fault} ${fault instanceof Error ? fault.cause : ''}`
    const isNews = reason !== this.#reported
    this.#reported = reason
    if (isNews && reason !== undefined && !this.#closing.signal.aborted) void this.#tell(fault)
  }

  /** What the function throws, now or later, must not stop the fetching, nor the process. */
  async #tell(fault: unknown): Promise<void> {
    try {
      await this.#settings.onFault?.(fault)
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : String(error))
    }
  }
}

function ignore(): void {}

function now(): number {
  return performance.now() / 1000
}

/**
 * The timer does not keep the keys in memory: a set that was dropped without being closed is collected, and the fetching
 * ends with it.
 */
function schedule(keys: WeakRef<KeyFetcher>, seconds: number): NodeJS.Timeout {
  const jitter = leastJitter + Math.random() * (1 - leastJitter)
  const timer = setTimeout(() => keys.deref()?.update(), seconds * jitter * 1000)
  timer.unref()
  return timer
}
