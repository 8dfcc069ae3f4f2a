import { defaultMaxAgeSeconds } from './remote-options.ts'
import type { JournalEntry, JournalPage } from './revocation.ts'
import type { RevocationSet } from './revocation-set.ts'

/** Where a feed reads the revocations of other processes. */
export interface RevocationSource {
  /**
   * Reads the revocations since the last successful call, or at first all that still matter. They come in pages;
   * `isComplete` marks the last one.
   * @param waitSeconds How long to wait if there is nothing new. A source may also answer at once.
   */
  read(waitSeconds: number): Promise<JournalPage>
  /** Makes the next read start from the beginning, also if one is in progress. */
  rewind(): void
  /** Registers a function to call whenever there may be something to read. */
  listen(onChange: () => void): void
  close(): void | Promise<void>
}

/** How a feed is run. */
export interface FeedOptions {
  /** Maximum age of the in-memory revocation list. 5 by default. */
  readonly maxAgeSeconds?: number
  /** How often it reads even if nothing seems to have changed. 1 by default. */
  readonly intervalSeconds?: number
  /** Called when a read fails after one that succeeded. */
  readonly onFault?: (error: unknown) => void
  /** Called after each successful read. */
  readonly onRead?: () => void
}

/** Two clocks that are adjusted gradually differ by less than this between two reads. */
const stepMilliseconds = 1000
/** Far more than an answer takes, and far less than the margin by which entries are kept. */
const jumpMilliseconds = 60_000

/** Starts short, because a fault is often over at once. */
const retrySeconds = [0.05, 0.1, 0.2, 0.4]

/**
 * Keeps a set of revocations up to date. It reads those of other processes as soon as it is notified, and at least once
 * a second. Its age is the time since it was last known to be complete, and a set older than the maximum decides
 * nothing.
 */
export class RevocationFeed {
  readonly #set: RevocationSet
  readonly #source: RevocationSource
  readonly #options: Required<FeedOptions>
  /**
   * When the last complete read began, on two clocks: one may be set, and the other may stop while the machine sleeps.
   */
  #confirmed = { steady: Number.NEGATIVE_INFINITY, wall: Number.NEGATIVE_INFINITY }
  #judgedAt = Number.NaN
  #judgedFresh = false
  #wallOffset = Date.now() - performance.now()
  /** The difference between the source's clock and the monotonic one. */
  #sourceOffset: number | undefined
  #flight: Promise<void> | undefined
  #isClosed = false
  /** Whether something may have changed since the last read began. */
  #isDue = false
  #wake: () => void = ignore

  constructor(set: RevocationSet, source: RevocationSource, options: FeedOptions = {}) {
    this.#set = set
    this.#source = source
    const { maxAgeSeconds = defaultMaxAgeSeconds, intervalSeconds = 1, onFault = ignore, onRead = ignore } = options
    this.#options = { maxAgeSeconds, intervalSeconds, onFault, onRead }
  }

  /** Loads all entries, then keeps reading in the background. Fails if the source cannot be reached. */
  async start(): Promise<void> {
    await this.#read(0)
    void this.#follow()
  }

  /** Reads in the background from the start. Until the first read succeeds, the list counts as too old. */
  startLater(): void {
    void this.#follow()
  }

  get ageSeconds(): number {
    const { steady, wall } = this.#confirmed
    return Math.max(performance.now() - steady, Date.now() - wall) / 1000
  }

  /**
   * Whether the list is recent enough to decide. Called for every request, so the age is computed at most once per
   * millisecond of the monotonic clock, which cannot be set.
   */
  get isFresh(): boolean {
    const now = Math.trunc(performance.now())
    if (now !== this.#judgedAt) {
      this.#judgedAt = now
      this.#judgedFresh = this.ageSeconds <= this.#options.maxAgeSeconds
    }
    return this.#judgedFresh
  }

