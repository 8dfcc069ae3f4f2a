import { sql } from 'kysely'
import type { Sql } from './engine/database.ts'
import { engineOf } from './engine/engine-of.ts'

/** Another than those of the migrations and of the signing keys. */
const lockNumber = 7_239_402_558

/** Whether no other process is cleaning up; until the end of the transaction, none will. SQLite has one writer anyway. */
export async function tryLock(trx: Sql): Promise<boolean> {
  if (engineOf(trx) === 'sqlite') return true
  const { rows } = await sql<{
    free: boolean
  }>`SELECT pg_try_advisory_xact_lock(${lockNumber}::bigint) AS free`.execute(trx)
  return rows[0]?.free === true
}
