import { sql } from 'kysely'
import type { Sql } from '../engine/database.ts'

/**
 * Counts a user's attempt before its code is compared, unless the maximum since the last proven factor is reached. It
 * is one statement, so that concurrent attempts cannot exceed the maximum.
 * @returns The new count; `undefined` if the maximum was reached.
 */
export async function countFactorAttempt(db: Sql, userId: string, most: number): Promise<number | undefined> {
  const { rows } = await sql<{ wrong_factors: number }>`
    UPDATE hallpass_users SET wrong_factors = wrong_factors + 1
    WHERE id = ${userId} AND wrong_factors < ${most} RETURNING wrong_factors`.execute(db)
  return rows[0]?.wrong_factors
}

/** Undoes the count of an attempt whose code could not be compared. */
export async function uncountFactorAttempt(db: Sql, userId: string): Promise<void> {
  await sql`
    UPDATE hallpass_users SET wrong_factors = wrong_factors - 1 WHERE id = ${userId} AND wrong_factors > 0`.execute(db)
}

/** Resets the count, after a factor was proven or at an operator's request. */
export async function forgetFactorAttempts(db: Sql, userId: string): Promise<void> {
  await sql`UPDATE hallpass_users SET wrong_factors = 0 WHERE id = ${userId} AND wrong_factors > 0`.execute(db)
}

export async function readFactorAttempts(db: Sql, userId: string): Promise<number> {
  const { rows } = await sql<{ wrong_factors: number }>`
    SELECT wrong_factors FROM hallpass_users WHERE id = ${userId}`.execute(db)
  return rows[0]?.wrong_factors ?? 0
}
