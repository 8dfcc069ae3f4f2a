import type { ExpressionBuilder, Insertable, Selectable } from 'kysely'
import { deleteDevicesOf } from '../devices.ts'
import type { Sql } from '../engine/database.ts'
import { engineOf } from '../engine/engine-of.ts'
import type { SecretRow, Tables } from '../tables.ts'

/** A link, a code or a challenge that is used once, for one purpose. The secret itself is stored as a hash. */
export interface OneTimeSecret {
  readonly id: string
  readonly purpose: string
  readonly owner: string
  readonly userId: string | null
  readonly address: string | null
  readonly codeHash: string | null
  readonly browserHash: string | null
  readonly sealed: { readonly sealed: string; readonly sealedUnder: string } | null
  readonly expiresAt: Date
}

/** A secret to be stored. */
export interface NewOneTimeSecret extends OneTimeSecret {
  readonly secretHash: string
  readonly now: Date
}

/** Identifies a secret by its token, or by its owner. If a browser asked for it, only that browser can use it. */
export type SecretName = {
  readonly purpose: string
  readonly browserHash: string | null
} & ({ readonly secretHash: string } | { readonly owner: string })

/**
 * Stores a secret, replacing the owner's previous one for this purpose. It is one statement, so that only one secret is
 * valid at a time.
 */
export async function putSecret(sql: Sql, secret: NewOneTimeSecret): Promise<void> {
  const row: Insertable<SecretRow> = {
    id: secret.id,
    purpose: secret.purpose,
    owner: secret.owner,
    user_id: secret.userId,
    address: secret.address,
    secret_hash: secret.secretHash,
    code_hash: secret.codeHash,
    browser_hash: secret.browserHash,
    sealed: secret.sealed?.sealed ?? null,
    sealed_under: secret.sealed?.sealedUnder ?? null,
    attempts: 0,
    created_at: secret.now.getTime(),
    expires_at: secret.expiresAt.getTime(),
  }
  await sql
    .insertInto('hallpass_secrets')
    .values(row)
    .onConflict((conflict) => conflict.columns(['purpose', 'owner']).doUpdateSet(row))
    .execute()
}

/**
 * Those of the given owners who have a secret for a purpose, expired or not, in the order in which the secrets were
 * created.
 */
export async function listOwners(sql: Sql, purpose: string, owners: readonly string[]): Promise<string[]> {
  const rows = await sql
    .selectFrom('hallpass_secrets')
    .select('owner')
    .where('purpose', '=', purpose)
    .where('owner', 'in', owners)
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  return rows.map(({ owner }) => owner)
}

/** Finds a valid secret without using it up. */
export async function findSecret(sql: Sql, name: SecretName, now: Date): Promise<OneTimeSecret | undefined> {
  const row = await sql
    .selectFrom('hallpass_secrets')
    .selectAll()
    .where((row) => isLiving(row, name, now))
    .executeTakeFirst()
  return row && toSecret(row)
}

/** Uses up a secret: of several concurrent calls, one succeeds. */
export async function takeSecret(sql: Sql, name: SecretName, now: Date): Promise<OneTimeSecret | undefined> {
  const row = await sql
    .deleteFrom('hallpass_secrets')
    .where((row) => isLiving(row, name, now))
    .returningAll()
    .executeTakeFirst()
  return row && toSecret(row)
}

/** Uses up exactly the secret that was read, and not a newer one of its owner. @returns Whether it was still there. */
export async function takeSecretById(
  sql: Sql,
  { id, purpose }: { readonly id: string; readonly purpose: string },
  now: Date,
): Promise<boolean> {
  const { numDeletedRows } = await sql
    .deleteFrom('hallpass_secrets')
    .where('id', '=', id)
    .where('purpose', '=', purpose)
    .where('expires_at', '>', now.getTime())
    .executeTakeFirst()
  return numDeletedRows === 1n
}

/**
 * Assigns a secret that belongs to no account to a new one, which this transaction has created. @returns Whether the
 * secret was still there, and without an account.
 */
export async function assignSecret(
  trx: Sql,
  { id, purpose }: { readonly id: string; readonly purpose: string },
  userId: string,
  now: Date,
): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('hallpass_secrets')
    .set({ user_id: userId })
    .where('id', '=', id)
    .where('purpose', '=', purpose)
    .where('user_id', 'is', null)
    .where('expires_at', '>', now.getTime())
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/**
 * Counts an attempt at a code, before the code is compared. Call it outside of transactions, so that a later failure
 * cannot roll the count back.
 * @returns `undefined` if there is no such secret, or if it has had the maximum number of attempts.
 */
export async function countAttempt(
  sql: Sql,
  name: SecretName,
  { now, most }: { readonly now: Date; readonly most: number },
): Promise<OneTimeSecret | undefined> {
  const row = await sql
    .updateTable('hallpass_secrets')
    .set((query) => ({ attempts: query('attempts', '+', 1) }))
    .where((row) => isLiving(row, name, now))
    .where('attempts', '<', most)
    .returningAll()
    .executeTakeFirst()
  return row && toSecret(row)
}

/** Uncounts an attempt whose code was right, or could not be judged. */
export async function forgetAttempt(sql: Sql, { id }: Pick<OneTimeSecret, 'id'>): Promise<void> {
  await sql
    .updateTable('hallpass_secrets')
    .set((query) => ({ attempts: query('attempts', '-', 1) }))
    .where('id', '=', id)
    .where('attempts', '>', 0)
    .execute()
}

