import { sql } from 'kysely'
import type { Sql } from '../engine/database.ts'

/** What a user can prove a second factor with. */
export type FactorMethod = 'totp' | 'passkey' | 'recovery_code'

/** In the order in which they are offered. */
export async function listFactorMethods(db: Sql, userId: string): Promise<readonly FactorMethod[]> {
  const { rows } = await sql<{ method: FactorMethod }>`
    SELECT 'totp' AS method WHERE EXISTS
      (SELECT 1 FROM hallpass_totp WHERE user_id = ${userId} AND confirmed_at IS NOT NULL)
    UNION ALL
    SELECT 'passkey' WHERE EXISTS (SELECT 1 FROM hallpass_passkeys WHERE user_id = ${userId})
    UNION ALL
    SELECT 'recovery_code' WHERE EXISTS
      (SELECT 1 FROM hallpass_recovery_codes WHERE user_id = ${userId} AND used_at IS NULL)`.execute(db)
  return rows.map(({ method }) => method)
}

/**
 * Counts the second factors of a user anew, in the transaction that added or removed some, which has locked the user: two
 * changes at once would each miss the other's.
 * @returns How many there are.
 */
export async function recountFactors(trx: Sql, userId: string, now: Date): Promise<number> {
  const { rows } = await sql<{ count: number | string }>`
    SELECT
      (SELECT count(*) FROM hallpass_totp WHERE user_id = ${userId} AND confirmed_at IS NOT NULL) +
      (SELECT count(*) FROM hallpass_passkeys WHERE user_id = ${userId}) AS count`.execute(trx)
  const count = Number(rows[0]?.count ?? 0)
  await trx
    .updateTable('hallpass_users')
    .set({ second_factors: count, updated_at: now.getTime() })
    .where('id', '=', userId)
    .execute()
  return count
}

/** How a user of a session was authenticated, by now. Absent members stay as they are. */
export interface SessionProof {
  readonly amr?: readonly string[]
  readonly authenticatedAt?: Date
  readonly factorAt?: Date | null
}

/** Notes what was proven in a session, in the transaction that uses up the proof. */
export async function noteProof(
  trx: Sql,
  sessionId: string,
  { amr, authenticatedAt, factorAt }: SessionProof,
): Promise<void> {
  await trx
    .updateTable('hallpass_sessions')
    .set({
      ...(amr !== undefined && { amr: JSON.stringify(amr) }),
      ...(authenticatedAt !== undefined && { authenticated_at: authenticatedAt.getTime() }),
      ...(factorAt !== undefined && { factor_at: factorAt?.getTime() ?? null }),
    })
    .where('id', '=', sessionId)
    .execute()
}
