import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'
import type { Sql } from './database.ts'

const waiting = new WeakMap<Sql, Set<() => void>>()

/**
 * Calls a function once the transaction is committed, and never if it is rolled back. Such a function may read the
 * rows, which are visible to others only then. Registering the same function several times calls it once.
 */
export function afterCommit(trx: Sql, call: () => void): void {
  const calls = waiting.get(trx) ?? new Set()
  waiting.set(trx, calls.add(call))
}

/** Runs a transaction on either database. */
export async function runTransaction<Result>(
  kysely: Kysely<Tables>,
  change: (trx: Sql) => Promise<Result>,
): Promise<Result> {
  let calls: ReadonlySet<() => void> | undefined
  const result = await kysely.transaction().execute(async (trx) => {
    const result = await change(trx)
    calls = waiting.get(trx)
    return result
  })
  for (const call of calls ?? []) call()
  return result
}
