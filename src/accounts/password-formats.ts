import { createHash, pbkdf2 as pbkdf2WithCallback, scrypt as scryptWithCallback, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { verify as verifyArgon2 } from '@node-rs/argon2'
import bcrypt from 'bcrypt'

const pbkdf2 = promisify(pbkdf2WithCallback)
const scrypt = promisify<string, Buffer, number, object, Buffer>(scryptWithCallback)

/** Whether a password is the one that was hashed. */
type Matches = (password: string) => Promise<boolean>

/** A way in which passwords are kept, here or elsewhere. */
interface Format {
  readonly name: string
  readonly pattern: RegExp
  /** Prepares the comparison; `undefined` where the costs are beyond what a login may take. */
  readonly read: (parts: Readonly<Record<string, string>>, stored: string) => Matches | undefined
}

/** A file of hostile hashes must not make one login take minutes or gigabytes. */
const maxMemoryKiB = 1024 * 1024
const maxIterations = 10_000_000
const maxScryptWork = 2 ** 22
const maxBcryptRounds = 16

const formats: readonly Format[] = [
  {
    name: 'argon2',
    // PHC; Django writes its own name before it.
    pattern:
      /^(?:argon2)?(?<phc>\$argon2(?:id|i|d)\$v=19\$m=(?<memory>\d{1,7}),t=(?<passes>\d{1,3}),p=\d{1,2}\$[\w+/]+\$[\w+/]+)$/,
    read: ({ phc = '', memory, passes }) => {
      if (Number(memory) > maxMemoryKiB || Number(memory) * Number(passes) > 4 * maxMemoryKiB) return undefined
      return (password) => verifyArgon2(phc, password)
    },
  },
  {
    name: 'bcrypt',
    pattern: /^(?:bcrypt\$)?\$2[aby]?(?<rest>\$(?<rounds>\d\d)\$[./A-Za-z0-9]{53})$/,
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
      /^scrypt\$(?<n>\d{1,9})\$(?<salt>[^$]{1,256})\$(?<r>\d{1,4})\$(?<p>\d{1,4})\$(?<hash>[\w+/]{22,172}={0,2})$/,
    read: ({ n, r, p, salt = '', hash = '' }) =>
      scryptMatches({ n: Number(n), r: Number(r), p: Number(p) }, Buffer.from(salt), Buffer.from(hash, 'base64')),
  },
  {
    name: 'scrypt (PHC)',
    pattern:
      /^\$scrypt\$ln=(?<ln>\d{1,2}),r=(?<r>\d{1,4}),p=(?<p>\d{1,4})\$(?<salt>[\w+/]{1,256})\$(?<hash>[\w+/]{22,172})$/,
    read: ({ ln, r, p, salt = '', hash = '' }) => {
      const cost = { n: 2 ** Number(ln), r: Number(r), p: Number(p) }
      return scryptMatches(cost, Buffer.from(salt, 'base64'), Buffer.from(hash, 'base64'))
    },
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
      /^pbkdf2_(?<digest>sha1|sha256)\$(?<iterations>\d{1,8})\$(?<salt>[^$]{1,256})\$(?<hash>[\w+/]{22,172}={0,2})$/,
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
    const matches = groups && read(groups as Record<string, string>, stored)
    if (matches !== undefined) return { name, matches }
  }
  return undefined
}

/**
 * bcrypt reads 72 bytes, and some of its libraries stop at NUL. A password with NUL is therefore refused: anything with
 * the same beginning would do. A longer one is compared as the old system did; what is kept after that login is the hash
 * of all of it, and no other is equal to it any more.
 */
function bcryptMatches(stored: string, rounds: number, prepare: (password: string) => string): Matches | undefined {
  if (rounds < 4 || rounds > maxBcryptRounds) return undefined
  return async (password) => !password.includes('\0') && bcrypt.compare(prepare(password), stored)
}

function scryptMatches(
  { n, r, p }: { readonly n: number; readonly r: number; readonly p: number },
  salt: Buffer,
  expected: Buffer,
): Matches | undefined {
  const memory = 128 * n * r
  if (n < 2 || !Number.isInteger(Math.log2(n)) || r < 1 || p < 1) return undefined
  if (memory > maxMemoryKiB * 1024 || n * r * p > maxScryptWork) return undefined
  const options = { N: n, r, p, maxmem: memory + 128 * r * p + 1_048_576 }
  return async (password) => timingSafeEqual(await scrypt(password, salt, expected.length, options), expected)
}

function pbkdf2Matches(digest: string, iterations: number, salt: string, expected: Buffer): Matches | undefined {
  if (iterations < 1 || iterations > maxIterations) return undefined
  return async (password) =>
    timingSafeEqual(await pbkdf2(password, salt, iterations, expected.length, digest), expected)
}
