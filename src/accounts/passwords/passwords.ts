import { randomBytes } from 'node:crypto'
import { hash, parseOptions, verify } from '@node-rs/argon2'
import { z } from 'zod'
import { parseAs } from '../../core/input/parse-as.ts'
import { FairQueue } from '../../core/queue/fair-queue.ts'
import type { Turn } from '../../core/queue/line.ts'
import { defaultsOf, given, schemasOf } from '../../core/settings/setting.ts'
import { ConfigurationError, RequestError } from '../../errors.ts'
import { costOf, readHash } from './formats.ts'
import { type HashingOptions, hashingOptions, type PasswordSettings, passwordSettings } from './options.ts'
import { isReadable, passwordFault } from './rules.ts'

type Options = HashingOptions & PasswordSettings

const rows = { ...hashingOptions, ...passwordSettings }

const schema = z
  .strictObject(schemasOf(rows))
  // A hash that is refused when it is read would lock out every user.
  .refine((options) => readHash(decoyOf(options as Options)) !== undefined, {
    path: ['memoryKiB'],
    message: 'must be at least 8 times parallelism, and at most 4,194,304 divided by passes',
  })

/** The library's `const enum` cannot be imported: argon2id is 2. */
const argon2id = 2

/** The outcome of comparing a password with a stored hash. */
export interface Comparison {
  readonly matches: boolean
  /**
   * The hash is of another system, or has other parameters than the current ones: worth replacing while the password is
   * known.
   */
  readonly outdated: boolean
}

/**
 * Hashes and compares passwords in a bounded pool. Each hash takes 19 MiB and 10 ms of CPU time, and a burst of logins
 * must leave memory and time for other requests. Clients take turns, so a burst from one does not delay the others.
 */
export class Passwords {
  readonly #options: Options
  readonly #queue: FairQueue

  /** @throws {ConfigurationError} `option_invalid`, naming every mistake at once */
  constructor(options: Partial<Options>) {
    this.#options = { ...defaultsOf(hashingOptions), ...defaultsOf(passwordSettings), ...given(options) }
    const { faults } = parseAs(schema, this.#options)
    if (faults !== undefined) {
      const mistakes = faults.map(({ member, msg }) => `passwords.${member}: ${msg}`)
      throw new ConfigurationError('option_invalid', mistakes.join('; '))
    }
    const { hashesAtOnce, hashQueue } = this.#options
    this.#queue = new FairQueue({ atOnce: hashesAtOnce, places: hashQueue, refusal: overloaded })
  }

  /**
   * Refuses a password that is too short, too long, common, or the user's own name.
   * @param member The member of the request body that contains it.
   * @param about What an attacker would try first, such as the username and e-mail address.
   * @throws {RequestError} `invalid_request`
   */
  async check(password: string, member: string, about: readonly string[]): Promise<void> {
    const msg = await passwordFault(password, this.#options.passwordMinLength, about)
    if (msg !== undefined) throw new RequestError('invalid_request', msg, { members: [{ member, msg }] })
  }

  /**
   * The hash to store, in PHC format.
   * @param turn The client that it is for, from `turnOf`.
   * @throws {RequestError} `overloaded`
   */
  hash(password: string, turn: Turn): Promise<string> {
    const { memoryKiB, passes, parallelism } = this.#options
    const cost = { algorithm: argon2id, memoryCost: memoryKiB, timeCost: passes, parallelism }
    return this.#queue.run(turn, () => hash(password.normalize('NFKC'), cost))
  }

  /**
   * Hashes a code with a salt that other codes share, so that a presented code is hashed once and found by its hash.
   * @param how.sample A hash of the set that the code may belong to; its costs are used. The current costs by default.
   * @throws {RequestError} `overloaded`
   */
  hashCode(
    code: string,
    { salt, sample }: { readonly salt: Buffer; readonly sample?: string },
    turn: Turn,
  ): Promise<string> {
    const { memoryCost, timeCost, parallelism } = parseOptions(sample ?? decoyOf(this.#options))
    const cost = { algorithm: argon2id, memoryCost, timeCost, parallelism }
    return this.#queue.run(turn, () => hash(code, { ...cost, salt }))
  }

  /**
   * Compares a password with a stored hash. Hashes of other systems take as long as they took there, until the first
   * login replaces them.
   * @param how.stored `null` for an unknown user: then the decoy is compared, which takes as long.
   * @param how.decoy A hash that matches no password; one of our format by default.
   * @param how.turn The client that it is for, from `turnOf`.
   * @throws {RequestError} `overloaded`
   */
  verify(
    password: string,
    {
      stored,
      decoy = decoyOf(this.#options),
      turn,
    }: { readonly stored: string | null; readonly decoy?: string | undefined; readonly turn: Turn },
  ): Promise<Comparison> {
    const matchesStored = stored === null ? undefined : readHash(stored)
    const matchesDecoy = stored === null ? readHash(decoy) : undefined
    const compareInVain = matchesDecoy ?? ((spelling: string) => verify(decoyOf(this.#options), spelling))
    const isText = isReadable(password)
    const normal = isText ? password.normalize('NFKC') : ''
    // Our hashes are made of the normalised text; other systems hashed what was typed.
    const spellings = isText ? new Set([normal, password]) : [normal]
    return this.#queue.run(turn, async () => {
      let found: string | undefined
      // All spellings, even after one that matches: for a disabled account the time would reveal a right password.
      for (const spelling of spellings) {
        // Text that cannot be a password takes the same time for every account.
        if (!isText) await verify(decoyOf(this.#options), spelling)
        else if (matchesStored === undefined) await compareInVain(spelling)
        else if (await matchesStored(spelling)) found ??= spelling
      }
      const isOurs = found === normal && stored?.startsWith(prefixOf(this.#options)) === true
      return { matches: found !== undefined, outdated: found !== undefined && !isOurs }
    })
  }

  /** The cost of hashes that are made here, as `costOf` returns it. */
  get cost(): string {
    return costOf(decoyOf(this.#options)) as string
  }

  /** The current load of the queue. */
  get load(): { readonly running: number; readonly waiting: number; readonly capacity: number } {
    return { running: this.#queue.running, waiting: this.#queue.waiting, capacity: this.#options.hashQueue }
  }
}

function overloaded(): RequestError {
  return new RequestError('overloaded', 'Too many logins at once: try again', { retryAfterSeconds: 1 })
}

/** The prefix of every hash with these costs. */
function prefixOf({ memoryKiB, passes, parallelism }: HashingOptions): string {
  return `$argon2id$v=19$m=${memoryKiB},t=${passes},p=${parallelism}$`
}

/** A hash that matches no password, with the cost of ours. */
function decoyOf(options: HashingOptions): string {
  const base64 = (length: number) => randomBytes(length).toString('base64').replaceAll('=', '')
  return `${prefixOf(options)}${base64(16)}$${base64(32)}`
}
