import { type Selectable, sql } from 'kysely'
import type { Sql } from './engine/database.ts'
import type { PasskeyRow } from './tables.ts'

/** A public key that a user signs in with (WebAuthn). */
export interface Passkey {
  readonly id: string
  readonly userId: string
  /** base64url, as the authenticator calls it. */
  readonly credentialId: string
  /** COSE, base64url. */
  readonly publicKey: string
  readonly counter: number
  readonly transports: readonly string[]
  /** The model of the authenticator; zeros where it does not say. */
  readonly aaguid: string
  /** Whether it can be copied to other devices. It never changes. */
  readonly isBackupEligible: boolean
  readonly isBackedUp: boolean
  /** Whether the person was verified when it was registered: only then does it sign in alone. */
  readonly verifiesUser: boolean
  readonly name: string
  readonly createdAt: Date
  readonly lastUsedAt: Date | null
}

/** One of a user, by its id. */
export interface PasskeyName {
  readonly id: string
  readonly userId: string
}

/** Those of a user, the oldest first. */
export async function listPasskeys(db: Sql, userId: string): Promise<Passkey[]> {
  const rows = await db
    .selectFrom('hallpass_passkeys')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('id')
    .execute()
  return rows.map(toPasskey)
}

/** The passkey that an authenticator has answered with, and the handle of its user. */
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

/** @returns Whether no account had it. */
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

/** What an authenticator has counted to, in a transaction that has locked the user; `undefined` where the passkey is gone. */
export async function findCounter(db: Sql, { id, userId }: PasskeyName): Promise<number | undefined> {
  const row = await db
    .selectFrom('hallpass_passkeys')
    .select('counter')
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return row && Number(row.counter)
}

/** What an authenticator said of a passkey that it has just signed with. */
export interface PasskeyUse {
  readonly counter: number
  /** Whether the counter is not above the one before: the key may have been copied. */
  readonly hasCounterFallen: boolean
  readonly isBackedUp: boolean
  readonly now: Date
}

/** Notes that one was used, in the transaction of what it is good for. @returns Whether it is still there. */
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

/** @returns What was removed. */
export async function deletePasskey(db: Sql, { id, userId }: PasskeyName): Promise<Passkey | undefined> {
  const row = await db
    .deleteFrom('hallpass_passkeys')
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .returningAll()
    .executeTakeFirst()
  return row && toPasskey(row)
}

/** Those of a user, or only those that were registered since a time. */
export async function deletePasskeysOf(db: Sql, userId: string, since?: Date): Promise<void> {
  await db
    .deleteFrom('hallpass_passkeys')
    .where('user_id', '=', userId)
    .$if(since !== undefined, (query) => query.where('created_at', '>=', (since as Date).getTime()))
    .execute()
}

/** What passkeys know a user by; it is made with the first, and stays. @param made Kept where there is none yet. */
export async function userHandleOf(db: Sql, userId: string, made: string): Promise<string> {
  const { rows } = await sql<{ webauthn_id: string }>`
    UPDATE hallpass_users SET webauthn_id = COALESCE(webauthn_id, ${made})
    WHERE id = ${userId} RETURNING webauthn_id`.execute(db)
  return rows[0]?.webauthn_id ?? made
}

/** The same without making one. */
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
