import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { ConfigurationError } from '../../errors.ts'
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

/** Which migrations a database has, and which it waits for. */
export interface MigrationStatus {
  readonly applied: readonly string[]
  readonly pending: readonly string[]
}

/** Called with what is being done, a line each time. */
export type OnProgress = (line: string) => void

/**
 * Brings the database up to date. Processes that start at once wait for each other: one applies what is pending, and the
 * others find it done. On SQLite, and where the database is new, that is one transaction. Otherwise it is one for each
 * migration, after what is prepared while nodes serve; what was interrupted is gone on with at the next call.
 * @returns The names of what was applied now.
 * @throws {ConfigurationError} `database_newer`, `database_invalid`
 */
export async function migrate(database: Database, onProgress: OnProgress = () => {}): Promise<readonly string[]> {
  try {
    if ((await readPending(database)).length === 0) return []
    return await database.unlimited((db) =>
      database.kind === 'sqlite' ? applyAtOnce(database, db) : applyOnPostgres(database, db, onProgress),
    )
  } catch (error) {
    throw explainStart(error)
  }
}

/**
 * Looks without changing anything.
 * @throws {ConfigurationError} `database_newer`, `database_invalid`
 */
export async function migrationStatus(database: Database): Promise<MigrationStatus> {
  const pending = await readPending(database)
  return { applied: migrations.filter((one) => !pending.includes(one)).map(nameOf), pending: pending.map(nameOf) }
}

/**
 * For a command that migrates nothing: servers of the version before may run.
 * @param mayMake Whether the tables are made where there are none.
 * @throws {ConfigurationError} `database_invalid` where something is pending; `database_newer`
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

function applyOnPostgres(database: Database, db: Sql, onProgress: OnProgress): Promise<readonly string[]> {
  return withMigrationLock(database, onProgress, async (lost) => {
    const pending = await readPending({ ...database, sql: db })
    if (pending.length === migrations.length) return applyAtOnce(database, db, lost)
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
 * Which were applied. Additive ones are kept apart, where a node that does not know them does not look: 0.1.0 is not ready
 * where it finds one too many in the first of these, and neither is any later version.
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
      `Migration ${row.number} of the database differs from the one in this version of hallpass: check that the tables are hallpass's, and that a released version made them`,
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
  const [breaking, added] = tables.map((table) =>
    rows.some(({ name }) => name === table) ? db.selectFrom(table).select(['number', 'checksum']).execute() : [],
  )
  return [(await breaking) ?? [], (await added) ?? []]
}

/** What was released before there were preparations is known by its statements alone. */
function checksumOf({ statements, preparations }: Migration): string {
  const text = JSON.stringify(preparations === undefined ? statements : [preparations, statements])
  return createHash('sha256').update(text).digest('hex')
}

function nameOf({ number, name }: Migration): string {
  return `${String(number).padStart(4, '0')}-${name}`
}
