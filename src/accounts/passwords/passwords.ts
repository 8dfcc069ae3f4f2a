import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { hash, verify } from '@node-rs/argon2'
import { z } from 'zod'
import { ConfigurationError, RequestError } from '../../errors.ts'
import { costOf, readHash } from './formats.ts'
import { FairQueue, type Turn } from './queue/fair-queue.ts'
import { isReadable, passwordFault } from './rules.ts'

/** How passwords are hashed, and their minimum length. */
export interface PasswordOptions {
  /** Memory of one hash. 19,456 (19 MiB) by default, as OWASP recommends with two passes. */
  readonly memoryKiB: number
  /** 2 by default: about 10 ms with the memory above. */
  readonly passes: number
  /** 1 by default. */
  readonly parallelism: number
  /** In characters. 8 by default; use 15 if passwords are the only protection (NIST SP 800-63B-4). */
  readonly minLength: number
  /**
   * Concurrent hashes. By default twice the number of threads for them, which is 4, or the number of processors if that is
   * lower: a thread that is done finds the next hash waiting. Only hashes with a thread use memory.
   */
  readonly hashesAtOnce: number
  /**
   * Size of the queue. If it is full, the client with the most waiting hashes is rejected: a single client can fill it without
   * taking from others. 256 by default, about a second's work.
   */
  readonly hashQueue: number
}

const schema = z
  .strictObject({
    memoryKiB: z.int().min(64).max(1_048_576),
    passes: z.int().min(1).max(100),
    parallelism: z.int().min(1).max(64),
    minLength: z.int().min(8).max(64),
    hashesAtOnce: z.int().min(1).max(1024),
    hashQueue: z.int().min(0),
  })
  // A hash that is refused when it is read would lock everybody out.
  .refine((options) => readHash(decoyOf(options)) !== undefined, {
    path: ['memoryKiB'],
    message: 'must be at least 8 times parallelism, and at most 4,194,304 divided by passes',
  })

const defaults: PasswordOptions = {
  memoryKiB: 19_456,
  passes: 2,
  parallelism: 1,
  minLength: 8,
  hashesAtOnce: 2 * Math.min(Number(process.env.UV_THREADPOOL_SIZE) || 4, availableParallelism()),
  hashQueue: 256,
}

/** `const enum` members of the library cannot be imported: argon2id is 2. */
const argon2id = 2

/** The outcome of comparing a password with a stored hash. */
export interface Comparison {
  readonly matches: boolean
  /** The hash is of another system, or of other parameters than today's: worth replacing while the password is at hand. */
  readonly outdated: boolean
}

/**
 * Hashes and compares passwords in a bounded pool: each hash takes 19 MiB and 10 ms of CPU time, and a burst of logins must
 * leave memory and time for other requests. Clients take turns, so a burst of one client leaves the others theirs.
 */
export class Passwords {
  readonly #options: PasswordOptions
  readonly #queue: FairQueue

  /** @throws {ConfigurationError} `option_invalid`, naming every mistake at once */
  constructor(options: Partial<PasswordOptions>) {
    const { data, error } = schema.safeParse({ ...defaults, ...options })
    if (data === undefined) {
      const mistakes = error.issues.map(({ path, message }) => `passwords.${path.join('.')}: ${message}`)
      throw new ConfigurationError('option_invalid', mistakes.join('; '))
    }
    this.#options = data
    this.#queue = new FairQueue({ atOnce: data.hashesAtOnce, places: data.hashQueue, refusal: overloaded })
  }

  /**
   * Refuses a password that is too short, too long, common, or the user's own name.
   * @param member The body's member that holds it.
   * @param about What an attacker would try first: username, e-mail address.
   * @throws {RequestError} `invalid_request`
   */
  async check(password: string, member: string, about: readonly string[]): Promise<void> {
    const msg = await passwordFault(password, this.#options.minLength, about)
    if (msg !== undefined) throw new RequestError('invalid_request', msg, { members: [{ member, msg }] })
  }

  /**
   * The hash to keep, in PHC format.
   * @param turn Whom it is for, as `turnOf` has it.
   * @throws {RequestError} `overloaded`
   */
  hash(password: string, turn: Turn): Promise<string> {
    const { memoryKiB, passes, parallelism } = this.#options
    const cost = { algorithm: argon2id, memoryCost: memoryKiB, timeCost: passes, parallelism }
    return this.#queue.run(turn, () => hash(password.normalize('NFKC'), cost))
  }

  /**
   * Compares a password with a stored hash. Hashes of other systems take the time that they took there, until the first login
   * replaces them.
   * @param how.stored `null` for an unknown user, which takes as long: as long as the decoy takes.
   * @param how.decoy A hash that no password has; one of ours by default.
   * @param how.turn Whom it is for, as `turnOf` has it.
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
    // Ours are made of the normalised text; other systems hashed what was typed.
    const spellings = isText ? new Set([normal, password]) : [normal]
    return this.#queue.run(turn, async () => {
      let found: string | undefined
      // All of them, also after one that matches: of a disabled account the time would tell a right password.
      for (const spelling of spellings) {
        // What cannot be a password takes one time for everyone.
        if (!isText) await verify(decoyOf(this.#options), spelling)
        else if (matchesStored === undefined) await compareInVain(spelling)
        else if (await matchesStored(spelling)) found ??= spelling
      }
      const isOurs = found === normal && stored?.startsWith(prefixOf(this.#options)) === true
      return { matches: found !== undefined, outdated: found !== undefined && !isOurs }
    })
  }

  /** What `costOf` says of the hashes that are made here. */
  get cost(): string {
    return costOf(decoyOf(this.#options)) as string
  }

  /** What hangs on the queue at this moment. */
  get load(): { readonly running: number; readonly waiting: number; readonly capacity: number } {
    return { running: this.#queue.running, waiting: this.#queue.waiting, capacity: this.#options.hashQueue }
  }
}

function overloaded(): RequestError {
  return new RequestError('overloaded', 'Too many logins at once: try again', { retryAfterSeconds: 1 })
}

/** How every hash with these costs begins. */
function prefixOf({ memoryKiB, passes, parallelism }: PasswordOptions): string {
  return `$argon2id$v=19$m=${memoryKiB},t=${passes},p=${parallelism}$`
}

/** A hash that no password has, of the cost that ours have. */
function decoyOf(options: PasswordOptions): string {
  const base64 = (length: number) => randomBytes(length).toString('base64').replaceAll('=', '')
  return `${prefixOf(options)}${base64(16)}$${base64(32)}`
}
