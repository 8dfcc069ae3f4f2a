import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Sql } from '../database.ts'
import type { Migration, Preparation } from './migration.ts'

type OnProgress = (line: string) => void

/** What is done in one transaction with the rest: on SQLite, and where the database is new. */
export function plainTexts(one: Preparation): readonly string[] {
  if ('index' in one) {
    const { unique, name } = indexOf(one.index)
    return [`CREATE ${unique}INDEX ${name} ON ${one.on}`]
  }
  if ('unneededIndex' in one) return [`DROP INDEX ${one.unneededIndex}`]
  if ('made' in one) return [`CREATE TABLE IF NOT EXISTS ${one.table} (${one.made})`]
  if ('added' in one) return one.added.map((column) => `ALTER TABLE ${one.table} ADD COLUMN ${column}`)
  return [`UPDATE ${one.table} SET ${one.emptied} = NULL WHERE ${one.emptied} IS NOT NULL`]
}

/** Prepares a migration on PostgreSQL while nodes serve. All of it may be done again. */
export async function prepareOnline(
  db: Sql,
  { name, preparations = [] }: Migration,
  onProgress: OnProgress,
): Promise<void> {
  for (const [index, one] of preparations.entries()) {
    const report = (line: string) => onProgress(`${name}, ${index + 1} of ${preparations.length}: ${line}`)
    report(describe(one))
    if ('index' in one) await createIndex(db, one, report)
    else if ('emptied' in one) await empty(db, one, report)
    else if ('unneededIndex' in one) await sql.raw(`DROP INDEX CONCURRENTLY IF EXISTS ${one.unneededIndex}`).execute(db)
    else await changeTable(db, one, report)
  }
}

function describe(one: Preparation): string {
  if ('index' in one) return `index ${indexOf(one.index).name}`
  if ('unneededIndex' in one) return `index ${one.unneededIndex} is dropped`
  if ('made' in one) return `table ${one.table}`
  return 'added' in one
    ? `${one.table} gets ${one.added.map(nameOf).join(', ')}`
    : `column ${one.table}.${one.emptied} is emptied`
}

/**
 * How long a change of a table, which keeps out everything else, may keep requests waiting for its turn. Less than they wait
 * for, and more than the second after which PostgreSQL stops its own vacuum of the table for it (`deadlock_timeout`).
 */
const lockMilliseconds = 2500
const retryMilliseconds = 1000
/** A lock that was not to be had in time; a deadlock. */
const mayTryAgain: ReadonlySet<unknown> = new Set(['55P03', '40P01'])

/** It waits for transactions that use the table, and all others then wait for it: not long, and another time where it must. */
async function changeTable(db: Sql, one: Preparation & { readonly table: string }, report: OnProgress): Promise<void> {
  for (let isFirst = true; ; isFirst = false) {
    try {
      await db.transaction().execute(async (trx) => {
        await sql.raw(`SET LOCAL lock_timeout = ${lockMilliseconds}`).execute(trx)
        if ('added' in one && (await hasColumns(trx, one))) return
        for (const text of plainTexts(one)) await sql.raw(text).execute(trx)
        if ('breaksPrepared' in one) await closeOtherConnections(trx)
      })
      return
    } catch (error) {
      if (!mayTryAgain.has((error as { code?: unknown }).code)) throw error
      if (isFirst) report('waiting for a transaction that uses the table, for example a pg_dump')
      await sleep(retryMilliseconds)
    }
  }
}

/** Looked at first: also where nothing is to be added, to say so would lock the table. */
async function hasColumns(
  trx: Sql,
  { table, added }: { readonly table: string; readonly added: readonly string[] },
): Promise<boolean> {
  const { rows } = await sql`SELECT 1 FROM pg_attribute
    WHERE attrelid = to_regclass(${table}) AND attname IN (${sql.join(added.map(nameOf))}) AND NOT attisdropped`.execute(
    trx,
  )
  return rows.length === added.length
}

/** Of the definition of a column. */
function nameOf(column: string): string {
  return column.split(' ', 1)[0] as string
}

/**
 * A statement that answers all columns, and was prepared before there was one more, fails from then on, for as long as its
 * connection lasts. So these end while the table is locked. Nodes open others, which prepare it when the lock is gone.
 */
async function closeOtherConnections(trx: Sql): Promise<void> {
  await sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'hallpass' AND pid <> pg_backend_pid()
      AND pg_has_role(usesysid, 'USAGE')`.execute(trx)
}

/** Large tables are indexed while they are written to. One that was interrupted is there, but not used: it is made anew. */
async function createIndex(
  db: Sql,
  one: { readonly index: string; readonly on: string },
  report: OnProgress,
): Promise<void> {
  const { unique, name } = indexOf(one.index)
  const { rows } = await sql`SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(${name}) AND NOT indisvalid`.execute(
    db,
  )
  if (rows.length > 0) await sql.raw(`DROP INDEX CONCURRENTLY ${name}`).execute(db)
  const following = followIndex(db, report)
  try {
    await sql.raw(`CREATE ${unique}INDEX CONCURRENTLY IF NOT EXISTS ${name} ON ${one.on}`).execute(db)
  } finally {
    following.stop()
  }
}

const reportMilliseconds = 2000

/** Reports how far PostgreSQL has come, from another connection. */
function followIndex(db: Sql, report: OnProgress): { stop(): void } {
  const timer = setInterval(async () => {
    const { rows } = await sql<{ phase: string; percent: number | null }>`SELECT phase,
        round(100.0 * greatest(blocks_done, tuples_done) / nullif(greatest(blocks_total, tuples_total), 0))::int AS percent
      FROM pg_stat_progress_create_index WHERE datname = current_database()`
      .execute(db)
      .catch(() => ({ rows: [] }))
    const [row] = rows
    if (row !== undefined) report(row.percent === null ? row.phase : `${row.phase}, ${row.percent} %`)
  }, reportMilliseconds)
  return { stop: () => clearInterval(timer) }
}

const rowsAtOnce = 2000

/** Rows that others are changing are passed over: nothing waits for this, and this waits for nothing. */
async function empty(
  db: Sql,
  { table, emptied }: { readonly table: string; readonly emptied: string },
  report: OnProgress,
): Promise<void> {
  const [target, column] = [sql.table(table), sql.ref(emptied)]
  let total = 0
  let reported = performance.now()
  for (let after: string | null = ''; after !== null; ) {
    const { rows }: { rows: { last: string | null; count: number }[] } = await sql<{
      last: string | null
      count: number
    }>`
      WITH found AS (
        SELECT id FROM ${target} WHERE id > ${after} AND ${column} IS NOT NULL
        ORDER BY id LIMIT ${sql.lit(rowsAtOnce)} FOR NO KEY UPDATE SKIP LOCKED
      ), emptied AS (
        UPDATE ${target} SET ${column} = NULL FROM found WHERE ${target}.id = found.id
      )
      SELECT max(id) AS last, count(*)::int AS count FROM found`.execute(db)
    after = rows[0]?.last ?? null
    total += rows[0]?.count ?? 0
    if (performance.now() - reported < reportMilliseconds) continue
    reported = performance.now()
    report(`${total} rows`)
  }
}

function indexOf(text: string): { readonly unique: string; readonly name: string } {
  const [, unique = '', name = ''] = /^(UNIQUE )?(\w+)$/.exec(text) ?? []
  return { unique, name }
}
