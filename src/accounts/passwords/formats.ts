import {
  createHash,
  pbkdf2 as pbkdf2WithCallback,
  randomBytes,
  scrypt as scryptWithCallback,
  timingSafeEqual,
} from 'node:crypto'
import { promisify } from 'node:util'
import { verify as verifyArgon2 } from '@node-rs/argon2'

const pbkdf2 = promisify(pbkdf2WithCallback)
const scrypt = promisify<string, Buffer, number, object, Buffer>(scryptWithCallback)

/** Whether a password is the one that was hashed. */
type Matches = (password: string) => Promise<boolean>

/** A format in which passwords are stored, here or elsewhere. */
interface Format {
  readonly name: string
  readonly pattern: RegExp
  /** The named parts of the pattern that determine the cost of a comparison. */
  readonly costs: readonly string[]
  /** Prepares the comparison; `undefined` if the cost exceeds the bounds. */
  readonly read: (parts: Readonly<Record<string, string>>, bounds: Bounds) => Matches | undefined
}

/** What one comparison may cost. */
interface Bounds {
  readonly argon2KiB: number
  /** Memory times passes. */
  readonly argon2Work: number
  /** n times r times p: each is 128 bytes. */
  readonly scryptWork: number
  readonly bcryptRounds: number
  readonly pbkdf2Iterations: number
}

/**
 * Bounds for hashes that are imported: about a second and 256 MiB at most, so that a file of hostile hashes cannot make
 * logins slower than that. The defaults of the programs that hashes come from are less than half of it: 100 MiB and 2
 * passes (Django), 2 ** 19 (passlib's scrypt), 12 rounds, 1,200,000 iterations (Django).
 */
const importBounds: Bounds = {
  argon2KiB: 256 * 1024,
  argon2Work: 1024 * 1024,
  scryptWork: 2 ** 21,
  bcryptRounds: 14,
  pbkdf2Iterations: 3_000_000,
}

/** Bounds for stored hashes. Earlier versions imported costlier ones, and their users must not be locked out. */
const loginBounds: Bounds = {
  argon2KiB: 1024 * 1024,
  argon2Work: 4 * 1024 * 1024,
  scryptWork: 2 ** 22,
  bcryptRounds: 16,
  pbkdf2Iterations: 10_000_000,
}

const digestBytes: Readonly<Record<string, number>> = { sha1: 20, sha256: 32, sha512: 64 }

