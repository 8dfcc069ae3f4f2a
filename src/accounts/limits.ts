import { createHash } from 'node:crypto'
import ipaddr from 'ipaddr.js'
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible'
import { RequestError } from '../errors.ts'
import type { Database } from '../store/database.ts'

/** How often somebody may be wrong. */
export interface LimitOptions {
  /** Wrong passwords for one account before the next has to wait. 10 by default. */
  readonly attemptsPerAccount: number
  /** Wrong passwords from one address, whatever the account. 100 by default. */
  readonly attemptsPerAddress: number
  /** The wait doubles from one second up to this. 300 by default. */
  readonly longestDelaySeconds: number
  /** New accounts from one address in an hour. 3,000 by default. */
  readonly registrationsPerAddress: number
}

export const limitDefaults: LimitOptions = {
  attemptsPerAccount: 10,
  attemptsPerAddress: 100,
  longestDelaySeconds: 300,
  registrationsPerAddress: 3000,
}

/** A password that is about to be checked. */
export interface Attempt {
  /** The account as it is unique, whether there is one or not. */
  readonly account: string
  /** `null` where the server cannot tell: only the account is limited then. */
  readonly address: string | null
  /** The account was logged in from this address before. */
  readonly isKnownAddress: boolean
}

const daySeconds = 24 * 60 * 60
const hourSeconds = 60 * 60

/**
 * Slows guessing down, and locks nobody out. Attempts are counted before they are made, so that many at once count as
 * many; after the first few the next one waits, twice as long each time. The counters are in the database and hold across
 * processes.
 *
 * Attempts from an address that the account has used before are counted apart from everybody else's: a stranger who
 * guesses does not slow the owner down.
 */
export class Limits {
  readonly #options: LimitOptions
  readonly #failures: RateLimiterPostgres
  readonly #turns: RateLimiterPostgres
  readonly #registrations: RateLimiterPostgres

  constructor(query: Database['query'], options: Partial<LimitOptions> = {}) {
    this.#options = { ...limitDefaults, ...options }
    const make = (keyPrefix: string, points: number, duration: number) =>
      // Its queries are SQLite's too.
      new RateLimiterPostgres({
        storeClient: { query: ({ text, values }: { text: string; values: unknown[] }) => query(text, values) },
        storeType: 'client',
        tableName: 'hallpass_counters',
        tableCreated: true,
        clearExpiredByTimeout: false,
        keyPrefix,
        points,
        duration,
      })
    this.#failures = make('failures', Number.MAX_SAFE_INTEGER, daySeconds)
    this.#turns = make('turns', 1, 1)
    this.#registrations = make('registrations', this.#options.registrationsPerAddress, hourSeconds)
  }

  /**
   * Counts an attempt before it is made.
   * @throws {RequestError} `rate_limited`, with `retryAfterSeconds`
   */
  async begin(attempt: Attempt): Promise<void> {
    const { attemptsPerAccount, attemptsPerAddress } = this.#options
    const { account, address } = keysOf(attempt)
    await this.#take(account, attemptsPerAccount)
    if (address === null) return
    try {
      await this.#take(address, attemptsPerAddress)
    } catch (error) {
      await this.#failures.reward(account)
      throw error
    }
  }

  /** The password was right: the account starts anew, and the address has not been wrong. */
  async succeeded(attempt: Attempt): Promise<void> {
    const { account, address } = keysOf(attempt)
    await this.#failures.delete(account)
    await this.#turns.delete(account)
    if (address !== null) await this.#failures.reward(address)
  }

  /** The attempt was not made after all. */
  async undo(attempt: Attempt): Promise<void> {
    const { account, address } = keysOf(attempt)
    await this.#failures.reward(account)
    if (address !== null) await this.#failures.reward(address)
  }

  /** @throws {RequestError} `rate_limited` */
  async beginRegistration(address: string | null): Promise<void> {
    if (address !== null) await refuseAbove(this.#registrations.consume(hash(groupOf(address))))
  }

  async #take(key: string, free: number): Promise<void> {
    const waiting = await this.#turns.get(key)
    if (waiting !== null && waiting.msBeforeNext > 0) throw limited(waiting)
    const { consumedPoints } = await this.#failures.penalty(key)
    if (consumedPoints < free) return
    const delaySeconds = Math.min(2 ** (consumedPoints - free), this.#options.longestDelaySeconds)
    try {
      await refuseAbove(this.#turns.consume(key, 1, { customDuration: delaySeconds }))
    } catch (error) {
      await this.#failures.reward(key)
      throw error
    }
  }
}

/** Whether two addresses count as one: whoever has an IPv6 address has 2^64 of them. */
export function isSameGroup(one: string, other: string): boolean {
  return groupOf(one) === groupOf(other)
}

function keysOf({ account, address, isKnownAddress }: Attempt): { account: string; address: string | null } {
  const group = address === null ? null : groupOf(address)
  return {
    account: hash(isKnownAddress ? `known ${account} ${group}` : `account ${account}`),
    address: group === null ? null : hash(`address ${group}`),
  }
}

function groupOf(address: string): string {
  if (!ipaddr.isValid(address)) return address
  const parsed = ipaddr.process(address)
  if (parsed.kind() === 'ipv4') return parsed.toString()
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toNormalizedString()}/64`)}/64`
}

/** People type their passwords where their names belong: no counter is named after what was typed. */
function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

async function refuseAbove(consumption: Promise<RateLimiterRes>): Promise<void> {
  try {
    await consumption
  } catch (refusal) {
    throw refusal instanceof RateLimiterRes ? limited(refusal) : refusal
  }
}

function limited({ msBeforeNext }: RateLimiterRes): RequestError {
  const retryAfterSeconds = Math.max(1, Math.ceil(msBeforeNext / 1000))
  return new RequestError('rate_limited', 'Too many attempts: try again later', { retryAfterSeconds })
}
