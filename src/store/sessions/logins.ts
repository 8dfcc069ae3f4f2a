import { CompiledQuery, type Selectable } from 'kysely'
import type { Sql } from '../engine/database.ts'
import { type UserRow, userColumns } from '../tables.ts'
import { toUserWithHash, type UserWithHash } from '../users/users.ts'

/** Who is logging in. If a password was checked: the hash it was checked against, and the one to store. */
export interface NewLogin {
  readonly id: string
  readonly checked?: { readonly hash: string; readonly newHash: string }
}

/** A user as read when the transaction locked them. */
export interface LockedUser {
  readonly user: UserWithHash
  /** Monotonic time in milliseconds, taken before the read. */
  readonly readAt: number
}

/**
 * Locks and reads a user who may log in: one who is not disabled, and whose password has not changed since it was
 * checked. No one else can change the user until the transaction ends.
 */
export async function lockForLogin(sql: Sql, { id, checked }: NewLogin): Promise<LockedUser | undefined> {
  const readAt = performance.now()
  const query =
    checked === undefined
      ? CompiledQuery.raw(lockUnchecked, [id])
      : CompiledQuery.raw(lockChecked, [id, checked.hash, checked.newHash])
  const { rows } = await sql.executeQuery<Selectable<UserRow>>(query)
  const [row] = rows
  return row && { user: toUserWithHash(row), readAt }
}

function lockText(hash: string, where: string): string {
  return `
    UPDATE hallpass_users SET password_hash = ${hash}
    WHERE id = $1 AND disabled_at IS NULL${where}
    RETURNING ${userColumns.join(', ')}`
}

/** Written out, like every statement that a login runs, because building it each time costs as much as running it. */
const lockUnchecked = lockText('password_hash', '')
const lockChecked = lockText('$3', ' AND password_hash = $2')

/** Records a login when a session begins. A login that still needs another proof is not recorded. */
export async function noteLogin(sql: Sql, id: string, now: Date): Promise<void> {
  await sql.executeQuery(CompiledQuery.raw(noteText, [id, now.getTime()]))
}

const noteText = 'UPDATE hallpass_users SET last_login_at = $2 WHERE id = $1'
