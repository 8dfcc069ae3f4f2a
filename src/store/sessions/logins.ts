import { CompiledQuery, type Selectable } from 'kysely'
import type { Sql } from '../engine/database.ts'
import { type Moment, thisMoment } from '../engine/moment.ts'
import { type UserRow, userColumns } from '../tables.ts'
import { toUserWithHash, type UserWithHash } from '../users/users.ts'

/** Who is logging in. If a password was checked: the user it was checked against, and the hash to store. */
export interface NewLogin {
  readonly id: string
  readonly checked?: { readonly user: UserWithHash; readonly newHash: string }
}

/** A user as read when the transaction locked them. */
export interface LockedUser {
  readonly user: UserWithHash
  /** Taken before the read. */
  readonly readAt: Moment
}

/**
 * Locks and reads a user who may log in: one who is not disabled, and whose password has not changed since it was
 * checked. No one else can change the user until the transaction ends.
 * @param at The time of the login, to be recorded in the same statement; `undefined` if it may become a challenge.
 */
export async function lockForLogin(sql: Sql, { id, checked }: NewLogin, at?: Date): Promise<LockedUser | undefined> {
  const readAt = thisMoment()
  const values = [id, at?.getTime() ?? null]
  const query =
    checked === undefined
      ? CompiledQuery.raw(lockUnchecked, values)
      : CompiledQuery.raw(lockChecked, [...values, checked.user.passwordHash, checked.newHash])
  const { rows } = await sql.executeQuery<Selectable<UserRow>>(query)
  const [row] = rows
  return row && { user: toUserWithHash(row), readAt }
}

/**
 * The later of two times. A login reads the time before it waits for a concurrent one, so it may come second with the
 * earlier time. A time more than a minute ahead was that of a wrong clock, and is corrected.
 */
const latest = `CASE WHEN last_login_at BETWEEN $2 AND $2 + 60000
      THEN last_login_at ELSE COALESCE($2, last_login_at) END`

function lockText(set: string, where: string): string {
  return `
    UPDATE hallpass_users SET last_login_at = ${latest}${set}
    WHERE id = $1 AND disabled_at IS NULL${where}
    RETURNING ${userColumns.join(', ')}`
}

/** Written out, like every statement that a login runs, because building it each time costs as much as running it. */
const lockUnchecked = lockText('', '')
const lockChecked = lockText(', password_hash = $4', ' AND password_hash = $3')

/** Records a login that was not recorded when the user was locked. */
export async function noteLogin(sql: Sql, id: string, now: Date): Promise<void> {
  await sql.executeQuery(CompiledQuery.raw(noteText, [id, now.getTime()]))
}

const noteText = `UPDATE hallpass_users SET last_login_at = ${latest} WHERE id = $1`
