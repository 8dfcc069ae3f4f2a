import type { Sql } from '../engine/database.ts'
import { engineOf } from '../engine/engine-of.ts'
import { userColumns } from '../tables.ts'
import { findUserByUsername, type Name, toUserWithHash, type UserWithHash } from './users.ts'

/**
 * A user and the others who have an address, locked until the transaction ends: in one statement and one order, so that two
 * who exchange their addresses do not wait for each other.
 */
export async function lockUserAndHolders(
  trx: Sql,
  id: string,
  normal: string,
): Promise<{ readonly own: UserWithHash | undefined; readonly others: UserWithHash[] }> {
  const rows = await trx
    .selectFrom('hallpass_users')
    .select(userColumns)
    .where((user) => user.or([user('id', '=', id), user('email_normal', '=', normal)]))
    .orderBy('id')
    .$if(engineOf(trx) === 'postgres', (query) => query.forNoKeyUpdate())
    .execute()
  const users = rows.map(toUserWithHash)
  return { own: users.find((user) => user.id === id), others: users.filter((user) => user.id !== id) }
}

/** Gives a user an address that was proven. */
export async function setProvenAddress(trx: Sql, id: string, email: Name, now: Date): Promise<void> {
  const time = now.getTime()
  await trx
    .updateTable('hallpass_users')
    .set({ email: email.shown, email_normal: email.normal, email_verified_at: time, updated_at: time })
    .where('id', '=', id)
    .execute()
}

/** Gives a user, who is locked, another username. @returns Whether no one else has it. */
export async function setUsername(trx: Sql, id: string, { shown, normal }: Name, now: Date): Promise<boolean> {
  const holder = await findUserByUsername(trx, normal)
  if (holder !== undefined && holder.id !== id) return false
  await trx
    .updateTable('hallpass_users')
    .set({ username: shown, username_normal: normal, updated_at: now.getTime() })
    .where('id', '=', id)
    .execute()
  return true
}
