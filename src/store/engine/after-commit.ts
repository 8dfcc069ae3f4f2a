import type { Kysely } from 'kysely'
import type { Tables } from '../tables.ts'
import type { Sql } from './database.ts'

const waiting = new WeakMap<Sql, Set<() => void>>()

/**
 * Calls something of this process once a transaction is committed, and never if it is rolled back: what it does may need the
 * rows, which no one sees before. Several calls with one function are one.
 */
export function afterCommit(trx: Sql, call: () => void): void {
  const calls = waiting.get(trx) ?? new Set()
  waiting.set(trx, calls.add(call))
}

/** A transaction of either database. */
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
