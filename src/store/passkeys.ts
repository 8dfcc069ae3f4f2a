import { type Selectable, sql } from 'kysely'
import type { Sql } from './engine/database.ts'
import type { PasskeyRow } from './tables.ts'

/** A public key with which a user signs in (WebAuthn). */
export interface Passkey {
  readonly id: string
  readonly userId: string
  /** The authenticator's name for it, base64url. */
  readonly credentialId: string
  /** COSE, base64url. */
  readonly publicKey: string
  readonly counter: number
  readonly transports: readonly string[]
  /** The model of the authenticator; zeros if it does not say. */
  readonly aaguid: string
  /** Whether it can be copied to other devices. It never changes. */
  readonly isBackupEligible: boolean
  readonly isBackedUp: boolean
  /** Whether the person was verified when it was registered. Only then can it sign in without another factor. */
  readonly verifiesUser: boolean
  readonly name: string
  readonly createdAt: Date
  readonly lastUsedAt: Date | null
}

/** Names one passkey of a user. */
export interface PasskeyName {
  readonly id: string
  readonly userId: string
}

/** The passkeys of a user, oldest first. */
export async function listPasskeys(db: Sql, userId: string): Promise<Passkey[]> {
  const rows = await db
    .selectFrom('hallpass_passkeys')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('id')
    .execute()
  return rows.map(toPasskey)
}

/** The passkey with a credential id, and the WebAuthn handle of its user. */
export async function findCredential(
  db: Sql,
  credentialId: string,
): Promise<{ readonly passkey: Passkey; readonly userHandle: string | null } | undefined> {
  const row = await db
    .selectFrom('hallpass_passkeys')
    .innerJoin('hallpass_users', 'hallpass_users.id', 'hallpass_passkeys.user_id')
    .selectAll('hallpass_passkeys')
    .select('webauthn_id')
    .where('credential_id', '=', credentialId)
    .executeTakeFirst()
  return row && { passkey: toPasskey(row), userHandle: row.webauthn_id }
}

/** @returns `false` if an account already has this credential. */
export async function insertPasskey(db: Sql, passkey: Omit<Passkey, 'lastUsedAt'>): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('hallpass_passkeys')
    .values({
      id: passkey.id,
      user_id: passkey.userId,
      credential_id: passkey.credentialId,
      public_key: passkey.publicKey,
      counter: passkey.counter,
      counter_fell_at: null,
      transports: JSON.stringify(passkey.transports),
      aaguid: passkey.aaguid,
      backup_eligible: Number(passkey.isBackupEligible),
      backed_up: Number(passkey.isBackedUp),
      user_verified: Number(passkey.verifiesUser),
      name: passkey.name,
      created_at: passkey.createdAt.getTime(),
      last_used_at: null,
    })
    .onConflict((conflict) => conflict.column('credential_id').doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

/**
 * The stored signature counter, read in a transaction that has locked the user; `undefined` if the passkey no longer
 * exists.
 */
export async function findCounter(db: Sql, { id, userId }: PasskeyName): Promise<number | undefined> {
  const row = await db
    .selectFrom('hallpass_passkeys')
    .select('counter')
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return row && Number(row.counter)
}

/** What an authenticator reported with a signature. */
export interface PasskeyUse {
  readonly counter: number
  /** Whether the counter did not increase, which may mean that the key was copied. */
  readonly hasCounterFallen: boolean
  readonly isBackedUp: boolean
  readonly now: Date
}

/** Records a use, in the transaction that the use authorizes. @returns Whether the passkey still exists. */
export async function notePasskeyUse(
  db: Sql,
  { id, userId }: PasskeyName,
  { counter, hasCounterFallen, isBackedUp, now }: PasskeyUse,
): Promise<boolean> {
  const time = now.getTime()
  const { numUpdatedRows } = await db
    .updateTable('hallpass_passkeys')
    .set({
      counter,
      backed_up: Number(isBackedUp),
      last_used_at: time,
      ...(hasCounterFallen && { counter_fell_at: time }),
    })
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

export async function renamePasskey(db: Sql, { id, userId }: PasskeyName, name: string): Promise<Passkey | undefined> {
  const row = await db
    .updateTable('hallpass_passkeys')
    .set({ name })
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .returningAll()
    .executeTakeFirst()
  return row && toPasskey(row)
}

/** @returns The deleted passkey. */
export async function deletePasskey(db: Sql, { id, userId }: PasskeyName): Promise<Passkey | undefined> {
  const row = await db
    .deleteFrom('hallpass_passkeys')
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .returningAll()
    .executeTakeFirst()
  return row && toPasskey(row)
}

/** Deletes the passkeys of a user, or only those registered since a time. */
export async function deletePasskeysOf(db: Sql, userId: string, since?: Date): Promise<void> {
  await db
    .deleteFrom('hallpass_passkeys')
    .where('user_id', '=', userId)
    .$if(since !== undefined, (query) => query.where('created_at', '>=', (since as Date).getTime()))
    .execute()
}

/**
 * The handle by which passkeys know the user. It is created with the first passkey and never changes. @param made
 * Stored if the user has none yet.
 */
export async function userHandleOf(db: Sql, userId: string, made: string): Promise<string> {
  const { rows } = await sql<{ webauthn_id: string }>`
    UPDATE hallpass_users SET webauthn_id = COALESCE(webauthn_id, ${made})
    WHERE id = ${userId} RETURNING webauthn_id`.execute(db)
  return rows[0]?.webauthn_id ?? made
}

/** The user's handle, without creating one. */
export async function findUserHandle(db: Sql, userId: string): Promise<string | null> {
  const row = await db.selectFrom('hallpass_users').select('webauthn_id').where('id', '=', userId).executeTakeFirst()
  return row?.webauthn_id ?? null
}

function toPasskey(row: Selectable<PasskeyRow>): Passkey {
  return {
    id: row.id,
    userId: row.user_id,
    credentialId: row.credential_id,
    publicKey: row.public_key,
    counter: Number(row.counter),
    transports: JSON.parse(row.transports),
    aaguid: row.aaguid,
    isBackupEligible: row.backup_eligible === 1,
    isBackedUp: row.backed_up === 1,
    verifiesUser: row.user_verified === 1,
    name: row.name,
    createdAt: new Date(Number(row.created_at)),
    lastUsedAt: row.last_used_at === null ? null : new Date(Number(row.last_used_at)),
  }
}
