import { sql } from 'kysely'
import type { Sql } from '../engine/database.ts'

/** The ways in which a user can sign in, each sufficient by itself. */
export interface SignInMethods {
  readonly hasPassword: boolean
  /** Only passkeys that verify the person: the others are second factors. */
  readonly passkeys: number
  /** The issuers of linked accounts at other providers. */
  readonly issuers: readonly string[]
  readonly hasVerifiedEmail: boolean
}

/**
 * Read in the transaction that removes one of them, which has locked the user; `undefined` if there is no such user.
 */
export async function findSignInMethods(db: Sql, userId: string): Promise<SignInMethods | undefined> {
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
