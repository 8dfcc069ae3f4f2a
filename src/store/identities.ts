import type { Selectable } from 'kysely'
import type { Sql } from './engine/database.ts'
import type { IdentityRow } from './tables.ts'

/** An account at another provider, by which a user signs in. */
export interface Identity {
  readonly id: string
  readonly userId: string
  /** The name of the provider among the settings. */
  readonly provider: string
  readonly email: string | null
  readonly createdAt: Date
  readonly lastUsedAt: Date | null
}

/** What an account at a provider is known by, whatever its address. */
export interface IdentityName {
  readonly issuer: string
  readonly subject: string
}

/** What a provider said last. */
export interface IdentityFacts {
  readonly provider: string
  readonly email: string | null
  readonly emailVerified: boolean
}

type Kept = { readonly sealed: string; readonly sealedUnder: string } | null

/** The identity with this name. */
export async function findIdentity(sql: Sql, { issuer, subject }: IdentityName): Promise<Identity | undefined> {
  const row = await sql
    .selectFrom('hallpass_identities')
    .selectAll()
    .where('issuer', '=', issuer)
    .where('subject', '=', subject)
    .executeTakeFirst()
  return row && toIdentity(row)
}

/** Links an identity to a user. @returns `false` where it is linked to any user already. */
export async function insertIdentity(
  trx: Sql,
  {
    id,
    userId,
    issuer,
    subject,
    provider,
    email,
    emailVerified,
    kept,
    now,
    isUsed,
  }: IdentityName &
    IdentityFacts & {
      readonly id: string
      readonly userId: string
      readonly kept: Kept
      readonly now: Date
      /** Whether the user signs in with it now. */
      readonly isUsed: boolean
    },
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto('hallpass_identities')
    .values({
      id,
      user_id: userId,
      provider,
      issuer,
      subject,
      email,
      email_verified: emailVerified ? 1 : 0,
      sealed: kept?.sealed ?? null,
      sealed_under: kept?.sealedUnder ?? null,
      created_at: now.getTime(),
      last_used_at: isUsed ? now.getTime() : null,
    })
    .onConflict((conflict) => conflict.columns(['issuer', 'subject']).doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

/** Notes that a user signed in with an identity. @returns `false` where it is no longer linked to the user. */
export async function noteIdentityUse(
  trx: Sql,
  { id, userId }: Pick<Identity, 'id' | 'userId'>,
  { email, emailVerified, kept, now }: Omit<IdentityFacts, 'provider'> & { readonly kept: Kept; readonly now: Date },
): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('hallpass_identities')
    .set({
      email,
      email_verified: emailVerified ? 1 : 0,
      // What was kept before goes when nothing is kept any more.
      sealed: kept?.sealed ?? null,
      sealed_under: kept?.sealedUnder ?? null,
      last_used_at: now.getTime(),
    })
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Those of a user, the oldest first. */
export async function listIdentities(sql: Sql, userId: string): Promise<Identity[]> {
  const rows = await sql
    .selectFrom('hallpass_identities')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  return rows.map(toIdentity)
}

/** Unlinks one of a user. @returns What was unlinked. */
export async function deleteIdentity(
  trx: Sql,
  { id, userId }: Pick<Identity, 'id' | 'userId'>,
): Promise<Identity | undefined> {
  const row = await trx
    .deleteFrom('hallpass_identities')
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .returningAll()
    .executeTakeFirst()
  return row && toIdentity(row)
}

/** Unlinks those of a user, or only those that were linked since a time. */
export async function deleteIdentitiesOf(trx: Sql, userId: string, since?: Date): Promise<void> {
  await trx
    .deleteFrom('hallpass_identities')
    .where('user_id', '=', userId)
    .$if(since !== undefined, (query) => query.where('created_at', '>=', (since as Date).getTime()))
    .execute()
}

function toIdentity(row: Selectable<IdentityRow>): Identity {
  return {
    id: row.id,
    userId: row.user_id,
    provider: row.provider,
    email: row.email,
    createdAt: new Date(Number(row.created_at)),
    lastUsedAt: row.last_used_at === null ? null : new Date(Number(row.last_used_at)),
  }
}
