import type { Sql } from '../engine/database.ts'

/** What the codes of a user were hashed with: one salt, so that a code that is tried is hashed once. */
export interface RecoverySet {
  readonly salt: string
  /** Of any code of the set, in PHC format: it states the costs. */
  readonly sample: string
}

/** Keeps a set of codes, in the place of the one before. */
export async function replaceRecoveryCodes(
  sql: Sql,
  userId: string,
  { salt, hashes }: { readonly salt: string; readonly hashes: readonly string[] },
): Promise<void> {
  await deleteRecoveryCodesOf(sql, userId)
  const rows = hashes.map((hash) => ({ user_id: userId, hash, salt, used_at: null }))
  await sql.insertInto('hallpass_recovery_codes').values(rows).execute()
}

/** @returns Nothing where no code is left. */
export async function findRecoverySet(sql: Sql, userId: string): Promise<RecoverySet | undefined> {
  const row = await sql
    .selectFrom('hallpass_recovery_codes')
    .select(['salt', 'hash'])
    .where('user_id', '=', userId)
    .where('used_at', 'is', null)
    .limit(1)
    .executeTakeFirst()
  return row && { salt: row.salt, sample: row.hash }
}

/** A code by its hash, if it was not used. It may be by the time that it is to be taken. */
export async function hasRecoveryCode(sql: Sql, userId: string, hash: string): Promise<boolean> {
  const row = await sql
    .selectFrom('hallpass_recovery_codes')
    .select('used_at')
    .where('user_id', '=', userId)
    .where('hash', '=', hash)
    .where('used_at', 'is', null)
    .executeTakeFirst()
  return row !== undefined
}

/** Uses up a code: of many at once one succeeds. */
export async function takeRecoveryCode(sql: Sql, userId: string, hash: string, now: Date): Promise<boolean> {
  const { numUpdatedRows } = await sql
    .updateTable('hallpass_recovery_codes')
    .set({ used_at: now.getTime() })
    .where('user_id', '=', userId)
    .where('hash', '=', hash)
    .where('used_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** How many are left. */
export async function countRecoveryCodes(sql: Sql, userId: string): Promise<number> {
  const { count } = await sql
    .selectFrom('hallpass_recovery_codes')
    .select(({ fn }) => fn.countAll().as('count'))
    .where('user_id', '=', userId)
    .where('used_at', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(count)
}

export async function deleteRecoveryCodesOf(sql: Sql, userId: string): Promise<void> {
  await sql.deleteFrom('hallpass_recovery_codes').where('user_id', '=', userId).execute()
}
