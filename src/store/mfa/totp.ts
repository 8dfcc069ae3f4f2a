import type { Selectable } from 'kysely'
import type { Sql } from '../engine/database.ts'
import type { TotpRow } from '../tables.ts'

/** The secret of an authenticator app, as it is kept. */
export interface Totp {
  readonly id: string
  readonly userId: string
  readonly name: string
  readonly sealed: { readonly sealed: string; readonly sealedUnder: string }
  readonly createdAt: Date
  /** When its first code was given; `null` until then, and it counts for nothing. */
  readonly confirmedAt: Date | null
  /** The step of the last code that was accepted. */
  readonly lastStep: number
  readonly lastUsedAt: Date | null
}

/** One of a user, by its id. */
export interface TotpName {
  readonly id: string
  readonly userId: string
}

/** Keeps one that is not confirmed yet, in the place of another such. */
export async function putUnconfirmedTotp(
  sql: Sql,
  { id, userId, name, sealed, createdAt }: Pick<Totp, 'id' | 'userId' | 'name' | 'sealed' | 'createdAt'>,
): Promise<void> {
  await sql.deleteFrom('hallpass_totp').where('user_id', '=', userId).where('confirmed_at', 'is', null).execute()
  await sql
    .insertInto('hallpass_totp')
    .values({ id, user_id: userId, name, ...toColumns(sealed), created_at: createdAt.getTime() })
    .execute()
}

/** Adds one whose first code was given to another system. */
export async function addConfirmedTotp(
  sql: Sql,
  {
    id,
    userId,
    name,
    sealed,
    createdAt,
    confirmedAt,
  }: Pick<Totp, 'id' | 'userId' | 'name' | 'sealed' | 'createdAt'> & { readonly confirmedAt: Date },
): Promise<void> {
  const times = { created_at: createdAt.getTime(), confirmed_at: confirmedAt.getTime() }
  await sql
    .insertInto('hallpass_totp')
    .values({ id, user_id: userId, name, ...toColumns(sealed), ...times })
    .execute()
}

/** One that waits for its first code. @param since One that was made before has waited too long. */
export async function findUnconfirmedTotp(sql: Sql, { id, userId }: TotpName, since: Date): Promise<Totp | undefined> {
  const row = await sql
    .selectFrom('hallpass_totp')
    .selectAll()
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .where('confirmed_at', 'is', null)
    .where('created_at', '>', since.getTime())
    .executeTakeFirst()
  return row && toTotp(row)
}

/** Those that are confirmed, the oldest first. */
export async function listTotps(sql: Sql, userId: string): Promise<Totp[]> {
  const rows = await sql
    .selectFrom('hallpass_totp')
    .selectAll()
    .where('user_id', '=', userId)
    .where('confirmed_at', 'is not', null)
    .orderBy('id')
    .execute()
  return rows.map(toTotp)
}

/** Confirms one by a code, whose step is used up by it. @returns Whether it waited for that. */
export async function confirmTotp(
  sql: Sql,
  { id, userId }: TotpName,
  { step, now }: { readonly step: number; readonly now: Date },
): Promise<boolean> {
  const time = now.getTime()
  const { numUpdatedRows } = await sql
    .updateTable('hallpass_totp')
    .set({ confirmed_at: time, last_step: step, last_used_at: time })
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .where('confirmed_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Uses up a step with all before it: of many at once one succeeds (RFC 6238 section 5.2). */
export async function takeTotpStep(
  sql: Sql,
  { id, userId }: TotpName,
  { step, now, sealed }: { readonly step: number; readonly now: Date; readonly sealed?: Totp['sealed'] | undefined },
): Promise<boolean> {
  const { numUpdatedRows } = await sql
    .updateTable('hallpass_totp')
    .set({ last_step: step, last_used_at: now.getTime(), ...(sealed !== undefined && toColumns(sealed)) })
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .where('confirmed_at', 'is not', null)
    .where('last_step', '<', step)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Removes one that is confirmed. @returns What was removed. */
export async function deleteTotp(sql: Sql, { id, userId }: TotpName): Promise<Totp | undefined> {
  const row = await sql
    .deleteFrom('hallpass_totp')
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .where('confirmed_at', 'is not', null)
    .returningAll()
    .executeTakeFirst()
  return row && toTotp(row)
}

/** Those of a user, or only those that count since a time, and those that are yet to. @returns How many. */
export async function deleteTotpsOf(sql: Sql, userId: string, since?: Date): Promise<number> {
  const { numDeletedRows } = await sql
    .deleteFrom('hallpass_totp')
    .where('user_id', '=', userId)
    .$if(since !== undefined, (query) =>
      query.where((totp) =>
        totp.or([totp('confirmed_at', 'is', null), totp('confirmed_at', '>=', (since as Date).getTime())]),
      ),
    )
    .executeTakeFirst()
  return Number(numDeletedRows)
}

/** Removes some that were made before a time and never confirmed. @returns How many. */
export async function deleteStaleTotps(sql: Sql, before: Date, limit: number): Promise<number> {
  const { numDeletedRows } = await sql
    .deleteFrom('hallpass_totp')
    .where('id', 'in', (query) =>
      query
        .selectFrom('hallpass_totp')
        .select('id')
        .where('confirmed_at', 'is', null)
        .where('created_at', '<', before.getTime())
        .limit(limit),
    )
    .where('confirmed_at', 'is', null)
    .executeTakeFirst()
  return Number(numDeletedRows)
}

function toColumns({ sealed, sealedUnder }: Totp['sealed']) {
  return { sealed, sealed_under: sealedUnder }
}

function toTotp(row: Selectable<TotpRow>): Totp {
  const date = (time: number | string | null) => (time === null ? null : new Date(Number(time)))
  return {
    id: row.id,
    userId: row.user_id,
    name: row.name,
    sealed: { sealed: row.sealed, sealedUnder: row.sealed_under },
    createdAt: new Date(Number(row.created_at)),
    confirmedAt: date(row.confirmed_at),
    lastStep: Number(row.last_step),
    lastUsedAt: date(row.last_used_at),
  }
}
