import { CompiledQuery, type Selectable } from 'kysely'
import type { Sql } from '../engine/database.ts'
import { type UserRow, userColumns } from '../tables.ts'
import { toUserWithHash, type UserWithHash } from '../users/users.ts'

/** Who wants to log in; where a password was checked, against which hash and for which to keep. */
export interface NewLogin {
  readonly id: string
  readonly checked?: { readonly hash: string; readonly newHash: string }
}

/** A user as read when the transaction locked them. */
export interface LockedUser {
  readonly user: UserWithHash
  /** Before it was read, by the steady clock, in milliseconds. */
  readonly readAt: number
}

/**
 * Locks and reads a user who may log in: neither disabled nor, where a password was checked, given another one since.
 * From here to the end of the transaction no one else changes the user.
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

/** Written out, as all that a login runs: building it anew each time costs as much as running it. */
const lockUnchecked = lockText('password_hash', '')
const lockChecked = lockText('$3', ' AND password_hash = $2')

/** Notes when a user logged in: when a session begins, and not when more than was proven is required. */
export async function noteLogin(sql: Sql, id: string, now: Date): Promise<void> {
  await sql.executeQuery(CompiledQuery.raw(noteText, [id, now.getTime()]))
}

const noteText = 'UPDATE hallpass_users SET last_login_at = $2 WHERE id = $1'
