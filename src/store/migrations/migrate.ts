import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { asText, ConfigurationError } from '../../errors.ts'
import type { Database, Sql } from '../engine/database.ts'
import { explainStart } from '../engine/faults.ts'
import { accounts } from './0001-accounts.ts'
import { keysAndFeed } from './0002-keys-and-feed.ts'
import { sharedFacts } from './0003-shared-facts.ts'
import { mailAndFactors } from './0004-mail-and-factors.ts'
import { waysIn } from './0005-ways-in.ts'
import type { Migration } from './migration.ts'
import { withMigrationLock } from './migration-lock.ts'
import { plainTexts, prepareOnline } from './preparations.ts'

const migrations: readonly Migration[] = [accounts, keysAndFeed, sharedFacts, mailAndFactors, waysIn]

/** Which migrations a database has, and which are pending. */
export interface MigrationStatus {
  readonly applied: readonly string[]
  readonly pending: readonly string[]
}

/** Called with one line for each step. */
export type OnProgress = (line: string) => void

/**
 * Brings the database up to date. Of several processes that start at once, one applies the pending migrations and the
 * others wait until it is done. On SQLite, and on a new database, everything is one transaction. Otherwise each
 * migration is a transaction, preceded by preparations that run while nodes serve. The next call continues a run that
 * was interrupted.
 * @returns The names of the migrations that this call applied.
 * @throws {ConfigurationError} `database_newer`, `database_invalid`
 */
export async function migrate(database: Database, onProgress: OnProgress = () => {}): Promise<readonly string[]> {
  try {
    if ((await readPending(database)).length === 0) return []
    return await database.unlimited((db) =>
      database.kind === 'sqlite' ? applyAtOnce(database, db) : applyOnPostgres(database, db, harmless(onProgress)),
    )
  } catch (error) {
    throw explainStart(error)
  }
}

/** A listener whose failure, now or later, becomes a process warning: it must stop neither migration nor process. */
function harmless(onProgress: OnProgress): OnProgress {
  async function report(line: string): Promise<void> {
    try {
      await onProgress(line)
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : asText(error))
    }
  }
  return (line) => void report(line)
}

/**
 * Reads the status without changing anything.
 * @throws {ConfigurationError} `database_newer`, `database_invalid`
 */
export async function migrationStatus(database: Database): Promise<MigrationStatus> {
  const pending = await readPending(database)
  return { applied: migrations.filter((one) => !pending.includes(one)).map(nameOf), pending: pending.map(nameOf) }
}

/**
 * For commands that must not migrate, because servers of the previous version may be running.
 * @param mayMake Whether missing tables are created in an empty database.
 * @throws {ConfigurationError} `database_invalid` if a migration is pending; `database_newer`
 */
export async function requireMigrated(
  database: Database,
  { mayMake = false }: { readonly mayMake?: boolean } = {},
): Promise<void> {
  const { applied, pending } = await migrationStatus(database).catch((error) => {
    throw explainStart(error)
  })
  if (pending.length === 0) return
  if (mayMake && applied.length === 0) {
    await migrate(database)
    return
  }
  const what = applied.length === 0 ? 'has no hallpass tables' : `is not up to date: ${pending.join(', ')} pending`
  throw new ConfigurationError('database_invalid', `The database ${what}. Run 'hallpass migrate' or start the server`)
}

/**
 * Identifies a deployment by its database: when its first migration was applied and, on PostgreSQL, its name, by which a
 * copy differs.
 */
export async function deploymentOf({ kind, sql: db }: Database): Promise<string> {
  const first = await db.selectFrom(tables[0]).select('applied_at').where('number', '=', 1).executeTakeFirstOrThrow()
  const { rows } =
    kind === 'postgres' ? await sql<{ name: string }>`SELECT current_database() AS name`.execute(db) : { rows: [] }
  const text = JSON.stringify([Number(first.applied_at), rows[0]?.name])
  return createHash('sha256').update(text).digest('base64url').slice(0, 16)
}

function applyOnPostgres(database: Database, db: Sql, onProgress: OnProgress): Promise<readonly string[]> {
  return withMigrationLock(database, onProgress, async (lost) => {
    const pending = await readPending({ ...database, sql: db })
    if (pending.length === migrations.length) {
      await requireUnicode(db)
      return applyAtOnce(database, db, lost)
    }
    for (const migration of pending) {
      await prepareOnline(db, migration, onProgress, lost)
      await db.transaction().execute(async (trx) => {
        await makeTables(trx)
        await apply(database, trx, migration)
        lost.throwIfAborted()
      })
    }
    return pending.map(nameOf)
  })
}

