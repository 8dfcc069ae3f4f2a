import type { Sql } from '../engine/database.ts'
import { engineOf } from '../engine/engine-of.ts'
import { userColumns } from '../tables.ts'
import { toUserWithHash, type UserWithHash } from './users.ts'

/**
 * Finds the user whom mail to an address is for: the one who proved it, or else the first who entered it, disabled
 * users last. A stranger who enters it later must not divert the owner's mail. The user is locked until the transaction
 * ends, so that nothing is created for a user who is being deleted.
 */
export async function findUserOfAddress(trx: Sql, normal: string): Promise<UserWithHash | undefined> {
  const row = await trx
    .selectFrom('hallpass_users')
    .select(userColumns)
    .where('email_normal', '=', normal)
    .orderBy((user) =>
      user
        .case()
        .when('email_verified_at', 'is not', null)
        .then(0)
        .when('disabled_at', 'is', null)
        .then(1)
        .else(2)
        .end(),
    )
    .orderBy('created_at')
    .orderBy('id')
    .limit(1)
    .$if(engineOf(trx) === 'postgres', (query) => query.forKeyShare())
    .executeTakeFirst()
  return row && toUserWithHash(row)
}

/** Reads a user and prevents their deletion until the transaction ends. */
export async function keepUser(trx: Sql, id: string): Promise<UserWithHash | undefined> {
  const row = await trx
    .selectFrom('hallpass_users')
    .select(userColumns)
    .where('id', '=', id)
    .$if(engineOf(trx) === 'postgres', (query) => query.forKeyShare())
    .executeTakeFirst()
  return row && toUserWithHash(row)
}

/** Whether a user has this address, verified or not. */
export async function hasAddress(sql: Sql, id: string, normal: string): Promise<boolean> {
  const query = sql.selectFrom('hallpass_users').select('id').where('id', '=', id).where('email_normal', '=', normal)
  return (await query.executeTakeFirst()) !== undefined
}

/**
 * Locks all users with an address until the transaction ends, so that of several who prove it at once, one succeeds.
 * They are locked in a fixed order, so that no two transactions wait for each other.
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

/** Records that a user receives mail at the account's address. */
export async function markVerified(trx: Sql, id: string, now: Date): Promise<void> {
  await trx
    .updateTable('hallpass_users')
    .set({ email_verified_at: now.getTime(), updated_at: now.getTime() })
    .where('id', '=', id)
    .execute()
}

/** Removes the address of users who are locked, and for whom it has been decided that it does not count. */
export async function removeAddress(trx: Sql, ids: readonly string[], now: Date): Promise<void> {
  await trx
    .updateTable('hallpass_users')
    .set({ email: null, email_normal: null, email_verified_at: null, updated_at: now.getTime() })
    .where('id', 'in', ids)
    .execute()
}

/** Whether a statement failed because another user proved the address at the same moment. */
export function isTakenMeanwhile(error: unknown): boolean {
  const { code, errcode } = (error ?? {}) as { readonly code?: unknown; readonly errcode?: unknown }
  // unique_violation; SQLITE_CONSTRAINT_UNIQUE.
  return code === '23505' || (code === 'ERR_SQLITE_ERROR' && errcode === 2067)
}