/**
 * Like `countAttempt`, for the secrets of all owners that have a code and were mailed to one address. The code then
 * decides whose account it is. A secret that another request is using is neither counted nor answered: each of the two
 * might have locked what the other needs next.
 */
export async function countAttempts(
  sql: Sql,
  { purpose, address }: { readonly purpose: string; readonly address: string },
  { now, most }: { readonly now: Date; readonly most: number },
): Promise<OneTimeSecret[]> {
  const counted = lockFree(sql)
    .where('address', '=', address)
    .where('purpose', '=', purpose)
    .where('code_hash', 'is not', null)
    .where('expires_at', '>', now.getTime())
    .where('attempts', '<', most)
  const rows = await sql
    .updateTable('hallpass_secrets')
    .set((query) => ({ attempts: query('attempts', '+', 1) }))
    .where('id', 'in', counted)
    .returningAll()
    .execute()
  return rows.map(toSecret)
}

/**
 * Deletes the secrets that were mailed to an address for anyone but the user who has now proven it. Those that another
 * request is using stay, because two requests that prove one address would wait for each other. They are of no use:
 * what was mailed to an address is refused once another user has proven it.
 */
export async function deleteSecretsOfOthers(
  sql: Sql,
  address: string,
  { userId, except }: { readonly userId: string; readonly except: readonly string[] },
): Promise<void> {
  const ofOthers = lockFree(sql)
    .where('address', '=', address)
    .where('purpose', 'not in', except)
    .where((secret) => secret.or([secret('user_id', 'is', null), secret('user_id', '<>', userId)]))
  await sql.deleteFrom('hallpass_secrets').where('id', 'in', ofOthers).execute()
}

/** The ids of secrets, which it locks, without those that are locked already. SQLite has one writer, so none is. */
function lockFree(sql: Sql) {
  return sql
    .selectFrom('hallpass_secrets')
    .select('id')
    .$if(engineOf(sql) === 'postgres', (query) => query.forUpdate().skipLocked())
}

/**
 * Deletes the secrets of a user, and the user's trusted devices: a change of how the user proves who they are leaves
 * neither.
 */
export async function deleteSecretsOf(
  sql: Sql,
  userId: string,
  { except = [] }: { readonly except?: readonly string[] } = {},
): Promise<void> {
  await sql
    .deleteFrom('hallpass_secrets')
    .where('user_id', '=', userId)
    .$if(except.length > 0, (query) => query.where('purpose', 'not in', except))
    .execute()
  await deleteDevicesOf(sql, userId)
}

/** Deletes an owner's secret for one purpose. @returns Whether there was one that had not expired. */
export async function deleteSecretOf(
  sql: Sql,
  { purpose, owner }: { readonly purpose: string; readonly owner: string },
  now: Date,
): Promise<boolean> {
  const row = await sql
    .deleteFrom('hallpass_secrets')
    .where('purpose', '=', purpose)
    .where('owner', '=', owner)
    .returning('expires_at')
    .executeTakeFirst()
  return row !== undefined && Number(row.expires_at) > now.getTime()
}

/** The ids of a user's secrets for one purpose. */
export async function listSecretIds(sql: Sql, userId: string, purpose: string): Promise<string[]> {
  const rows = await sql
    .selectFrom('hallpass_secrets')
    .select('id')
    .where('user_id', '=', userId)
    .where('purpose', '=', purpose)
    .execute()
  return rows.map(({ id }) => id)
}

/** Deletes all secrets of a user except those with the given ids. */
export async function deleteSecretsBut(sql: Sql, userId: string, ids: readonly string[]): Promise<void> {
  await sql
    .deleteFrom('hallpass_secrets')
    .where('user_id', '=', userId)
    .$if(ids.length > 0, (query) => query.where('id', 'not in', ids))
    .execute()
}

/** Deletes up to `limit` of the secrets that had expired at a time. @returns How many were deleted. */
export async function deleteEndedSecrets(sql: Sql, at: Date, limit: number): Promise<number> {
  const { numDeletedRows } = await sql
    .deleteFrom('hallpass_secrets')
    .where('id', 'in', (query) =>
      query.selectFrom('hallpass_secrets').select('id').where('expires_at', '<', at.getTime()).limit(limit),
    )
    .executeTakeFirst()
  return Number(numDeletedRows)
}

function isLiving(row: ExpressionBuilder<Tables, 'hallpass_secrets'>, name: SecretName, now: Date) {
  return row.and([
    row('purpose', '=', name.purpose),
    'owner' in name ? row('owner', '=', name.owner) : row('secret_hash', '=', name.secretHash),
    row.or([row('browser_hash', 'is', null), row('browser_hash', '=', name.browserHash)]),
    row('expires_at', '>', now.getTime()),
  ])
}

function toSecret(row: Selectable<SecretRow>): OneTimeSecret {
  const { sealed, sealed_under: sealedUnder } = row
  return {
    id: row.id,
    purpose: row.purpose,
    owner: row.owner,
    userId: row.user_id,
    address: row.address,
    codeHash: row.code_hash,
    browserHash: row.browser_hash,
    sealed: sealed === null || sealedUnder === null ? null : { sealed, sealedUnder },
    expiresAt: new Date(Number(row.expires_at)),
  }
}