/** In SQL_ASCII, PostgreSQL stores any text as it is. */
async function requireUnicode(db: Sql): Promise<void> {
  const { rows } = await sql<{ encoding: string }>`SELECT current_setting('server_encoding') AS encoding`.execute(db)
  const { encoding = '' } = rows[0] ?? {}
  if (encoding === 'UTF8' || encoding === 'SQL_ASCII') return
  throw new ConfigurationError(
    'database_invalid',
    `The database has the encoding ${encoding}, in which most names cannot be stored: create it with ENCODING 'UTF8' TEMPLATE template0`,
  )
}

function applyAtOnce(database: Database, db: Sql, lost?: AbortSignal): Promise<readonly string[]> {
  return db.transaction().execute(async (trx) => {
    await makeTables(trx)
    const pending = await readPending({ ...database, sql: trx })
    for (const migration of pending) {
      const texts = (migration.preparations ?? []).flatMap((one) => plainTexts(one, database.kind))
      for (const text of texts) await sql.raw(text).execute(trx)
      await apply(database, trx, migration)
    }
    lost?.throwIfAborted()
    return pending.map(nameOf)
  })
}

async function apply({ kind }: Database, trx: Sql, migration: Migration): Promise<void> {
  const { number, name, isAdditive, statements } = migration
  const texts = statements.flatMap((text) => (typeof text === 'string' ? text : text[kind]))
  for (const text of texts) await sql.raw(text).execute(trx)
  const row = { number, name, checksum: checksumOf(migration), applied_at: Date.now() }
  await trx
    .insertInto(isAdditive ? additive : tables[0])
    .values(row)
    .execute()
}

async function makeTables(trx: Sql): Promise<void> {
  for (const table of tables) {
    await sql`CREATE TABLE IF NOT EXISTS ${sql.table(table)} (
      number INTEGER PRIMARY KEY,
      name TEXT NOT NULL,
      checksum TEXT NOT NULL,
      applied_at BIGINT NOT NULL
    )`.execute(trx)
  }
}

/**
 * Records which migrations were applied. Additive ones have their own table, which nodes that do not know them do not
 * check: 0.1.0 and all later versions report not ready if the first table has a migration that they do not know.
 */
const additive = 'hallpass_additive_migrations'
const tables = ['hallpass_migrations', additive] as const

/** @throws {ConfigurationError} `database_newer`, `database_invalid` */
async function readPending(database: Pick<Database, 'kind' | 'sql'>): Promise<readonly Migration[]> {
  const [breaking, added] = await readApplied(database)
  const unknown = breaking.find(({ number }) => migrations.every((one) => one.number !== number))
  if (unknown !== undefined) {
    throw new ConfigurationError(
      'database_newer',
      `The database is at migration ${unknown.number}, and this version of hallpass knows ${migrations.length}. A newer version created or upgraded it: run 'npm install hallpass@latest'`,
    )
  }
  const applied = [...breaking, ...added]
  for (const migration of migrations) {
    const row = applied.find(({ number }) => number === migration.number)
    if (row === undefined || row.checksum === checksumOf(migration)) continue
    throw new ConfigurationError(
      'database_invalid',
      `Migration ${row.number} of the database differs from the one in this version of hallpass: check that the tables are hallpass's, and that a released version created them`,
    )
  }
  return migrations.filter(({ number }) => applied.every((row) => row.number !== number))
}

type Applied = readonly { readonly number: number; readonly checksum: string }[]

async function readApplied({ kind, sql: db }: Pick<Database, 'kind' | 'sql'>): Promise<readonly [Applied, Applied]> {
  const names = sql.join(tables)
  const { rows } = await (kind === 'postgres'
    ? sql<{ name: string }>`SELECT name FROM unnest(ARRAY[${names}]) name WHERE to_regclass(name) IS NOT NULL`.execute(
        db,
      )
    : sql<{ name: string }>`SELECT name FROM sqlite_master WHERE name IN (${names})`.execute(db))
  const [breaking = [], added = []] = await Promise.all(
    tables.map((table) =>
      rows.some(({ name }) => name === table) ? db.selectFrom(table).select(['number', 'checksum']).execute() : [],
    ),
  )
  return [breaking, added]
}

/** Migrations released before preparations existed are identified by their statements alone. */
function checksumOf({ statements, preparations }: Migration): string {
  const text = JSON.stringify(preparations === undefined ? statements : [preparations, statements])
  return createHash('sha256').update(text).digest('hex')
}

function nameOf({ number, name }: Migration): string {
  return `${String(number).padStart(4, '0')}-${name}`
}
