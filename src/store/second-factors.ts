import { sql } from 'kysely'
import type { Sql } from './database.ts'

/** What a user can prove a second factor with. */
export type FactorMethod = 'totp' | 'recovery_code'

/** In the order in which they are offered. */
export async function listFactorMethods(db: Sql, userId: string): Promise<readonly FactorMethod[]> {
  const { rows } = await sql<{ method: FactorMethod }>`
    SELECT 'totp' AS method WHERE EXISTS
      (SELECT 1 FROM hallpass_totp WHERE user_id = ${userId} AND confirmed_at IS NOT NULL)
    UNION ALL
    SELECT 'recovery_code' WHERE EXISTS
      (SELECT 1 FROM hallpass_recovery_codes WHERE user_id = ${userId} AND used_at IS NULL)`.execute(db)
  return rows.map(({ method }) => method)
}
