import type { Sql } from './database.ts'

/** Access tokens that were taken back before their end. */
export interface Revocation {
  /** Whose: of one session, or those of a user that belong to no session. */
  readonly kind: 'session' | 'user'
  readonly id: string
  /** The first that are good again: of a session by their generation, of a user by milliseconds. `null`: none will be. */
  readonly validFrom: number | null
  /** When the last token that this can touch has ended. */
  readonly expiresAt: Date
}

export async function insertRevocations(sql: Sql, revocations: readonly Revocation[]): Promise<void> {
  if (revocations.length === 0) return
  await sql
    .insertInto('hallpass_revocations')
    .values(
      revocations.map(({ kind, id, validFrom, expiresAt }) => ({
        subject: `${kind}:${id}`,
        valid_from: validFrom,
        expires_at: expiresAt.getTime(),
      })),
    )
    .onConflict((conflict) =>
      conflict.column('subject').doUpdateSet(({ ref }) => ({
        valid_from: ref('excluded.valid_from'),
        expires_at: ref('excluded.expires_at'),
      })),
    )
    .execute()
}

export async function listRevocations(sql: Sql): Promise<Revocation[]> {
  const rows = await sql.selectFrom('hallpass_revocations').selectAll().execute()
  return rows.map(({ subject, valid_from, expires_at }) => {
    const colon = subject.indexOf(':')
    return {
      kind: subject.slice(0, colon) as Revocation['kind'],
      id: subject.slice(colon + 1),
      validFrom: valid_from === null ? null : Number(valid_from),
      expiresAt: new Date(Number(expires_at)),
    }
  })
}

/** Forgets what can touch no token any more. */
export async function deleteEndedRevocations(sql: Sql, now: Date): Promise<void> {
  await sql.deleteFrom('hallpass_revocations').where('expires_at', '<=', now.getTime()).execute()
}
