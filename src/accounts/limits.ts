import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import ipaddr from 'ipaddr.js'
import pLimit, { type LimitFunction } from 'p-limit'
import type {
  RateLimiterPostgres as Counter,
  RateLimiterRes,
  RateLimiterRedis as RedisCounter,
} from 'rate-limiter-flexible'
import { RequestError } from '../errors.ts'
import type { Database } from '../store/database.ts'
import type { Valkey } from '../store/valkey.ts'

// The package's index loads a store for every database there is: 8 MB of memory.
const load = createRequire(import.meta.url)
const RateLimiterPostgres: typeof Counter = load('rate-limiter-flexible/lib/RateLimiterPostgres.js')
const RateLimiterRedis: typeof RedisCounter = load('rate-limiter-flexible/lib/RateLimiterRedis.js')

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

const limitDefaults: LimitOptions = {
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
  /** Where the account was logged in from. Asked only where somebody has been guessing. */
  readonly knownAddresses: () => Promise<readonly string[]>
}

const daySeconds = 24 * 60 * 60
const hourSeconds = 60 * 60

/**
 * Slows guessing down, and locks nobody out. After the first few attempts the next one waits, twice as long each time. The
 * counters are in the database, or in Valkey as long as that answers, and hold across processes.
 *
 * An account's attempts are counted before they are made, so that many at once count as many. Once there are too many,
 * those from an address that the account was logged in from before are counted apart from everybody else's: a stranger
 * who guesses does not slow the owner down.
 */
export class Limits {
  readonly #options: LimitOptions
  readonly #failures: Counter | RedisCounter
  readonly #turns: Counter | RedisCounter
  readonly #registrations: Counter | RedisCounter
  /** Attempts at an account that are being made, and those that wait for them. */
  readonly #gates = new Map<string, LimitFunction>()

  constructor(query: Database['query'], options: Partial<LimitOptions> = {}, valkey?: Valkey['client']) {
    this.#options = { ...limitDefaults, ...options }
    const make = (keyPrefix: string, points: number, duration: number) => {
      // Its queries are SQLite's too.
      const inDatabase = new RateLimiterPostgres({
        storeClient: {
          query: ({ text, values }: { text: string; values: unknown[] }) => query(text, values, { expendable: true }),
        },
        storeType: 'client',
        tableName: 'hallpass_counters',
        tableCreated: true,
        clearExpiredByTimeout: false,
        keyPrefix,
        points,
        duration,
      })
      if (valkey === undefined) return inDatabase
      return new RateLimiterRedis({
        storeClient: valkey,
        rejectIfRedisNotReady: true,
        insuranceLimiter: inDatabase,
        keyPrefix: `hallpass:${keyPrefix}`,
        points,
        duration,
      })
    }
    this.#failures = make('failures', Number.MAX_SAFE_INTEGER, daySeconds)
    this.#turns = make('turns', 1, 1)
    this.#registrations = make('registrations', this.#options.registrationsPerAddress, hourSeconds)
  }

  /**
   * Makes an attempt, or says how long it has to wait.
   *
   * Of one account's attempts at once in this process so many are made as would not have to wait if all were wrong, and the
   * others after them: they may all be right.
   * @param prove Answers `undefined` where the password is wrong.
   * @throws {RequestError} `rate_limited`, with `retryAfterSeconds`; and whatever `prove` throws
   */
  async attempt<Proof>(attempt: Attempt, prove: () => Promise<Proof | undefined>): Promise<Proof | undefined> {
    const key = hash(`account ${attempt.account}`)
    const gate = this.#gates.get(key) ?? pLimit(Math.max(1, this.#options.attemptsPerAccount - 1))
    this.#gates.set(key, gate)
    try {
      return await gate(() => this.#attemptNow(key, attempt, prove))
    } finally {
      // This one may still count as active. A gate too many lets a right password wait in vain, and no wrong one through.
      if (gate.activeCount + gate.pendingCount <= 1) this.#gates.delete(key)
    }
  }

  async #attemptNow<Proof>(
    everybody: string,
    { account, address, knownAddresses }: Attempt,
    prove: () => Promise<Proof | undefined>,
  ): Promise<Proof | undefined> {
    const group = address === null ? null : groupOf(address)
    const ofAddress = group === null ? null : hash(`address ${group}`)
    if (ofAddress !== null) await this.#checkAddress(ofAddress)
    const owner = group === null ? null : { key: hash(`account ${account} at ${group}`), group }
    const counter = await this.#count(everybody, owner, knownAddresses)
    const proof = await prove().catch(async (error) => {
      await this.#failures.reward(counter)
      throw error
    })
    if (proof !== undefined) await this.#failures.reward(counter)
    else if (ofAddress !== null) await this.#failures.penalty(ofAddress)
    return proof
  }

  /** @throws {RequestError} `rate_limited` */
  async beginRegistration(address: string | null): Promise<void> {
    if (address !== null) await refuseAbove(this.#registrations.consume(hash(groupOf(address))))
  }

  /** @returns The counter that the attempt was counted in. */
  async #count(
    everybody: string,
    owner: { readonly key: string; readonly group: string } | null,
    knownAddresses: Attempt['knownAddresses'],
  ): Promise<string> {
    const { consumedPoints } = await this.#failures.penalty(everybody)
    if (consumedPoints < this.#options.attemptsPerAccount) return everybody
    const isKnown = owner !== null && (await knownAddresses()).some((known) => groupOf(known) === owner.group)
    if (!isKnown) {
      await this.#takeCountedTurn(everybody, consumedPoints)
      return everybody
    }
    await this.#failures.reward(everybody)
    await this.#takeCountedTurn(owner.key, (await this.#failures.penalty(owner.key)).consumedPoints)
    return owner.key
  }

  /**
   * Asks whether an address has been wrong too often. It is counted when it was wrong, and not before: a whole office may
   * log in from one at nine o'clock. So as many as are hashed at once may pass beyond the bound, and after those one by one.
   */
  async #checkAddress(key: string): Promise<void> {
    const { attemptsPerAddress } = this.#options
    const next = ((await this.#failures.get(key))?.consumedPoints ?? 0) + 1
    if (next >= attemptsPerAddress) await this.#takeTurn(key, next - attemptsPerAddress)
  }

  /** Of those that wait one may go, and the next has to wait twice as long. */
  async #takeTurn(key: string, beyond: number): Promise<void> {
    const delaySeconds = Math.min(2 ** beyond, this.#options.longestDelaySeconds)
    await refuseAbove(this.#turns.consume(key, 1, { customDuration: delaySeconds }))
  }

  /** The same for an account: one that has to wait was not an attempt. */
  async #takeCountedTurn(key: string, count: number): Promise<void> {
    const { attemptsPerAccount } = this.#options
    if (count < attemptsPerAccount) return
    try {
      await this.#takeTurn(key, count - attemptsPerAccount)
    } catch (error) {
      await this.#failures.reward(key)
      throw error
    }
  }
}

/** Addresses that count as one: whoever has an IPv6 address has 2^64 of them. */
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

/** A limiter rejects with an outcome where there is too much, and with an error where it could not count. */
async function refuseAbove(consumption: Promise<RateLimiterRes>): Promise<void> {
  try {
    await consumption
  } catch (refusal) {
    throw refusal instanceof Error ? refusal : limited(refusal as RateLimiterRes)
  }
}

function limited({ msBeforeNext }: RateLimiterRes): RequestError {
  const retryAfterSeconds = Math.max(1, Math.ceil(msBeforeNext / 1000))
  return new RequestError('rate_limited', 'Too many attempts: try again later', { retryAfterSeconds })
}
