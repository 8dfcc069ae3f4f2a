import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Database, Sql } from '../engine/database.ts'
import type { Migration, Preparation } from './migration.ts'

type OnProgress = (line: string) => void

/** What is done in one transaction with the rest: on SQLite, and where the database is new. */
export function plainTexts(one: Preparation, kind: Database['kind']): readonly string[] {
  if ('index' in one) {
    const { unique, name } = indexOf(one.index)
    return [`CREATE ${unique}INDEX ${name} ON ${one.on}`]
  }
  if ('unneededIndex' in one) return [`DROP INDEX ${one.unneededIndex}`]
  if ('made' in one) return [`CREATE TABLE IF NOT EXISTS ${one.table} (${one.made})`]
  if ('added' in one) return one.added.map((column) => `ALTER TABLE ${one.table} ADD COLUMN ${column}`)
  if ('notUnique' in one) return freeTexts(one)[kind]
  return [`UPDATE ${one.table} SET ${one.emptied} = NULL WHERE ${one.emptied} IS NOT NULL`]
}

/** SQLite cannot drop the constraint of a column, and to make the table anew would delete what refers to it. */
function freeTexts({
  table,
  notUnique: column,
}: {
  readonly table: string
  readonly notUnique: string
}): Record<Database['kind'], string[]> {
  return {
    postgres: [`ALTER TABLE ${table} DROP CONSTRAINT IF EXISTS ${table}_${column}_key`],
    sqlite: [
      `ALTER TABLE ${table} RENAME COLUMN ${column} TO former_${column}`,
      `ALTER TABLE ${table} ADD COLUMN ${column} TEXT`,
      `UPDATE ${table} SET ${column} = former_${column}, former_${column} = NULL`,
    ],
  }
}

/** What a step works with. */
interface Step {
  readonly db: Sql
  readonly report: OnProgress
  /** Aborted when another process may migrate: nothing more is begun. */
  readonly lost: AbortSignal
}

/**
 * Prepares a migration on PostgreSQL while nodes serve. All of it may be done again.
 * @param lost Aborted when it has to stop.
 */
export async function prepareOnline(
  db: Sql,
  { name, preparations = [] }: Migration,
  onProgress: OnProgress,
  lost: AbortSignal,
): Promise<void> {
  for (const [index, one] of preparations.entries()) {
    const report = (line: string) => onProgress(`${name}, ${index + 1} of ${preparations.length}: ${line}`)
    const step = { db, report, lost }
    report(describe(one))
    if ('index' in one) await retried(step, () => createIndex(step, one))
    else if ('emptied' in one) await empty(step, one)
    else if ('unneededIndex' in one) await retried(step, () => dropIndex(db, one.unneededIndex))
    else await changeTable(step, one)
  }
  lost.throwIfAborted()
}

