import type { Sql } from '../engine/database.ts'
import { toStored } from '../revocations/stored-name.ts'
import { userColumns } from '../tables.ts'
import { cutAt, toUser, type User } from './users.ts'

/**
 * Disables or enables a user. The standing grows with each change. It starts above any that the journal contains for an
 * earlier user with this id, because the highest known standing counts.
 * @returns The changed user, and the standing.
 */
export async function changeStanding(
  sql: Sql,
  id: string,
  { isDisabled, now, time }: { readonly isDisabled: boolean; readonly now: Date; readonly time: Date },
): Promise<{ user: User; standing: number } | undefined> {
  const parity = isDisabled ? 1 : 0
  const stored = toStored({ kind: 'disabled', id })
  const known = await sql
    .selectFrom('hallpass_revocations')
    .select((query) => query.fn.max('valid_from').as('standing'))
    .where('kind', '=', stored.kind)
    .where('id', '=', stored.id)
    .executeTakeFirst()
  const next =
    2 * Math.max(Math.floor(time.getTime() / 60_000), Math.floor(Number(known?.standing ?? 0) / 2) + 1) + parity
  const row = await sql
    .updateTable('hallpass_users')
    .set((query) => ({
      updated_at: now.getTime(),
      ...(isDisabled ? { disabled_at: now.getTime(), tokens_valid_after: cutAt(now) } : { disabled_at: null }),
      standing: query
        .case()
        .when('standing', '<', next)
        .then(next)
        .when(query('standing', '%', 2), '=', parity)
        .then(query('standing', '+', 2))
        .else(query('standing', '+', 1))
        .end(),
    }))
    .where('id', '=', id)
    .returning(userColumns)
    .executeTakeFirst()
  return row && { user: toUser(row), standing: row.standing }
}
