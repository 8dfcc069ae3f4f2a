import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { ConfigurationError } from '../errors.ts'
import type { Database, Sql } from './database.ts'
import { accounts } from './migrations/0001-accounts.ts'
import { keysAndFeed } from './migrations/0002-keys-and-feed.ts'
import { sharedFacts } from './migrations/0003-shared-facts.ts'

/** One step forward; there are none back. What was released is never edited: its checksum is kept in the database. */
export interface Migration {
  readonly number: number
  readonly name: string
  /** The same text for SQLite and PostgreSQL, but where one of them has something of its own. */
  readonly statements: readonly (string | Readonly<Record<Database['kind'], string | readonly string[]>>)[]
}

const migrations: readonly Migration[] = [accounts, keysAndFeed, sharedFacts]

/** Which migrations a database has, and which it waits for. */
export interface MigrationStatus {
  readonly applied: readonly string[]
  readonly pending: readonly string[]
}

/**
 * Brings the database up to date. Processes that start at once wait for each other: one applies what is pending, all of
 * it or nothing, and the others find it done.
 * @returns The names of what was applied now.
 * @throws {ConfigurationError} `database_newer`, `database_invalid`
 */
export async function migrate(database: Database): Promise<readonly string[]> {
  if ((await hasTable(database)) && (await pendingMigrations(database.sql)).length === 0) return []
  return database.longTransaction(async (trx) => {
    if (database.kind === 'postgres') await sql`SELECT pg_advisory_xact_lock(${lockNumber}::bigint)`.execute(trx)
    await sql`CREATE TABLE IF NOT EXISTS hallpass_migrations (
      number INTEGER PRIMARY KEY,
      name TEXT NOT NULL,
      checksum TEXT NOT NULL,
      applied_at BIGINT NOT NULL
    )`.execute(trx)
    const pending = await pendingMigrations(trx)
    for (const { number, name, statements } of pending) {
      const texts = statements.flatMap((text) => (typeof text === 'string' ? text : text[database.kind]))
      for (const text of texts) await sql.raw(text).execute(trx)
      const row = { number, name, checksum: checksumOf(statements), applied_at: Date.now() }
      await trx.insertInto('hallpass_migrations').values(row).execute()
    }
    return pending.map(nameOf)
  })
}

/**
 * Looks without changing anything.
 * @throws {ConfigurationError} `database_newer`, `database_invalid`
 */
export async function migrationStatus(database: Database): Promise<MigrationStatus> {
  const pending = (await hasTable(database)) ? await pendingMigrations(database.sql) : migrations
  return { applied: migrations.filter((one) => !pending.includes(one)).map(nameOf), pending: pending.map(nameOf) }
}

async function hasTable({ kind, sql: db }: Database): Promise<boolean> {
  const { rows } = await (kind === 'postgres'
    ? sql`SELECT 1 WHERE to_regclass('hallpass_migrations') IS NOT NULL`.execute(db)
    : sql`SELECT 1 FROM sqlite_master WHERE name = 'hallpass_migrations'`.execute(db))
  return rows.length > 0
}

/** Any number will do, as long as every hallpass uses the same, and nobody else does. */
const lockNumber = 7_239_402_556

async function pendingMigrations(trx: Sql): Promise<readonly Migration[]> {
  const applied = await trx.selectFrom('hallpass_migrations').selectAll().orderBy('number').execute()
  const newest = applied.at(-1)?.number ?? 0
  if (newest > migrations.length) {
    throw new ConfigurationError(
      'database_newer',
      `The database is at migration ${newest} and this hallpass knows ${migrations.length}. It was made by a newer one: run 'npm install hallpass@latest'`,
    )
  }
  for (const { number, checksum } of applied) {
    const ours = migrations[number - 1]
    if (ours === undefined || checksumOf(ours.statements) !== checksum) {
      throw new ConfigurationError(
        'database_invalid',
        `Migration ${number} of the database is not the one that this hallpass has: is it hallpass's own, and a released version's?`,
      )
    }
  }
  return migrations.filter(({ number }) => applied.every((row) => row.number !== number))
}

function checksumOf(statements: Migration['statements']): string {
  return createHash('sha256').update(JSON.stringify(statements)).digest('hex')
}

function nameOf({ number, name }: Migration): string {
  return `${String(number).padStart(4, '0')}-${name}`
}
