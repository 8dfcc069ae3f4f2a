import { sql } from 'kysely'
import type { Sql } from './database.ts'

/** What an account can be signed in to with, each for itself. */
export interface WaysIn {
  readonly hasPassword: boolean
  /** Those that verify the person: a passkey that does not is a second factor only. */
  readonly passkeys: number
  /** Accounts at the providers that are set up. */
  readonly identities: number
  readonly hasVerifiedEmail: boolean
}

/**
 * In the transaction that removes one, which has locked the user; `undefined` where there is no such user.
 * @param providers The names of those that are set up: an account at another signs no one in.
 */
export async function findWaysIn(db: Sql, userId: string, providers: readonly string[]): Promise<WaysIn | undefined> {
  const { rows } = await sql<Row>`
    SELECT password_hash, email_verified_at,
      (SELECT count(*) FROM hallpass_passkeys WHERE user_id = hallpass_users.id AND user_verified = 1) AS passkeys,
      (SELECT count(*) FROM hallpass_identities
        WHERE user_id = hallpass_users.id AND provider IN (${sql.join(['', ...providers])})) AS identities
    FROM hallpass_users WHERE id = ${userId}`.execute(db)
  const [row] = rows
  return (
    row && {
      hasPassword: row.password_hash !== '',
      passkeys: Number(row.passkeys),
      identities: Number(row.identities),
      hasVerifiedEmail: row.email_verified_at !== null,
    }
  )
}

interface Row {
  readonly password_hash: string
  readonly email_verified_at: number | string | null
  readonly passkeys: number | string
  readonly identities: number | string
}
