import { closeSync, createReadStream, fchmodSync, fstatSync, openSync, statSync, writeSync } from 'node:fs'
import { Readable } from 'node:stream'
import type { Command } from 'commander'
import type { Accounts } from '../../../../accounts/accounts.ts'
import { readText } from '../../../../server/files/read-text.ts'
import { addSettings, withAccounts } from '../../../environment.ts'
import { exitCodes, Failure } from '../../../failure.ts'
import { printJson } from '../../../output.ts'
import { printable } from '../../../printable.ts'
import type { Terminal } from '../../../terminal.ts'
import type { ImportRecord } from './columns.ts'
import { textLines } from './text-lines.ts'

interface Options extends Record<string, unknown> {
  readonly format?: string
  readonly rejects?: string
  readonly ignore?: readonly string[]
  readonly plainPasswords?: boolean
  readonly betterAuthSecretFile?: string
  readonly dryRun?: boolean
  readonly quiet?: boolean
  readonly json?: boolean
}

/** Users per transaction, few enough that other writers wait only milliseconds. */
const batchSize = 200

export function addUsersImport(users: Command, terminal: Terminal): void {
  const command = users
    .command('import <file>')
    .description('Imports accounts of another system with their password hashes. If interrupted, run it again.')
    .option('--format <format>', 'jsonl or csv; taken from the file name by default')
    .option('--plain-passwords', 'hash the passwords of the file, which are in plain text')
    .option('--ignore <column...>', 'columns to leave out')
    .option(
      '--better-auth-secret-file <path>',
      'file with the secrets under which better-auth encrypted authenticator apps',
    )
    .option('--rejects <path>', 'write rejected records and the reasons to this file')
    .option('--dry-run', 'check everything, but add no accounts')
    .option('--quiet', 'show no progress')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
A record has a username and a password_hash, and optionally id, email, email_verified (true, false or a time), roles,
disabled and created_at. identities is a JSON list of accounts at other providers, each with provider, subject, and
optionally issuer and email; a user with an identity needs no password_hash; with a verified email, it may be empty.
totp is the secret of an authenticator app in base32, or a JSON list of them; it requires the encryption secret of the
server. Unknown columns are ignored and listed at the end; a record that is locked out according to one of them
(is_active: false) is rejected unless it also has the column disabled. --ignore leaves a column out, known or not, and
does not list it.

Hashes of werkzeug (Flask), bcrypt, Django, better-auth, argon2 and scrypt are supported, and are upgraded to argon2id
at the first login. A file with passwords in plain text has the column password instead of password_hash, and requires
--plain-passwords. '-' reads standard input.

Example:
  hallpass users import users.csv --rejects rejected.jsonl`,
    )
    .action((file: string, options: Options) => importUsers(terminal, file, options))
  addSettings(command, ['database', 'encryptionSecretFile', 'previousEncryptionSecretFile'])
}

async function importUsers(terminal: Terminal, file: string, options: Options): Promise<void> {
  const { stdout, stderr } = terminal
  const { readers } = await import('./records.ts')
  const format = options.format ?? (file.endsWith('.csv') ? 'csv' : 'jsonl')
  if (format !== 'jsonl' && format !== 'csv') throw new Failure('--format must be jsonl or csv', exitCodes.usage)
  if (options.rejects !== undefined && isSameFile(file, options.rejects)) {
    throw new Failure('--rejects must not be the file that is imported: it would be overwritten', exitCodes.usage)
  }
  const { input, size } = openInput(file, terminal)
  const read = readers[format]
  const { plainPasswords = false } = options
  const betterAuthSecrets = readBetterAuthSecrets(options)
  const unwanted = new Set(options.ignore)
  const ignored = new Set<string>()
  async function work(accounts: Accounts): Promise<Importer> {
    // Before the progress bar, whose timer would keep the process running if this fails.
    const importer = new Importer(accounts, options, terminal)
    const progress = await startProgress(size, options, terminal)
    const lines = Readable.from(textLines(input, file === '-' ? 'Standard input' : file, progress.advance))
    try {
      for await (const record of read(lines, { plainPasswords, betterAuthSecrets, ignored, unwanted }))
        await importer.take(record)
      await importer.flush()
    } finally {
      progress.stop()
      importer.close()
    }
    return importer
  }
  const { counts, plain } = await withAccounts(terminal, options, work, { mayMake: !options.dryRun, seals: true })
  if (ignored.size > 0) stderr.write(`ignored columns: ${[...ignored].map(shortened).join(', ')}\n`)
  if (options.json) printJson(terminal, { ...counts, ...(ignored.size > 0 && { ignored_columns: [...ignored] }) })
  else stdout.write(`added ${counts.added}, already there ${counts.already_there}, refused ${counts.refused}\n`)
  if (plain.taken && !options.dryRun) stderr.write(`${deletionAdvice(file, options)}\n`)
  if (counts.refused === 0) return
  const records = counts.refused === 1 ? 'record was' : 'records were'
  const looks = plain.refused === 1 ? 'looks like a password' : 'look like passwords'
  const hint = `; ${plain.refused} ${looks} in plain text: --plain-passwords hashes them`
  throw new Failure(`${counts.refused} ${records} refused${plain.refused === 0 ? '' : hint}`)
}

/** One per line, if better-auth has had several. */
function readBetterAuthSecrets({ betterAuthSecretFile: path }: Options): readonly string[] | undefined {
  if (path === undefined) return undefined
  try {
    const lines = readText(path).split(/\r?\n/)
    return lines.filter((line) => line !== '')
  } catch (error) {
    throw new Failure(`${path} cannot be read: ${(error as Error).message}`)
  }
}

function deletionAdvice(file: string, { rejects }: Options): string {
  const files = [file === '-' ? 'what was read' : file, ...(rejects === undefined ? [] : [rejects])]
  return `Delete ${files.join(' and ')}, and every copy: they contain passwords in plain text`
}

/** Names come from the file, so their length is limited. */
function shortened(name: string): string {
  return /^[\p{L}\p{N}_ .-]{1,64}$/u.test(name) ? name : printable(JSON.stringify(name.slice(0, 64)))
}

function openInput(
  file: string,
  { stdin, stderr }: Terminal,
): { readonly input: Readable; readonly size: number | undefined } {
  if (file === '-') return { input: stdin, size: undefined }
  try {
    const found = statSync(file)
    if (found.isDirectory()) throw new Error('it is a directory')
    // Opening it waits for its writer.
    if (found.isFIFO()) stderr.write(`${file} is a pipe: waiting for what is written to it\n`)
    return { input: createReadStream(file, { fd: openSync(file, 'r') }), size: found.size }
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${(error as Error).message}`)
  }
}

