import { sql } from 'kysely'
import type { Sql } from '../engine/database.ts'

/** What an account can be signed in to with, each for itself. */
export interface WaysIn {
  readonly hasPassword: boolean
  /** Those that verify the person: a passkey that does not is a second factor only. */
  readonly passkeys: number
  /** Of the accounts at providers. */
  readonly issuers: readonly string[]
  readonly hasVerifiedEmail: boolean
}

/** In the transaction that removes one, which has locked the user; `undefined` where there is no such user. */
export async function findWaysIn(db: Sql, userId: string): Promise<WaysIn | undefined> {
  const { rows } = await sql<Row>`
    SELECT password_hash, email_verified_at,
      (SELECT count(*) FROM hallpass_passkeys WHERE user_id = hallpass_users.id AND user_verified = 1) AS passkeys
    FROM hallpass_users WHERE id = ${userId}`.execute(db)
  const [row] = rows
  const identities = await db.selectFrom('hallpass_identities').select('issuer').where('user_id', '=', userId).execute()
  return (
    row && {
      hasPassword: row.password_hash !== '',
      passkeys: Number(row.passkeys),
      issuers: identities.map(({ issuer }) => issuer),
      hasVerifiedEmail: row.email_verified_at !== null,
    }
  )
}

interface Row {
  readonly password_hash: string
  readonly email_verified_at: number | string | null
  readonly passkeys: number | string
}
