import { given } from '../../../core/settings/setting.ts'
import type { Database } from '../../../store/engine/database.ts'
import type { SharedCounters } from '../../../store/valkey.ts'
import { type LimitOptions, limitDefaults } from '../options.ts'
import { type Counter, counterMaker, keyOf, refuseAbove } from './counters.ts'
import { Gates } from './gates.ts'
import { isSamePlace, type Networks, networksOf, shares, widestOf } from './networks.ts'
import { Tries } from './tries.ts'
import { type Line, Turns } from './turns.ts'

/** Attempts that are counted together. */
export interface Counted {
  /** `password`, or the purpose of a code: each purpose is counted separately. */
  readonly purpose: string
  /** The account by its unique name, whether it exists or not. */
  readonly account: string
}

/** A password or a code that is about to be checked. */
export interface Attempt extends Counted {
  /** `null` if it is unknown: all such clients count as one. */
  readonly address: string | null
  /** Shows that this client was logged in to the account before, and has been checked: a device or a session. */
  readonly device: string | null
  /** Whether wrong attempts of a device also count for everyone else. */
  readonly isJoint?: boolean
  /** Addresses that the account was logged in from. Read only after failed attempts. */
  readonly knownAddresses: () => Promise<readonly string[]>
}

/** What attempts are counted with. */
export interface LimitsParts {
  readonly query: Database['query']
  /** The clock that all processes share. */
  readonly now: () => Date
  readonly valkey?: SharedCounters | undefined
}

const daySeconds = 24 * 60 * 60
const hourSeconds = 60 * 60
/** An address is shared by people who do not know each other, so its failures are soon forgotten. */
const addressSeconds = 10 * 60
const longestAddressDelaySeconds = 60
/** Further concurrent attempts at one account wait in their own process, not for each other in the database. */
const mostAtOnce = 16

/**
 * Slows down brute force without locking anyone out. After the first few failed attempts at an account, further ones
 * take turns: one turn per network, first come, first served, and the turns become rarer. The counters are shared by
 * all processes.
 *
 * A device that was logged in to the account, and an address that it was logged in from, have counters of their own, so
 * an attacker slows down other strangers but not the owner.
 */
export class Limits {
  readonly #options: LimitOptions
  readonly #tries: Tries
  readonly #turns: Turns
  readonly #addresses: Counter
  readonly #registrations: ReadonlyMap<number, Counter>
  /** Attempts at an account that are in progress, and those that wait for them. */
  readonly #gates: Gates

  constructor({ query, now, valkey }: LimitsParts, options: Partial<LimitOptions> = {}) {
    this.#options = { ...limitDefaults, ...given(options) }
    this.#gates = new Gates(Math.min(this.#options.attemptsPerAccount, mostAtOnce))
    const make = counterMaker(query, valkey)
    this.#tries = new Tries(make, this.#options.attemptsPerAccount)
    this.#turns = new Turns(query, now)
    this.#addresses = make({ name: 'addresses', points: Number.MAX_SAFE_INTEGER, seconds: addressSeconds })
    this.#registrations = new Map(
      shares.map((share) => {
        const points = Math.ceil(this.#options.registrationsPerAddress * share)
        return [share, make({ name: 'registrations', points, seconds: hourSeconds })]
      }),
    )
  }

  /**
   * Makes an attempt, or reports how long it has to wait. An attempt that has to wait is not made, right or wrong.
   * @param prove Returns `undefined` if the password or the code is wrong.
   * @throws {RequestError} `rate_limited`, with `retryAfterSeconds`; and whatever `prove` throws
   */
  async attempt<Proof>(attempt: Attempt, prove: () => Promise<Proof | undefined>): Promise<Proof | undefined> {
    const { address, device, isJoint = false, knownAddresses } = attempt
    const everyone = everyoneAt(attempt)
    if (device !== null) {
      const proveOn = isJoint ? () => this.#countedFor(everyone, prove) : prove
      return this.#attemptOwn(ownOn(attempt, device), { isDevice: true }, proveOn)
    }
    const networks = networksOf(address)
    const proveFrom = () => this.#countedByAddress(networks, prove)
    const isKnown = async () => (await knownAddresses()).some((known) => isSamePlace(networks, known))
    const own = () => this.#attemptOwn(ownAt(attempt, networks), { isDevice: false }, proveFrom)
    const byAccount = async () => {
      const made = await this.#attemptWithin(everyone, proveFrom)
      if (made !== undefined) return made.proof
      return (await isKnown())
        ? own()
        : this.#inTurn(this.#lineOf(everyone), widestOf(networks), () => this.#force(everyone, proveFrom))
    }

    const full = await this.#findFullNetwork(networks)
    if (full === undefined) return byAccount()
    return (await isKnown()) ? own() : this.#inTurn(addressLine(full), full, byAccount)
  }

