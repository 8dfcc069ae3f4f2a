import type { Sql } from '../engine/database.ts'
import { engineOf } from '../engine/engine-of.ts'
import { userColumns } from '../tables.ts'
import { toUserWithHash, type UserWithHash } from './users.ts'

/**
 * The user whom mail to an address is for: who proved it, or the first of those who typed it, disabled ones last. A stranger
 * who types it comes later, and must not keep the owner's mails from the owner. The user stays until the transaction ends: what is made for them cannot meet a deletion.
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

/** A user, who stays until the transaction ends. */
export async function keepUser(trx: Sql, id: string): Promise<UserWithHash | undefined> {
  const row = await trx
    .selectFrom('hallpass_users')
    .select(userColumns)
    .where('id', '=', id)
    .$if(engineOf(trx) === 'postgres', (query) => query.forKeyShare())
    .executeTakeFirst()
  return row && toUserWithHash(row)
}

/** Whether an address is that of a user, verified or not. */
export async function hasAddress(sql: Sql, id: string, normal: string): Promise<boolean> {
  const query = sql.selectFrom('hallpass_users').select('id').where('id', '=', id).where('email_normal', '=', normal)
  return (await query.executeTakeFirst()) !== undefined
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
