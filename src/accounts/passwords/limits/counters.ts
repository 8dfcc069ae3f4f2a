import { createHash } from 'node:crypto'
import type { RateLimiterRes } from 'rate-limiter-flexible'
// The package's index loads a store for every database that it supports: 8 MB of memory.
import RateLimiterPostgres from 'rate-limiter-flexible/lib/RateLimiterPostgres.js'
import RateLimiterRedis from 'rate-limiter-flexible/lib/RateLimiterRedis.js'
import { RequestError } from '../../../errors.ts'
import type { Database } from '../../../store/engine/database.ts'
import type { SharedCounters } from '../../../store/valkey.ts'

/** A counter of the package. */
export type Counter = Pick<RateLimiterPostgres, 'consume' | 'penalty' | 'reward' | 'get' | 'delete'>

/** What is counted, the limit, and the period in seconds, which begins with the first. */
export interface CounterOptions {
  readonly name: string
  readonly points: number
  readonly seconds: number
}

/** Makes counters that all processes share: in Valkey while it answers, otherwise in the database. */
export type MakeCounter = (options: CounterOptions) => Counter

export function counterMaker(query: Database['query'], valkey: SharedCounters | undefined): MakeCounter {
  return function makeCounter({ name, points, seconds }) {
    // Its queries work on SQLite too.
    const inDatabase = new RateLimiterPostgres({
      storeClient: {
        query: ({ text, values }: { text: string; values: unknown[] }) => query(text, values, { expendable: true }),
      },
      storeType: 'client',
      tableName: 'hallpass_counters',
      tableCreated: true,
      clearExpiredByTimeout: false,
      keyPrefix: name,
      points,
      duration: seconds,
    })
    if (valkey === undefined) return inDatabase
    const inValkey = new RateLimiterRedis({
      storeClient: valkey.client,
      rejectIfRedisNotReady: true,
      customIncrTtlLuaScript: countScript,
      keyPrefix: `hallpass:${valkey.deployment}:${name}`,
      points,
      duration: seconds,
    })
    return new InsuredCounter(valkey, inValkey, inDatabase)
  }
}

/** That of the package, except that it leaves nothing behind that is 0. */
const countScript = `
  redis.call('set', KEYS[1], 0, 'EX', ARGV[2], 'NX')
  local count = redis.call('incrby', KEYS[1], ARGV[1])
  local milliseconds = redis.call('pttl', KEYS[1])
  if milliseconds == -1 then
    redis.call('expire', KEYS[1], ARGV[2])
    milliseconds = 1000 * ARGV[2]
  end
  if count == 0 then redis.call('del', KEYS[1]) end
  return {count, milliseconds}`

/** Valkey did not delete a counter, so its value returns with it. */
export class StillCountedError extends Error {}

/** Counts in the database whatever Valkey cannot count. */
class InsuredCounter implements Counter {
  readonly #valkey: SharedCounters
  readonly #inValkey: Counter
  readonly #inDatabase: Counter

  constructor(valkey: SharedCounters, inValkey: Counter, inDatabase: Counter) {
    this.#valkey = valkey
    this.#inValkey = inValkey
    this.#inDatabase = inDatabase
  }

  consume(key: string): Promise<RateLimiterRes> {
    return this.#inEither((counter) => counter.consume(key))
  }

  penalty(key: string, points?: number): Promise<RateLimiterRes> {
    return this.#inEither((counter) => counter.penalty(key, points))
  }

  reward(key: string, points?: number): Promise<RateLimiterRes> {
    return this.#inEither((counter) => counter.reward(key, points))
  }

  /**
   * Reads with the script that counts. A server that is full, that cannot save or that has become a replica refuses
   * writes and permits reads: it would return 0, while the database counts.
   */
  get(key: string): Promise<RateLimiterRes | null> {
    return this.#inEither((counter) => (counter === this.#inValkey ? counter.penalty(key, 0) : counter.get(key)))
  }

  /**
   * Also deletes what the database counted meanwhile.
   * @throws {StillCountedError} If only that is deleted
   */
  async delete(key: string): Promise<boolean> {
    const inValkey = this.#inValkey.delete(key).catch((error) => {
      this.#report(error)
      return undefined
    })
    const wasInDatabase = await this.#inDatabase.delete(key)
    const wasInValkey = await inValkey
    if (wasInValkey === undefined) throw new StillCountedError()
    return wasInValkey || wasInDatabase
  }

  async #inEither<Result extends RateLimiterRes | null>(count: (counter: Counter) => Promise<Result>): Promise<Result> {
    try {
      const counted = await count(this.#inValkey)
      // No limit is ever exceeded by what is not a number.
      if (!Number.isSafeInteger(counted?.consumedPoints)) throw new Error('it answered no number')
      return counted
    } catch (refusal) {
      // The limit is exceeded.
      if (!(refusal instanceof Error)) throw refusal
      this.#report(refusal)
      return count(this.#inDatabase)
    }
  }

  /** A lost connection is reported where it is made. */
  #report({ message }: Error): void {
    const { client, onFault } = this.#valkey
    if (client.status === 'ready') onFault(new Error(`Valkey cannot count, so the database does: ${message}`))
  }
}

/** People type their passwords into the username field, so no counter is named after what was typed. */
export function keyOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

/** A limiter rejects with a result if the limit is exceeded, and with an error if it could not count. */
export async function refuseAbove(consumption: Promise<RateLimiterRes>): Promise<void> {
  try {
    await consumption
  } catch (refusal) {
    throw refusal instanceof Error ? refusal : limited((refusal as RateLimiterRes).msBeforeNext)
  }
}

/** The refusal, with the whole seconds after which another attempt makes sense. */
export function limited(milliseconds: number): RequestError {
  const retryAfterSeconds = Math.max(1, Math.ceil(milliseconds / 1000))
  return new RequestError('rate_limited', 'Too many attempts: try again later', { retryAfterSeconds })
}
