import { createHash, pbkdf2 as pbkdf2WithCallback, scrypt as scryptWithCallback, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { verify as verifyArgon2 } from '@node-rs/argon2'

const pbkdf2 = promisify(pbkdf2WithCallback)
const scrypt = promisify<string, Buffer, number, object, Buffer>(scryptWithCallback)

/** Whether a password is the one that was hashed. */
type Matches = (password: string) => Promise<boolean>

/** A way in which passwords are kept, here or elsewhere. */
interface Format {
  readonly name: string
  readonly pattern: RegExp
  /** Prepares the comparison; `undefined` where the costs are beyond what a login may take. */
  readonly read: (parts: Readonly<Record<string, string>>) => Matches | undefined
}

/** A file of hostile hashes must not make one login take minutes or gigabytes. */
const maxMemoryKiB = 1024 * 1024
const maxIterations = 10_000_000
/** Half a gigabyte; 2 ** 18 is werkzeug's default. */
const maxScryptWork = 2 ** 22
const maxBcryptRounds = 16

const digestBytes: Readonly<Record<string, number>> = { sha1: 20, sha256: 32, sha512: 64 }

const formats: readonly Format[] = [
  {
    name: 'argon2',
    // PHC; Django writes its own name before it.
    pattern:
      /^(?:argon2)?(?<phc>\$argon2(?:id|i|d)\$v=19\$m=(?<memory>\d{1,7}),t=(?<passes>\d{1,3}),p=(?<lanes>\d{1,2})\$[A-Za-z0-9+/]{11,128}\$[A-Za-z0-9+/]{22,172})$/,
    read: ({ phc = '', memory, passes, lanes }) =>
      argon2Matches(phc, { memoryKiB: Number(memory), passes: Number(passes), lanes: Number(lanes) }),
  },
  {
    name: 'bcrypt',
    pattern: /^(?:bcrypt\$)?\$2[aby](?<rest>\$(?<rounds>\d\d)\$[./A-Za-z0-9]{53})$/,
    read: ({ rest, rounds }) => bcryptMatches(`$2b${rest}`, Number(rounds), (password) => password),
  },
  {
    name: 'bcrypt_sha256 (Django)',
    pattern: /^bcrypt_sha256\$\$2[aby](?<rest>\$(?<rounds>\d\d)\$[./A-Za-z0-9]{53})$/,
    read: ({ rest, rounds }) =>
      bcryptMatches(`$2b${rest}`, Number(rounds), (password) => createHash('sha256').update(password).digest('hex')),
  },
  {
    name: 'scrypt (werkzeug)',
    pattern:
      /^scrypt:(?<n>\d{1,9}):(?<r>\d{1,4}):(?<p>\d{1,4})\$(?<salt>[^$]{1,256})\$(?<hash>(?:[0-9a-f]{2}){16,128})$/,
    read: ({ n, r, p, salt = '', hash = '' }) =>
      scryptMatches({ n: Number(n), r: Number(r), p: Number(p) }, Buffer.from(salt), Buffer.from(hash, 'hex')),
  },
  {
    name: 'scrypt (Django)',
    pattern:
      /^scrypt\$(?<n>\d{1,9})\$(?<salt>[^$]{1,256})\$(?<r>\d{1,4})\$(?<p>\d{1,4})\$(?<hash>[A-Za-z0-9+/]{22,172}={0,2})$/,
    read: ({ n, r, p, salt = '', hash = '' }) =>
      scryptMatches({ n: Number(n), r: Number(r), p: Number(p) }, Buffer.from(salt), Buffer.from(hash, 'base64')),
  },
  {
    name: 'scrypt (PHC)',
    pattern:
      /^\$scrypt\$ln=(?<ln>\d{1,2}),r=(?<r>\d{1,4}),p=(?<p>\d{1,4})\$(?<salt>[A-Za-z0-9+/]{1,256})\$(?<hash>[A-Za-z0-9+/]{22,172})$/,
    read: ({ ln, r, p, salt = '', hash = '' }) => {
      const cost = { n: 2 ** Number(ln), r: Number(r), p: Number(p) }
      return scryptMatches(cost, Buffer.from(salt, 'base64'), Buffer.from(hash, 'base64'))
    },
  },
  {
    name: 'scrypt (better-auth)',
    pattern: /^(?<salt>[0-9a-f]{32}):(?<hash>[0-9a-f]{128})$/,
    read: ({ salt = '', hash = '' }) =>
      scryptMatches({ n: 2 ** 14, r: 16, p: 1 }, Buffer.from(salt), Buffer.from(hash, 'hex')),
  },
  {
    name: 'pbkdf2 (werkzeug)',
    pattern:
      /^pbkdf2:(?<digest>sha1|sha256|sha512):(?<iterations>\d{1,8})\$(?<salt>[^$]{1,256})\$(?<hash>(?:[0-9a-f]{2}){16,128})$/,
    read: ({ digest = '', iterations, salt = '', hash = '' }) =>
      pbkdf2Matches(digest, Number(iterations), salt, Buffer.from(hash, 'hex')),
  },
  {
    name: 'pbkdf2 (Django)',
    pattern:
      /^pbkdf2_(?<digest>sha1|sha256)\$(?<iterations>\d{1,8})\$(?<salt>[^$]{1,256})\$(?<hash>[A-Za-z0-9+/]{22,172}={0,2})$/,
    read: ({ digest = '', iterations, salt = '', hash = '' }) =>
      pbkdf2Matches(digest, Number(iterations), salt, Buffer.from(hash, 'base64')),
  },
]

/** No hash is longer; what is goes by no regular expression. */
const maxStoredLength = 1024

/** The name of a stored hash's format; `undefined` where hallpass cannot compare with it, or not at that cost. */
export function formatOf(stored: string): string | undefined {
  return find(stored)?.name
}

/** Prepares the comparison with a stored hash; `undefined` as `formatOf`. The comparison never throws for what is stored. */
export function readHash(stored: string): Matches | undefined {
  const matches = find(stored)?.matches
  return matches && ((password) => matches(password).catch(() => false))
}

function find(stored: string): { readonly name: string; readonly matches: Matches } | undefined {
  if (stored.length > maxStoredLength) return undefined
  for (const { name, pattern, read } of formats) {
    const groups = pattern.exec(stored)?.groups
    const matches = groups && read(groups as Record<string, string>)
    if (matches !== undefined) return { name, matches }
  }
  return undefined
}

function argon2Matches(
  stored: string,
  { memoryKiB, passes, lanes }: { readonly memoryKiB: number; readonly passes: number; readonly lanes: number },
): Matches | undefined {
  // RFC 9106 section 3.1: at least one pass and one lane, and 8 KiB for each.
  if (passes < 1 || lanes < 1 || memoryKiB < 8 * lanes) return undefined
  if (memoryKiB > maxMemoryKiB || memoryKiB * passes > 4 * maxMemoryKiB) return undefined
  return (password) => verifyArgon2(stored, password)
}

/**
 * bcrypt reads 72 bytes, and some of its libraries stop at NUL. A password with NUL is therefore refused: anything with
 * the same beginning would do. A longer one is compared as the old system did; what is kept after that login is the hash
 * of all of it, and no other is equal to it any more. All variants are compared as `$2b$`, which they are but for faults
 * of old programs (`$2a$` took a length of 256 bytes for none).
 */
function bcryptMatches(stored: string, rounds: number, prepare: (password: string) => string): Matches | undefined {
  if (rounds < 4 || rounds > maxBcryptRounds) return undefined
  return async (password) => {
    const { verify: verifyBcrypt } = await import('@node-rs/bcrypt')
    const prepared = prepare(password)
    // In this order, so that NUL does not make the answer faster.
    return (await verifyBcrypt(prepared, stored)) && !prepared.includes('\0')
  }
}

function scryptMatches(
  { n, r, p }: { readonly n: number; readonly r: number; readonly p: number },
  salt: Buffer,
  expected: Buffer,
): Matches | undefined {
  // RFC 7914 section 2: a power of two, and less than 2 ** (16 r).
  if (n < 2 || !Number.isInteger(Math.log2(n)) || n >= 2 ** (16 * r) || r < 1 || p < 1) return undefined
  if (n * r * p > maxScryptWork) return undefined
  const options = { N: n, r, p, maxmem: 128 * r * (n + p + 2) }
  return async (password) => timingSafeEqual(await scrypt(password, salt, expected.length, options), expected)
}

function pbkdf2Matches(digest: string, iterations: number, salt: string, expected: Buffer): Matches | undefined {
  if (iterations < 1 || iterations > maxIterations) return undefined
  // All of these programs keep one digest. Each further one would cost all iterations again.
  if (expected.length !== digestBytes[digest]) return undefined
  return async (password) =>
    timingSafeEqual(await pbkdf2(password, salt, iterations, expected.length, digest), expected)
}