const formats: readonly Format[] = [
  {
    name: 'argon2',
    // PHC; Django writes its own name in front.
    pattern:
      /^(?:argon2)?(?<phc>\$argon2(?:id|i|d)\$v=19\$m=(?<memory>\d{1,7}),t=(?<passes>\d{1,3}),p=(?<lanes>\d{1,2})\$[A-Za-z0-9+/]{11,128}\$[A-Za-z0-9+/]{22,172})$/,
    costs: ['memory', 'passes', 'lanes'],
    read: ({ phc = '', memory, passes, lanes }, bounds) =>
      argon2Matches(phc, { memoryKiB: Number(memory), passes: Number(passes), lanes: Number(lanes) }, bounds),
  },
  {
    name: 'bcrypt',
    pattern: /^(?:bcrypt\$)?\$2[aby](?<rest>\$(?<rounds>\d\d)\$[./A-Za-z0-9]{53})$/,
    costs: ['rounds'],
    read: ({ rest, rounds }, bounds) => bcryptMatches(`$2b${rest}`, Number(rounds), bounds, (password) => password),
  },
  {
    name: 'bcrypt_sha256 (Django)',
    pattern: /^bcrypt_sha256\$\$2[aby](?<rest>\$(?<rounds>\d\d)\$[./A-Za-z0-9]{53})$/,
    costs: ['rounds'],
    read: ({ rest, rounds }, bounds) =>
      bcryptMatches(`$2b${rest}`, Number(rounds), bounds, (password) =>
        createHash('sha256').update(password).digest('hex'),
      ),
  },
  {
    name: 'scrypt (werkzeug)',
    pattern:
      /^scrypt:(?<n>\d{1,9}):(?<r>\d{1,4}):(?<p>\d{1,4})\$(?<salt>[^$]{1,256})\$(?<hash>(?:[0-9a-f]{2}){16,128})$/,
    costs: ['n', 'r', 'p'],
    read: ({ n, r, p, salt = '', hash = '' }, bounds) =>
      scryptMatches({ n: Number(n), r: Number(r), p: Number(p) }, bounds, Buffer.from(salt), Buffer.from(hash, 'hex')),
  },
  {
    name: 'scrypt (Django)',
    pattern:
      /^scrypt\$(?<n>\d{1,9})\$(?<salt>[^$]{1,256})\$(?<r>\d{1,4})\$(?<p>\d{1,4})\$(?<hash>[A-Za-z0-9+/]{22,172}={0,2})$/,
    costs: ['n', 'r', 'p'],
    read: ({ n, r, p, salt = '', hash = '' }, bounds) =>
      scryptMatches(
        { n: Number(n), r: Number(r), p: Number(p) },
        bounds,
        Buffer.from(salt),
        Buffer.from(hash, 'base64'),
      ),
  },
  {
    name: 'scrypt (PHC)',
    pattern:
      /^\$scrypt\$ln=(?<ln>\d{1,2}),r=(?<r>\d{1,4}),p=(?<p>\d{1,4})\$(?<salt>[A-Za-z0-9+/]{1,256})\$(?<hash>[A-Za-z0-9+/]{22,172})$/,
    costs: ['ln', 'r', 'p'],
    read: ({ ln, r, p, salt = '', hash = '' }, bounds) => {
      const cost = { n: 2 ** Number(ln), r: Number(r), p: Number(p) }
      return scryptMatches(cost, bounds, Buffer.from(salt, 'base64'), Buffer.from(hash, 'base64'))
    },
  },
  {
    name: 'scrypt (better-auth)',
    pattern: /^(?<salt>[0-9a-f]{32}):(?<hash>[0-9a-f]{128})$/,
    costs: [],
    read: ({ salt = '', hash = '' }, bounds) =>
      scryptMatches({ n: 2 ** 14, r: 16, p: 1 }, bounds, Buffer.from(salt), Buffer.from(hash, 'hex')),
  },
  {
    name: 'pbkdf2 (werkzeug)',
    pattern:
      /^pbkdf2:(?<digest>sha1|sha256|sha512):(?<iterations>\d{1,8})\$(?<salt>[^$]{1,256})\$(?<hash>(?:[0-9a-f]{2}){16,128})$/,
    costs: ['digest', 'iterations'],
    read: ({ digest = '', iterations, salt = '', hash = '' }, bounds) =>
      pbkdf2Matches({ digest, iterations: Number(iterations) }, bounds, salt, Buffer.from(hash, 'hex')),
  },
  {
    name: 'pbkdf2 (Django)',
    pattern:
      /^pbkdf2_(?<digest>sha1|sha256)\$(?<iterations>\d{1,8})\$(?<salt>[^$]{1,256})\$(?<hash>[A-Za-z0-9+/]{22,172}={0,2})$/,
    costs: ['digest', 'iterations'],
    read: ({ digest = '', iterations, salt = '', hash = '' }, bounds) =>
      pbkdf2Matches({ digest, iterations: Number(iterations) }, bounds, salt, Buffer.from(hash, 'base64')),
  },
]

/** No hash is longer. Longer text is not matched against a regular expression. */
const maxStoredLength = 1024

/**
 * The name of a hash's format, if it may be imported; `undefined` if hallpass cannot compare it, or only at too high a
 * cost.
 */
export function formatOf(stored: string): string | undefined {
  return find(stored, importBounds)?.name
}

/** Why a text that `formatOf` does not name is refused. */
export const unknownHash = 'This password hash has an unknown format, or would take too long to verify'

/** Prepares the comparison with a stored hash; `undefined` if it is none. It never throws, whatever is stored. */
export function readHash(stored: string): Matches | undefined {
  const matches = find(stored, loginBounds)?.matches
  return matches && ((password) => matches(password).catch(() => false))
}

/**
 * How other systems write hashes: `$1$…`, `{SSHA}…`, `sha1$salt$…`, `pbkdf2:…$…`, and digests of 16 to 64 bytes in
 * hexadecimal or base64. Names of algorithms are required, because `pa$$word` is a password.
 */
const hashShapes = [
  // Anywhere in the text: behind `$wp`, `{BLF-CRYPT}` or `3|`, or printed as Python's `b'…'`.
  /\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}|\$argon2(?:id|i|d)\$/,
  /^\{[\w.-]+\}\S{16}/,
  /^md5[0-9a-f]{32}$|^[0-9a-f]{32}:\S+$|^0x[0-9a-f]{40,}$|^scram-\S{16}/i,
  /^\$(?:\d\w?|y|gy|p|h|s|apr1|(?:argon|scrypt|bcrypt|pbkdf|sha|md)[\w-]*)\$\S{8}/i,
  /^\{s?(?:sha|md5|crypt|bcrypt|pbkdf|argon)[\w-]*\}\S{8}/i,
  /^(?:argon2|scrypt|bcrypt|crypt|pbkdf2|sha|md5)[\w-]*[$:]\S{16}/i,
  /^\*?(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$/i,
  /^[0-9a-f]{16,}:[0-9a-f]{16,}$/i,
  // Base64 of at least 16 bytes with padding; of 32 and 64 bytes without; of 48 bytes, which have none.
  /^(?:[\w+/-]{4}){5,}(?:[\w+/-]{2}==|[\w+/-]{3}=)$/,
  /^(?=.*\d)(?=.*[a-z])(?=.*[A-Z])(?:[\w+/-]{43}|[\w+/-]{64}|[\w+/-]{86})$/,
  // Django, for a user without a password.
  /^!\w{40}$/,
]

