import { sql } from 'kysely'
import type { Sql } from './engine/database.ts'
import { engineOf } from './engine/engine-of.ts'

/** Differs from the lock numbers of the migrations and of the signing keys. */
const lockNumber = 7_239_402_558

/**
 * Takes the cleanup lock until the end of the transaction. @returns `false` if another process has it. SQLite needs no
 * lock, because it has one writer.
 */
export async function tryLock(trx: Sql): Promise<boolean> {
  if (engineOf(trx) === 'sqlite') return true
  const { rows } = await sql<{
    free: boolean
  }>`SELECT pg_try_advisory_xact_lock(${lockNumber}::bigint) AS free`.execute(trx)
  return rows[0]?.free === true
}
