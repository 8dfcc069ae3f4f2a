import { defaultMaxAgeSeconds } from './remote-options.ts'
import type { JournalPage } from './revocation.ts'
import type { RevocationSet } from './revocation-set.ts'

/** Where a feed reads the revocations of other processes. */
export interface RevocationSource {
  /**
   * The revocations since the last successful call; at first, all that still matter. In pages: `isComplete` says
   * whether this was the last.
   * @param waitSeconds How long to wait for something where there is nothing. A source may answer at once.
   */
  read(waitSeconds: number): Promise<JournalPage>
  /** The next read begins with everything. */
  rewind(): void
  /** Has a function called whenever there may be something to read. */
  listen(onChange: () => void): void
  close(): void | Promise<void>
}

/** How a feed is kept. */
export interface FeedOptions {
  /** Older than this, and what is in memory is not relied on. 5 by default. */
  readonly maxAgeSeconds?: number
  /** Reads so often even where nothing seems to have changed. 1 by default. */
  readonly intervalSeconds?: number
  /** Told of every read that failed after one that did not. */
  readonly onFault?: (error: unknown) => void
  /** Called after each read that succeeded. */
  readonly onRead?: () => void
}

/** Clocks that are adjusted little by little differ by less between two reads. */
const stepMilliseconds = 1000

/** A little more than the first, because a fault is often over at once. */
const retrySeconds = [0.05, 0.1, 0.2, 0.4]

/**
 * Keeps a set of revocations up to date: reads those of other processes as soon as it is notified, and once a
 * second in any case. Its age is the time since it last knew all there was; nothing that is older than its bound is
 * relied on.
 */
export class RevocationFeed {
  readonly #set: RevocationSet
  readonly #source: RevocationSource
  readonly #options: Required<FeedOptions>
  /** When the last complete read began, on two clocks: one may be set, the other may stand still with the machine. */
  #confirmed = { steady: Number.NEGATIVE_INFINITY, wall: Number.NEGATIVE_INFINITY }
  #judgedAt = Number.NaN
  #judgedFresh = false
  #wallOffset = Date.now() - performance.now()
  #flight: Promise<void> | undefined
  #isClosed = false
  /** Something may have changed since the last read began. */
  #isDue = false
  #wake: () => void = ignore

  constructor(set: RevocationSet, source: RevocationSource, options: FeedOptions = {}) {
    this.#set = set
    this.#source = source
    const { maxAgeSeconds = defaultMaxAgeSeconds, intervalSeconds = 1, onFault = ignore, onRead = ignore } = options
    this.#options = { maxAgeSeconds, intervalSeconds, onFault, onRead }
  }

  /** Loads all there is, then goes on by itself. Fails where the source cannot be asked. */
  async start(): Promise<void> {
    await this.#read(0)
    void this.#follow()
  }

  /** Goes on by itself from the beginning; until the first read has succeeded it is as old as can be. */
  startLater(): void {
    void this.#follow()
  }

  get ageSeconds(): number {
    const { steady, wall } = this.#confirmed
    return Math.max(performance.now() - steady, Date.now() - wall) / 1000
  }

  /** Every request asks: both clocks are compared once in a millisecond of the steady one, which nobody can stop. */
  get isFresh(): boolean {
    const now = Math.trunc(performance.now())
    if (now !== this.#judgedAt) {
      this.#judgedAt = now
      this.#judgedFresh = this.ageSeconds <= this.#options.maxAgeSeconds
    }
    return this.#judgedFresh
  }

  /**
   * Makes sure that what is in memory can be relied on, by asking. Any number of requests that wait share a read.
   *
   * A read that was under way when this was called says nothing about now: it may have begun too long ago, and where it
   * fails, the source may answer again. The first that begins later may find a connection that broke meanwhile; the
   * second opens another.
   */
  async confirm(): Promise<void> {
    if (!this.isFresh) await this.#flight?.catch(ignore)
    if (!this.isFresh) await this.#read(0).catch(ignore)
    if (!this.isFresh) await this.#read(0)
    if (!this.isFresh) throw new Error('The revocations in memory are too old')
  }

  /** Reads again, for a caller that relies on no copy. */
  ask(): Promise<void> {
    return this.#readAll(0)
  }

  /** Ends the reading. Resolves when nothing of it is left. */
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
      // A source that cannot be reached may call with each attempt: the next one waits all the same.
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

  /** What the function throws, now or later, must not stop the reading, nor the process. */
  async #tell(fault: unknown): Promise<void> {
    try {
      await this.#options.onFault(fault)
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : String(error))
    }
  }

  /** One at a time, however many ask for it. */
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
      this.#set.add(revocations, now)
      if (!isComplete) continue
      this.#set.lives = lives
      this.#confirmed = began
      this.#judgedAt = Number.NaN
      this.#options.onRead()
      return
    }
  }

  /** A clock that was set, or a machine that slept: what happened meanwhile, here or at the source, is not relied on. */
  #noticeStep({ steady, wall }: { readonly steady: number; readonly wall: number }): void {
    const since = wall - steady
    if (Math.abs(since - this.#wallOffset) > stepMilliseconds) this.#source.rewind()
    this.#wallOffset = since
  }

  /** Ends sooner where something is due. */
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