  /** @throws {RequestError} `rate_limited` */
  async beginRegistration(address: string | null): Promise<void> {
    for (const { name, share } of networksOf(address)) {
      await refuseAbove((this.#registrations.get(share) as Counter).consume(keyOf(name)))
    }
  }

  /** How many attempts by strangers at an account failed today, and whether further ones must take turns. */
  async failuresOf(account: Counted): Promise<{ readonly failures: number; readonly isLimited: boolean }> {
    const failures = await this.#tries.count(keyOf(everyoneAt(account)))
    return { failures, isLimited: failures >= this.#options.attemptsPerAccount }
  }

  /**
   * Forgets the failed attempts at an account: those by strangers, and those from addresses that it was logged in from.
   * @returns `false` if some of them return with a Valkey that cannot delete them now.
   */
  async forget(account: Counted, knownAddresses: readonly string[]): Promise<boolean> {
    const own = knownAddresses.map((address) => ownAt(account, networksOf(address)))
    let areForgotten = true
    for (const name of [everyoneAt(account), ...own]) {
      if (!(await this.#tries.forget(keyOf(name)))) areForgotten = false
      await this.#turns.forget(name)
    }
    return areForgotten
  }

  /**
   * Uses a counter that strangers do not share. After a right attempt, the counter of a device is reset: only its owner
   * can use it.
   */
  async #attemptOwn<Proof>(
    name: string,
    { isDevice }: { readonly isDevice: boolean },
    prove: () => Promise<Proof | undefined>,
  ): Promise<Proof | undefined> {
    const made = await this.#attemptWithin(name, prove)
    if (made === undefined) return this.#inTurn(this.#lineOf(name), name, () => this.#force(name, prove))
    if (isDevice && made.proof !== undefined && made.failures > 0) await this.#tries.forget(keyOf(name))
    return made.proof
  }

  /** @returns `undefined` if too many were wrong; the attempt was not made then. */
  async #attemptWithin<Proof>(
    name: string,
    prove: () => Promise<Proof | undefined>,
  ): Promise<{ readonly proof: Proof | undefined; readonly failures: number } | undefined> {
    const key = keyOf(name)
    return this.#gates.pass(key, async () => {
      const failures = await this.#tries.begin(key)
      return failures === undefined ? undefined : { proof: await this.#finish(key, prove), failures }
    })
  }

  /** Takes a turn, and returns it if nothing could be tried. */
  async #inTurn<Proof>(line: Line, holder: string, attempt: () => Promise<Proof>): Promise<Proof> {
    await this.#turns.take(line, holder)
    try {
      return await attempt()
    } catch (error) {
      await this.#turns.giveBack(line, holder)
      throw error
    }
  }

  /** Makes an attempt however many were wrong before. */
  async #force<Proof>(name: string, prove: () => Promise<Proof | undefined>): Promise<Proof | undefined> {
    await this.#tries.force(keyOf(name))
    return this.#finish(keyOf(name), prove)
  }

  #lineOf(name: string): Line {
    return { name, longestDelaySeconds: this.#options.longestDelaySeconds, keptSeconds: daySeconds }
  }

  async #finish<Proof>(key: string, prove: () => Promise<Proof | undefined>): Promise<Proof | undefined> {
    let wasWrong = false
    try {
      const proof = await prove()
      wasWrong = proof === undefined
      return proof
    } finally {
      await this.#tries.end(key, wasWrong)
    }
  }

  /** Also counts a wrong attempt under another name. */
  async #countedFor<Proof>(name: string, prove: () => Promise<Proof | undefined>): Promise<Proof | undefined> {
    const proof = await prove()
    if (proof === undefined) await this.#tries.add(keyOf(name))
    return proof
  }

  async #countedByAddress<Proof>(
    networks: Networks,
    prove: () => Promise<Proof | undefined>,
  ): Promise<Proof | undefined> {
    const proof = await prove()
    if (proof === undefined) await Promise.all(networks.map(({ name }) => this.#addresses.penalty(keyOf(name))))
    return proof
  }

  /**
   * An address is counted after a wrong attempt, not before, because a whole office may log in from one at nine
   * o'clock. So as many attempts as are hashed at once may exceed the limit, and further ones pass one by one.
   */
  async #findFullNetwork(networks: Networks): Promise<string | undefined> {
    const counts = await Promise.all(networks.map(({ name }) => this.#addresses.get(keyOf(name))))
    const isFull = (share: number, index: number) =>
      (counts[index]?.consumedPoints ?? 0) >= this.#options.attemptsPerAddress * share
    return networks.find(({ share }, index) => isFull(share, index))?.name
  }
}

// What was typed is one element of a list. Joined with spaces, it could be the name of another counter.

function everyoneAt({ purpose, account }: Counted): string {
  return JSON.stringify(['account', purpose, account])
}

function ownAt({ purpose, account }: Counted, [narrowest]: Networks): string {
  return JSON.stringify(['address of account', purpose, account, narrowest.name])
}

function ownOn({ purpose, account }: Counted, device: string): string {
  return JSON.stringify(['device of account', purpose, account, device])
}

function addressLine(network: string): Line {
  return {
    name: JSON.stringify(['address', network]),
    longestDelaySeconds: longestAddressDelaySeconds,
    keptSeconds: addressSeconds,
  }
}