function isSameFile(one: string, other: string): boolean {
  const [first, second] = [one, other].map((path) => statSync(path, { throwIfNoEntry: false }))
  return first !== undefined && first.ino === second?.ino && first.dev === second.dev
}

/** Takes records one by one, adds them in batches, and reports the rejected ones in the order of the file. */
class Importer {
  readonly counts = { added: 0, already_there: 0, refused: 0 }
  /**
   * Whether plain-text passwords were imported, and how many were rejected because `--plain-passwords` was not given.
   */
  readonly plain = { taken: false, refused: 0 }
  readonly #accounts: Accounts
  readonly #isDryRun: boolean
  readonly #stderr: Terminal['stderr']
  readonly #rejects: number | undefined
  #batch: ImportRecord[] = []

  constructor(accounts: Accounts, { dryRun = false, rejects }: Options, { stderr }: Terminal) {
    this.#stderr = stderr
    this.#accounts = accounts
    this.#isDryRun = dryRun
    this.#rejects = rejects === undefined ? undefined : openPrivately(rejects)
  }

  async take(record: ImportRecord): Promise<void> {
    this.#batch.push(record)
    if (this.#batch.length >= batchSize) await this.flush()
  }

  async flush(): Promise<void> {
    const batch = this.#batch
    this.#batch = []
    const users = batch.flatMap(({ user }) => (user === undefined ? [] : [user]))
    const outcomes = await this.#accounts.users.importAll(users, { dryRun: this.#isDryRun })
    const outcomeOf = new Map(users.map((user, index) => [user, outcomes[index]]))
    for (const record of batch) {
      if (record.user === undefined) {
        if (record.isPlainPassword) this.plain.refused++
        this.#refuse(record, record.fault)
        continue
      }
      if (record.user.plainPassword !== undefined) this.plain.taken = true
      const outcome = outcomeOf.get(record.user)
      if (outcome?.user !== undefined) this.counts[outcome.wasThere ? 'already_there' : 'added']++
      else if (outcome !== undefined) this.#refuse(record, outcome.refusal.message)
    }
  }

  close(): void {
    if (this.#rejects !== undefined) closeSync(this.#rejects)
  }

  #refuse({ line, raw }: ImportRecord, reason: string): void {
    this.counts.refused++
    this.#stderr.write(`line ${line}: ${printable(reason)}\n`)
    if (this.#rejects !== undefined) writeSync(this.#rejects, `${JSON.stringify({ line, reason, record: raw })}\n`)
  }
}

/** Opens a file that only its owner can read, even if it already exists: it contains password hashes, or passwords. */
function openPrivately(path: string): number {
  try {
    const file = openSync(path, 'w', 0o600)
    // Changing the mode of a device would change it for everyone.
    if (fstatSync(file).isFile()) fchmodSync(file, 0o600)
    return file
  } catch (error) {
    throw new Failure(`${path} cannot be written: ${(error as Error).message}`)
  }
}

async function startProgress(
  size: number | undefined,
  { quiet = false }: Options,
  { stderr }: Terminal,
): Promise<{ advance(bytes: number): void; stop(): void }> {
  if (quiet || !stderr.isTTY || size === undefined || size === 0) return { advance() {}, stop() {} }
  const { default: cliProgress } = await import('cli-progress')
  const bar = new cliProgress.SingleBar({
    format: '{bar} {percentage} % | {eta_formatted} left',
    stream: stderr,
  })
  bar.start(size, 0)
  return { advance: (bytes) => bar.increment(bytes), stop: () => bar.stop() }
}
