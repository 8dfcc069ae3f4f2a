import { sql } from 'kysely'
import type { Sql } from '../engine/database.ts'

/**
 * Counts a code of a user before it is compared, unless as many were counted since a factor was last proven. One statement: of
 * many at once none is more than there may be.
 * @returns How many that makes; `undefined` where there were enough.
 */
export async function countFactorAttempt(db: Sql, userId: string, most: number): Promise<number | undefined> {
  const { rows } = await sql<{ wrong_factors: number }>`
    UPDATE hallpass_users SET wrong_factors = wrong_factors + 1
    WHERE id = ${userId} AND wrong_factors < ${most} RETURNING wrong_factors`.execute(db)
  return rows[0]?.wrong_factors
}

/** Undoes the count of a code that could not be compared. */
export async function uncountFactorAttempt(db: Sql, userId: string): Promise<void> {
  await sql`
    UPDATE hallpass_users SET wrong_factors = wrong_factors - 1 WHERE id = ${userId} AND wrong_factors > 0`.execute(db)
}

/** Begins a new count, once a factor is proven, or an operator says so. */
export async function forgetFactorAttempts(db: Sql, userId: string): Promise<void> {
  await sql`UPDATE hallpass_users SET wrong_factors = 0 WHERE id = ${userId} AND wrong_factors > 0`.execute(db)
}

export async function readFactorAttempts(db: Sql, userId: string): Promise<number> {
  const { rows } = await sql<{ wrong_factors: number }>`
    SELECT wrong_factors FROM hallpass_users WHERE id = ${userId}`.execute(db)
  return rows[0]?.wrong_factors ?? 0
}
