import { randomBytes, randomUUID } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { ConfigurationError } from '../errors.ts'
import type { Values } from './settings.ts'

/** Where the secret comes from: it is known, or will be made in a file that is not there yet. */
export type SecretSource =
  | { readonly text: string; readonly warnings: readonly string[] }
  | { readonly makeAt: string; readonly warnings: readonly string[] }

/** What stands in tutorials, in README files and on jwt.io. Whoever looks for a way in has the list. */
const wellKnown =
  /^(?:(?:your|my|the|a|some|super|top|very|jwt|auth|app|dev|test|default|please|change|me|it|this|to|in|production|secret|secrets|key|token|signing|access|256|512|bit|password|passphrase|example|sample|demo|string|random|long|here|do|not|use|tell|anyone|keyboard|cat|shhh+|foobar|qwerty|hallpass|n0t|is|for|at|least|32|bytes|characters|must|be)[\s_\-.!'"]*)+$/i

const shortestBytes = 32

/** A new secret: 256 random bits. */
export function makeSecret(): string {
  return randomBytes(32).toString('base64url')
}

/**
 * Finds the secret and judges it. Production refuses what a machine can guess or another user of the machine can read;
 * elsewhere that is a warning, and a secret that is missing is made at the first start.
 */
export function findSecret(
  { secret, secretFile, database }: Partial<Values>,
  isProduction: boolean,
): { readonly secret: SecretSource; readonly faults: readonly string[] } {
  const none = { text: '', warnings: [] }
  if (secret !== undefined && secretFile !== undefined) {
    return { secret: none, faults: ['Set HALLPASS_SECRET or HALLPASS_SECRET_FILE, not both'] }
  }
  if (secret !== undefined) return judged(secret, secretFaults(secret, 'HALLPASS_SECRET'), isProduction)
  if (secretFile === undefined && isProduction) {
    const how = "make one with 'hallpass secret', and keep it out of the code"
    return { secret: none, faults: [`HALLPASS_SECRET or HALLPASS_SECRET_FILE is missing: ${how}`] }
  }
  const path = secretFile ?? secretPathBeside(database)
  if (secretFile === undefined && !existsSync(path)) return { secret: { makeAt: path, warnings: [] }, faults: [] }
  try {
    const text = readFileSync(path, 'utf8').trim()
    return judged(text, [...secretFaults(text, path), ...modeFaults(path)], isProduction)
  } catch (error) {
    return { secret: none, faults: [`The secret cannot be read: ${(error as Error).message}`] }
  }
}

/** The secret before, which only opens what is encrypted under it. */
export function findPreviousSecret({ secretPrevious, secretPreviousFile }: Partial<Values>): {
  readonly text: string | undefined
  readonly faults: readonly string[]
} {
  if (secretPrevious !== undefined && secretPreviousFile !== undefined) {
    return { text: undefined, faults: ['Set HALLPASS_SECRET_PREVIOUS or HALLPASS_SECRET_PREVIOUS_FILE, not both'] }
  }
  try {
    const text = secretPreviousFile === undefined ? secretPrevious : readFileSync(secretPreviousFile, 'utf8').trim()
    const isShort = text !== undefined && Buffer.byteLength(text) < shortestBytes
    return { text, faults: isShort ? [`HALLPASS_SECRET_PREVIOUS is shorter than ${shortestBytes} bytes`] : [] }
  } catch (error) {
    return { text: undefined, faults: [`The secret before cannot be read: ${(error as Error).message}`] }
  }
}

/** Reads the secret, or makes it. Of several processes that make it at once, all end with the same. */
export function openSecret(source: SecretSource): string {
  if ('text' in source) return source.text
  const path = source.makeAt
  const draft = `${path}.${randomUUID()}`
  try {
    // Whole and on the disk before it has its name: a crash leaves the file as it should be, or none.
    const file = openSync(draft, 'wx', 0o600)
    writeSync(file, `${makeSecret()}\n`)
    fsyncSync(file)
    closeSync(file)
    linkSync(draft, path)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== 'EEXIST') throw new ConfigurationError('option_invalid', `The secret cannot be kept: ${message}`)
  } finally {
    rmSync(draft, { force: true })
  }
  return readFileSync(path, 'utf8').trim()
}

function judged(text: string, faults: readonly string[], isProduction: boolean) {
  // A key of nothing signs nothing, anywhere.
  const isUsable = Buffer.byteLength(text) >= shortestBytes
  const isRefused = faults.length > 0 && (isProduction || !isUsable)
  return { secret: { text, warnings: isRefused ? [] : faults }, faults: isRefused ? faults : [] }
}

function secretFaults(secret: string, label: string): string[] {
  const advice = "make one with 'hallpass secret'"
  if (Buffer.byteLength(secret) < shortestBytes) return [`${label} is shorter than ${shortestBytes} bytes: ${advice}`]
  if (wellKnown.test(secret)) return [`${label} is a well-known one: ${advice}`]
  if (new Set(secret).size < 10 || /^(.{1,12})\1+$/s.test(secret)) return [`${label} repeats itself: ${advice}`]
  return []
}

function modeFaults(path: string): string[] {
  const isOpen = (statSync(path).mode & 0o007) !== 0
  return isOpen ? [`${path} can be read by every user of this machine: run 'chmod 600 ${path}'`] : []
}

/** Beside the database that it belongs to; in the working directory where that is no file. */
function secretPathBeside(database = ''): string {
  const path = database.replace(/^sqlite:/, '')
  const isFile = database.startsWith('sqlite:') && path !== ':memory:'
  return isFile ? `${path.replace(/\.(?:db|sqlite3?)$/, '')}.secret` : 'hallpass.secret'
}
