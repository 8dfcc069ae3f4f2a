import { randomBytes, randomUUID } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { ConfigurationError } from '../../errors.ts'
import { openFileWarnings } from '../files/open-files.ts'
import { readText } from '../files/read-text.ts'
import { type Labels, type Values, variableOf } from './settings.ts'

/** The settings that a secret is found by. */
export type SecretName = Extract<keyof Values, `${string}ncryptionSecret${string}`>

/** Where the encryption secret comes from: it is known, or will be made in a file that is not there yet. */
export type SecretSource =
  | { readonly text: string; readonly warnings: readonly string[] }
  | { readonly makeAt: string; readonly warnings: readonly string[] }

/** What stands in tutorials, in README files and on jwt.io: the first that is tried. */
const wellKnown =
  /^(?:(?:your|my|the|a|some|super|top|very|jwt|auth|app|dev|test|default|please|change|me|it|this|to|in|production|secret|secrets|key|token|signing|access|256|512|bit|password|passphrase|example|sample|demo|string|random|long|here|do|not|use|tell|anyone|keyboard|cat|shhh+|foobar|qwerty|hallpass|n0t|is|for|at|least|32|bytes|characters|must|be)[\s_\-.!'"]*)+$/i

const shortestBytes = 32

/** A new secret: 256 random bits. */
export function makeSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** What a message calls them, unless they were found by another name. */
const labelsByDefault = {
  encryptionSecret: variableOf('encryptionSecret'),
  encryptionSecretFile: variableOf('encryptionSecretFile'),
  previousEncryptionSecret: variableOf('previousEncryptionSecret'),
  previousEncryptionSecretFile: variableOf('previousEncryptionSecretFile'),
}

/**
 * Finds the secret and checks it. Production rejects a secret that can be guessed; elsewhere that is a warning, and a secret
 * that is missing is made at the first start.
 */
export function findSecret(
  { encryptionSecret, encryptionSecretFile, database }: Partial<Values>,
  found: Labels,
  isProduction: boolean,
): { readonly secret: SecretSource; readonly faults: readonly string[] } {
  const labels = { ...labelsByDefault, ...found }
  const none = { text: '', warnings: [] }
  if (encryptionSecret !== undefined && encryptionSecretFile !== undefined) {
    return { secret: none, faults: [`Set ${labels.encryptionSecret} or ${labels.encryptionSecretFile}, not both`] }
  }
  if (encryptionSecret !== undefined)
    return judged(encryptionSecret, secretFaults(encryptionSecret, labels.encryptionSecret), isProduction)
  if (encryptionSecretFile === undefined && isProduction) {
    const how = "make one with 'hallpass secret', and keep it out of the code"
    return { secret: none, faults: [`${labels.encryptionSecret} or ${labels.encryptionSecretFile} is missing: ${how}`] }
  }
  const path = encryptionSecretFile ?? secretPathBeside(database)
  if (encryptionSecretFile === undefined && !existsSync(path)) {
    return { secret: { makeAt: path, warnings: [] }, faults: [] }
  }
  try {
    const text = readText(path).trim()
    return judged(text, secretFaults(text, path), isProduction, openFileWarnings(path))
  } catch (error) {
    return {
      secret: none,
      faults: [unreadable(encryptionSecretFile === undefined ? path : labels.encryptionSecretFile, error)],
    }
  }
}

/** The previous secret, which only opens what is encrypted under it. */
export function findPreviousSecret(
  { previousEncryptionSecret: secret, previousEncryptionSecretFile: file }: Partial<Values>,
  found: Labels,
): {
  readonly text: string | undefined
  readonly warnings: readonly string[]
  readonly faults: readonly string[]
} {
  const labels = { ...labelsByDefault, ...found }
  const none = { text: undefined, warnings: [] }
  if (secret !== undefined && file !== undefined) {
    return {
      ...none,
      faults: [`Set ${labels.previousEncryptionSecret} or ${labels.previousEncryptionSecretFile}, not both`],
    }
  }
  try {
    const text = file === undefined ? secret : readText(file).trim()
    const isShort = text !== undefined && Buffer.byteLength(text) < shortestBytes
    const faults = isShort ? [`${file ?? labels.previousEncryptionSecret} is shorter than ${shortestBytes} bytes`] : []
    return { text, warnings: file === undefined ? [] : openFileWarnings(file), faults }
  } catch (error) {
    return { ...none, faults: [unreadable(labels.previousEncryptionSecretFile, error)] }
  }
}

/** The setting may hold the secret itself by mistake: what stands in it is not repeated, and the system's message does. */
function unreadable(file: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return `The secret file of ${file} cannot be read: ${code ?? message}`
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
    const { code } = error as NodeJS.ErrnoException
    const advice = 'set HALLPASS_ENCRYPTION_SECRET, or choose a writable folder with --database'
    if (code !== 'EEXIST')
      throw new ConfigurationError('option_invalid', `Cannot write a new secret to ${path} (${code}): ${advice}`)
  } finally {
    rmSync(draft, { force: true })
  }
  return readFileSync(path, 'utf8').trim()
}

function judged(text: string, faults: readonly string[], isProduction: boolean, warnings: readonly string[] = []) {
  // A key of nothing signs nothing, anywhere.
  const isUsable = Buffer.byteLength(text) >= shortestBytes
  if (faults.length > 0 && (isProduction || !isUsable)) return { secret: { text, warnings }, faults }
  const judgement = faults.map((fault) => `${fault}. With NODE_ENV=production the server would not start`)
  return { secret: { text, warnings: [...judgement, ...warnings] }, faults: [] }
}

function secretFaults(secret: string, label: string): string[] {
  const advice = "make one with 'hallpass secret'"
  if (Buffer.byteLength(secret) < shortestBytes) return [`${label} is shorter than ${shortestBytes} bytes: ${advice}`]
  if (wellKnown.test(secret)) return [`${label} is a well-known secret: ${advice}`]
  if (new Set(secret).size < 10 || /^(.{1,12})\1+$/s.test(secret)) return [`${label} repeats itself: ${advice}`]
  return []
}

/** Beside the database that it belongs to; in the working directory where that is no file. */
function secretPathBeside(database: string | undefined): string {
  const path = databaseFile(database)
  return path === undefined ? 'hallpass.secret' : `${path.replace(/\.(?:db|sqlite3?)$/, '')}.secret`
}

/** The file of a SQLite database. */
export function databaseFile(database = ''): string | undefined {
  const path = database.replace(/^sqlite:/, '')
  return path === database || path === ':memory:' ? undefined : path
}
