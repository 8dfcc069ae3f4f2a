import { createHash } from 'node:crypto'
import type {
  RateLimiterPostgres as Counter,
  RateLimiterRes,
  RateLimiterRedis as RedisCounter,
} from 'rate-limiter-flexible'
// The package's index loads a store for every database there is: 8 MB of memory.
import RateLimiterPostgres from 'rate-limiter-flexible/lib/RateLimiterPostgres.js'
import RateLimiterRedis from 'rate-limiter-flexible/lib/RateLimiterRedis.js'
import { RequestError } from '../../../errors.ts'
import type { Database } from '../../../store/engine/database.ts'
import type { Valkey } from '../../../store/valkey.ts'

export type { Counter, RedisCounter }

/** What is counted, up to how many of it, in how many seconds from the first. */
export interface CounterOptions {
  readonly name: string
  readonly points: number
  readonly seconds: number
}

/** Makes counters that all processes share: in Valkey as long as that answers, or else in the database. */
export type MakeCounter = (options: CounterOptions) => Counter | RedisCounter

export function counterMaker(query: Database['query'], valkey: Valkey['client'] | undefined): MakeCounter {
  return function makeCounter({ name, points, seconds }) {
    // Its queries are SQLite's too.
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
    return new RateLimiterRedis({
      storeClient: valkey,
      rejectIfRedisNotReady: true,
      insuranceLimiter: inDatabase,
      keyPrefix: `hallpass:${name}`,
      points,
      duration: seconds,
    })
  }
}

/** People type their passwords where their names belong: no counter is named after what was typed. */
export function keyOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

/** A limiter rejects with an outcome where there is too much, and with an error where it could not count. */
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
