import { closeSync, createReadStream, openSync, statSync, writeSync } from 'node:fs'
import type { Readable } from 'node:stream'
import type { Command } from 'commander'
import type { Accounts } from '../accounts/accounts.ts'
import { addSettings, withAccounts } from './environment.ts'
import { exitCodes, Failure } from './failure.ts'
import type { ImportRecord } from './import-records.ts'
import { printJson } from './output.ts'

interface Options extends Record<string, unknown> {
  readonly format?: string
  readonly rejects?: string
  readonly dryRun?: boolean
  readonly quiet?: boolean
  readonly json?: boolean
}

/** One transaction each: few enough that other writers wait for milliseconds. */
const batchSize = 200

export function addUsersImport(users: Command): void {
  const command = users
    .command('import <file>')
    .description('Adds accounts with the password hashes of another system. Running it again goes on where it ended.')
    .option('--format <format>', 'jsonl or csv; by the name of the file by default')
    .option('--rejects <path>', 'write refused records here, with the reasons')
    .option('--dry-run', 'read and check everything, add nothing')
    .option('--quiet', 'no progress')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
A record has username, password_hash, and perhaps email, roles, disabled. Hashes of werkzeug (Flask), bcrypt, Django,
argon2 and scrypt are verified, and become argon2id at the first login. '-' reads standard input.

Example:
  hallpass users import users.csv --rejects refused.jsonl`,
    )
    .action(importUsers)
  addSettings(command, ['database'])
}

async function importUsers(file: string, options: Options): Promise<void> {
  const { readers } = await import('./import-records.ts')
  const format = options.format ?? (file.endsWith('.csv') ? 'csv' : 'jsonl')
  if (format !== 'jsonl' && format !== 'csv') throw new Failure('--format is jsonl or csv', exitCodes.usage)
  const { input, size } = openInput(file)
  const read = readers[format]
  async function work(accounts: Accounts): Promise<Counts> {
    const progress = await startProgress(input, size, options)
    const importer = new Importer(accounts, options)
    try {
      for await (const record of read(input)) await importer.take(record)
      await importer.flush()
    } finally {
      progress.stop()
      importer.close()
    }
    return importer.counts
  }
  const result = await withAccounts(options, work, { mayMake: !options.dryRun })
  if (options.json) printJson(result)
  else process.stdout.write(`added ${result.added}, already there ${result.already_there}, refused ${result.refused}\n`)
  if (result.refused > 0) throw new Failure(`${result.refused} records were refused`)
}

function openInput(file: string): { readonly input: Readable; readonly size: number | undefined } {
  if (file === '-') return { input: process.stdin, size: undefined }
  try {
    return { input: createReadStream(file, { fd: openSync(file, 'r') }), size: statSync(file).size }
  } catch (error) {
    throw new Failure(`${file} cannot be read: ${(error as Error).message}`)
  }
}

/** What became of how many records. */
interface Counts {
  added: number
  already_there: number
  refused: number
}

/** Takes records one by one and adds them many at a time. */
class Importer {
  readonly counts: Counts = { added: 0, already_there: 0, refused: 0 }
  readonly #accounts: Accounts
  readonly #isDryRun: boolean
  readonly #rejects: number | undefined
  #batch: (ImportRecord & { user: object })[] = []

  constructor(accounts: Accounts, { dryRun = false, rejects }: Options) {
    this.#accounts = accounts
    this.#isDryRun = dryRun
    // They hold password hashes.
    this.#rejects = rejects === undefined ? undefined : openSync(rejects, 'w', 0o600)
  }

  async take(record: ImportRecord): Promise<void> {
    if (record.user === undefined) return this.#refuse(record, record.fault)
    this.#batch.push(record)
    if (this.#batch.length >= batchSize) await this.flush()
  }

  async flush(): Promise<void> {
    const batch = this.#batch
    this.#batch = []
    const users = batch.flatMap(({ user }) => (user === undefined ? [] : [user]))
    const outcomes = await this.#accounts.users.importAll(users, { dryRun: this.#isDryRun })
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.user === undefined) this.#refuse(batch[index] as ImportRecord, outcome.refusal.message)
      else this.counts[outcome.wasThere ? 'already_there' : 'added']++
    }
  }

  close(): void {
    if (this.#rejects !== undefined) closeSync(this.#rejects)
  }

  #refuse({ line, raw }: ImportRecord, reason: string): void {
    this.counts.refused++
    process.stderr.write(`line ${line}: ${reason}\n`)
    if (this.#rejects !== undefined) writeSync(this.#rejects, `${JSON.stringify({ line, reason, record: raw })}\n`)
  }
}

async function startProgress(
  input: Readable,
  size: number | undefined,
  { quiet = false }: Options,
): Promise<{ stop(): void }> {
  if (quiet || !process.stderr.isTTY || size === undefined || size === 0) return { stop() {} }
  const { default: cliProgress } = await import('cli-progress')
  const bar = new cliProgress.SingleBar({
    format: '{bar} {percentage} % | {eta_formatted} left',
    stream: process.stderr,
  })
  bar.start(size, 0)
  input.on('data', (chunk: Buffer) => bar.increment(chunk.length))
  return bar
}
