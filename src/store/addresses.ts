import type { Sql } from './database.ts'
import { engineOf } from './engine-of.ts'
import { userColumns } from './tables.ts'
import { toUserWithHash, type UserWithHash } from './users.ts'

/**
 * The user whom mail to an address is for: who proved it, or the only one who typed it. Of several who typed it nothing says
 * whose it is.
 */
export async function findUserOfAddress(sql: Sql, normal: string): Promise<UserWithHash | undefined> {
  const rows = await sql
    .selectFrom('hallpass_users')
    .select(userColumns)
    .where('email_normal', '=', normal)
    .orderBy((user) => user.case().when('email_verified_at', 'is not', null).then(0).else(1).end())
    .limit(2)
    .execute()
  const [first, second] = rows.map(toUserWithHash)
  return first?.emailVerifiedAt === null && second !== undefined ? undefined : first
}

/**
 * All users with an address, locked until the transaction ends: of several who prove it at once, one does. In one order, so
 * that none waits for another that waits for it.
 */
export async function lockHolders(trx: Sql, normal: string): Promise<UserWithHash[]> {
  const rows = await trx
    .selectFrom('hallpass_users')
    .select(userColumns)
    .where('email_normal', '=', normal)
    .orderBy('id')
    .$if(engineOf(trx) === 'postgres', (query) => query.forNoKeyUpdate())
    .execute()
  return rows.map(toUserWithHash)
}

/** Notes that a user receives mail at the address that the account has. */
export async function markVerified(trx: Sql, id: string, now: Date): Promise<void> {
  await trx
    .updateTable('hallpass_users')
    .set({ email_verified_at: now.getTime(), updated_at: now.getTime() })
    .where('id', '=', id)
    .execute()
}

/** Takes the address from users, who are locked: whether theirs counts has been decided. */
export async function removeAddress(trx: Sql, ids: readonly string[], now: Date): Promise<void> {
  await trx
    .updateTable('hallpass_users')
    .set({ email: null, email_normal: null, email_verified_at: null, updated_at: now.getTime() })
    .where('id', 'in', ids)
    .execute()
}

/** Whether a statement failed because another user proved the address in the same moment. */
export function isTakenMeanwhile(error: unknown): boolean {
  const { code, errcode } = (error ?? {}) as { readonly code?: unknown; readonly errcode?: unknown }
  // unique_violation; SQLITE_CONSTRAINT_UNIQUE.
  return code === '23505' || (code === 'ERR_SQLITE_ERROR' && errcode === 2067)
}