function describe(one: Preparation): string {
  if ('index' in one) return `index ${indexOf(one.index).name}`
  if ('unneededIndex' in one) return `index ${one.unneededIndex} is dropped`
  if ('made' in one) return `table ${one.table}`
  if ('notUnique' in one) return `${one.table}.${one.notUnique} may repeat`
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

/** Waits for others that use a table, for as long as they do. */
async function retried<Result>({ report, lost }: Step, change: () => Promise<Result>): Promise<Result> {
  for (let isFirst = true; ; isFirst = false) {
    lost.throwIfAborted()
    try {
      return await change()
    } catch (error) {
      if (!mayTryAgain.has((error as { code?: unknown }).code)) throw error
      if (isFirst) report('waiting for a transaction that uses the table, for example a pg_dump')
      await sleep(retryMilliseconds)
    }
  }
}

/** It waits for transactions that use the table, and all others then wait for it: not long, and another time where it must. */
async function changeTable(step: Step, one: Preparation & { readonly table: string }): Promise<void> {
  const left = await retried(step, () =>
    step.db.transaction().execute(async (trx) => {
      await sql.raw(`SET LOCAL lock_timeout = ${lockMilliseconds}`).execute(trx)
      if ('added' in one && (await hasColumns(trx, one))) return []
      for (const text of plainTexts(one, 'postgres')) await sql.raw(text).execute(trx)
      return 'breaksPrepared' in one ? closeOtherConnections(trx) : []
    }),
  )
  for (const { role, count, self } of left) {
    step.report(
      `${count} connections of the role ${role} could not be closed: nodes of the version before that use them fail to refresh tokens until they are restarted. Restart them now. To have them closed, write GRANT pg_signal_backend TO ${self} before you migrate`,
    )
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

/** Connections that this role may not close: how many, and whose. */
interface LeftOpen {
  readonly role: string
  readonly count: number
  /** The role that migrates. */
  readonly self: string
}

/**
 * A statement that answers all columns, and was prepared before there was one more, fails from then on, for as long as its
 * connection lasts. So these end while the table is locked. Nodes open others, which prepare it when the lock is gone.
 *
 * A role may close its own connections, and those of roles that it is a member of; with `pg_signal_backend` those of all but
 * superusers.
 * @returns What it may not close.
 */
async function closeOtherConnections(trx: Sql): Promise<readonly LeftOpen[]> {
  const { rows } = await sql<LeftOpen>`
    WITH self AS (SELECT rolsuper FROM pg_roles WHERE rolname = current_user), others AS MATERIALIZED (
      SELECT a.pid, a.usesysid, self.rolsuper OR NOT r.rolsuper
        AND (pg_has_role(a.usesysid, 'USAGE') OR pg_has_role('pg_signal_backend', 'USAGE')) AS may_close
      FROM self, pg_stat_activity a JOIN pg_roles r ON r.oid = a.usesysid
      WHERE a.datname = current_database() AND a.application_name = 'hallpass' AND a.pid <> pg_backend_pid()
    ), closed AS MATERIALIZED (
      SELECT usesysid, CASE WHEN may_close THEN pg_terminate_backend(pid) END AS is_closed FROM others
    )
    SELECT quote_ident(pg_get_userbyid(usesysid)) AS role, quote_ident(current_user) AS self,
      (count(*) FILTER (WHERE is_closed IS NULL))::int AS count
    FROM closed GROUP BY usesysid HAVING count(*) FILTER (WHERE is_closed IS NULL) > 0 ORDER BY 1`.execute(trx)
  return rows
}

/** Large tables are indexed while they are written to. One that was interrupted is there, but not used: it is made anew. */
async function createIndex(
  { db, report, lost }: Step,
  one: { readonly index: string; readonly on: string },
): Promise<void> {
  const { unique, name } = indexOf(one.index)
  const { rows } = await sql`SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(${name}) AND NOT indisvalid`.execute(
    db,
  )
  if (rows.length > 0) await dropIndex(db, name)
  const following = followIndex(db, report)
  const cancel = () => cancelIndex(db, name)
  lost.addEventListener('abort', cancel)
  try {
    await sql.raw(`CREATE ${unique}INDEX CONCURRENTLY IF NOT EXISTS ${name} ON ${one.on}`).execute(db)
  } finally {
    lost.removeEventListener('abort', cancel)
    following.stop()
  }
}

async function dropIndex(db: Sql, name: string): Promise<void> {
  await sql.raw(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`).execute(db)
}

/** The process that has the lock now would wait for it, and then make it anew. */
function cancelIndex(db: Sql, name: string): void {
  sql`SELECT pg_cancel_backend(pid) FROM pg_stat_progress_create_index
    WHERE datname = current_database() AND index_relid = to_regclass(${name})`
    .execute(db)
    // Then it ends with its connection.
    .catch(() => {})
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
  { db, report, lost }: Step,
  { table, emptied }: { readonly table: string; readonly emptied: string },
): Promise<void> {
  const [target, column] = [sql.table(table), sql.ref(emptied)]
  let total = 0
  let reported = performance.now()
  for (let after: string | null = ''; after !== null; ) {
    lost.throwIfAborted()
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