  /**
   * Reads again before a decision, so that the list can be relied on. Waiting requests share one read.
   *
   * A read that was in progress when this was called does not count: it may have begun too long ago, and if it fails,
   * the source may already be back. The first read that begins afterwards may find a connection that broke meanwhile;
   * the second opens a new one.
   */
  async confirm(): Promise<void> {
    if (!this.isFresh) await this.#flight?.catch(ignore)
    if (!this.isFresh) await this.#read(0).catch(ignore)
    if (!this.isFresh) await this.#read(0)
    if (!this.isFresh) throw new Error('The revocations in memory are too old')
  }

  /** Reads again, for a caller that does not rely on the cached list. */
  ask(): Promise<void> {
    return this.#readAll(0)
  }

  /** Stops reading. Resolves when no read is in progress. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#wake()
    await this.#source.close()
    await this.#flight?.catch(ignore)
  }

  async #follow(): Promise<void> {
    let failures = 0
    this.#source.listen(() => {
      this.#isDue = true
      // An unreachable source may call with each attempt. The next attempt must wait all the same.
      if (failures === 0) this.#wake()
    })
    while (!this.#isClosed) {
      if (failures > 0) await this.#pause(retrySeconds[Math.min(failures, retrySeconds.length) - 1] as number)
      else if (!this.#isDue) await this.#pause(this.#options.intervalSeconds)
      if (this.#isClosed) return
      this.#isDue = false
      try {
        await this.#read(this.isFresh ? this.#options.maxAgeSeconds / 2.5 : 0)
        failures = 0
      } catch (error) {
        if (!this.#isClosed && failures++ === 0) void this.#tell(error)
      }
      this.#set.sweep()
    }
  }

  /** If the callback throws, now or later, that must stop neither the reading nor the process. */
  async #tell(fault: unknown): Promise<void> {
    try {
      await this.#options.onFault(fault)
    } catch (error) {
      process.emitWarning(
        error instanceof Error || typeof error === 'string' ? error : new Error('onFault failed', { cause: error }),
      )
    }
  }

  /** Runs one read at a time, however many callers ask for it. */
  #read(waitSeconds: number): Promise<void> {
    this.#flight ??= this.#readAll(waitSeconds).finally(() => {
      this.#flight = undefined
    })
    return this.#flight
  }

  async #readAll(waitSeconds: number): Promise<void> {
    for (;;) {
      const began = { steady: performance.now(), wall: Date.now() }
      this.#noticeStep(began)
      const { revocations, now, lives, isComplete } = await this.#source.read(waitSeconds)
      this.#apply(revocations, now)
      this.#noticeJump(now)
      if (!isComplete) continue
      this.#set.lives = lives
      // A strict route reads beside the background, and an earlier read may end after it.
      if (began.steady > this.#confirmed.steady) this.#confirmed = began
      this.#judgedAt = Number.NaN
      this.#options.onRead()
      return
    }
  }

  /** The source does not repeat what it has returned, so if an entry cannot be applied, it has to start over. */
  #apply(revocations: readonly JournalEntry[], now: Date): void {
    try {
      this.#set.add(revocations, now)
    } catch (error) {
      this.#source.rewind()
      throw error
    }
  }

  /** A clock was set, or the machine slept. Whatever was known before then may be out of date. */
  #noticeStep({ steady, wall }: { readonly steady: number; readonly wall: number }): void {
    const since = wall - steady
    if (Math.abs(since - this.#wallOffset) > stepMilliseconds) this.#source.rewind()
    this.#wallOffset = since
  }

  /**
   * The source's clock was set. Entries that were read while it was ahead may have been forgotten too early.
   */
  #noticeJump(now: Date): void {
    const offset = now.getTime() - performance.now()
    const before = this.#sourceOffset ?? offset
    if (Math.abs(offset - before) > jumpMilliseconds) this.#source.rewind()
    this.#sourceOffset = offset
  }

  /** Ends early when a read is due. */
  async #pause(seconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, seconds * 1000)
    timer.unref()
    this.#wake = resolve
    await promise
    clearTimeout(timer)
    this.#wake = ignore
  }
}

function ignore(): void {}