/**
 * Whether a text looks like a hash of any system. As a password it would let in everyone who can read the old table,
 * and lock out its user.
 */
export function looksHashed(text: string): boolean {
  // A regular expression can run out of stack on megabytes.
  const start = text.slice(0, maxStoredLength)
  return formatOf(text) !== undefined || hashShapes.some((shape) => shape.test(start))
}

/** Identifies everything about a stored hash that the time of a comparison depends on: its format and its costs. */
export function costOf(stored: string): string | undefined {
  return find(stored, loginBounds)?.cost
}

/** The 20 characters before the last one and its padding: every format's hash ends like this. */
const digestEnd = /[A-Za-z0-9+/.]{20}(?=[A-Za-z0-9+/.]=*$)/

/**
 * A hash of the same format and cost that matches no password. Hexadecimal digits are in the alphabet of every format.
 */
export function decoyLike(stored: string): string {
  return stored.replace(digestEnd, randomBytes(10).toString('hex'))
}

interface Found {
  readonly name: string
  readonly cost: string
  readonly matches: Matches
}

function find(stored: string, bounds: Bounds): Found | undefined {
  if (stored.length > maxStoredLength) return undefined
  for (const { name, pattern, costs, read } of formats) {
    const groups: Readonly<Record<string, string>> | undefined = pattern.exec(stored)?.groups
    const matches = groups && read(groups, bounds)
    if (groups === undefined || matches === undefined) continue
    return { name, cost: [name, ...costs.map((cost) => groups[cost])].join(' '), matches }
  }
  return undefined
}

function argon2Matches(
  stored: string,
  { memoryKiB, passes, lanes }: { readonly memoryKiB: number; readonly passes: number; readonly lanes: number },
  { argon2KiB, argon2Work }: Bounds,
): Matches | undefined {
  // RFC 9106 section 3.1: at least one pass and one lane, and 8 KiB for each.
  if (passes < 1 || lanes < 1 || memoryKiB < 8 * lanes) return undefined
  if (memoryKiB > argon2KiB || memoryKiB * passes > argon2Work) return undefined
  return (password) => verifyArgon2(stored, password)
}

/**
 * bcrypt reads 72 bytes, and some of its libraries stop at NUL. A password with NUL is therefore refused, because
 * anything with the same beginning would match. A longer password is compared as the old system did; the new hash that
 * is stored after that login is of all of it, and no other password matches any more. All variants are compared as
 * `$2b$`. They are the same, except for bugs of old programs (`$2a$` took a length of 256 bytes for zero).
 */
function bcryptMatches(
  stored: string,
  rounds: number,
  { bcryptRounds }: Bounds,
  prepare: (password: string) => string,
): Matches | undefined {
  if (rounds < 4 || rounds > bcryptRounds) return undefined
  return async (password) => {
    const { verify: verifyBcrypt } = await import('@node-rs/bcrypt')
    const prepared = prepare(password)
    // In this order, so that NUL does not make the answer faster.
    return (await verifyBcrypt(prepared, stored)) && !prepared.includes('\0')
  }
}

function scryptMatches(
  { n, r, p }: { readonly n: number; readonly r: number; readonly p: number },
  { scryptWork }: Bounds,
  salt: Buffer,
  expected: Buffer,
): Matches | undefined {
  // RFC 7914 section 2: a power of two, and less than 2 ** (16 r).
  if (n < 2 || !Number.isInteger(Math.log2(n)) || n >= 2 ** (16 * r) || r < 1 || p < 1) return undefined
  if (n * r * p > scryptWork) return undefined
  const options = { N: n, r, p, maxmem: 128 * r * (n + p + 2) }
  return async (password) => timingSafeEqual(await scrypt(password, salt, expected.length, options), expected)
}

function pbkdf2Matches(
  { digest, iterations }: { readonly digest: string; readonly iterations: number },
  { pbkdf2Iterations }: Bounds,
  salt: string,
  expected: Buffer,
): Matches | undefined {
  if (iterations < 1 || iterations > pbkdf2Iterations) return undefined
  // All of these programs store one digest. Each further one would cost all iterations again.
  if (expected.length !== digestBytes[digest]) return undefined
  return async (password) =>
    timingSafeEqual(await pbkdf2(password, salt, iterations, expected.length, digest), expected)
}
