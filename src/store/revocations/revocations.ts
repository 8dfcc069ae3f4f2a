import { never } from '../../revocations/cut-table.ts'
import type { CutOf } from '../../revocations/judge.ts'
import type { JournalEntry, Revocation, RevocationKind } from '../../revocations/revocation.ts'
import { goodFrom } from '../../revocations/revocation-set.ts'
import type { Database, Sql } from '../engine/database.ts'
import { toEntry } from './revocation-journal.ts'
import { toStored } from './stored-name.ts'
import { readHorizon } from './token-lives.ts'

/** The entries written, and the database's clock at that moment. */
export interface Written {
  /** Only the new ones. A token that was already revoked keeps its entry. */
  readonly entries: readonly JournalEntry[]
  /** Including those that existed before. */
  readonly all: readonly JournalEntry[]
  readonly now: Date
}

/** SQLite limits how many values a statement can bind. */
const rowsAtOnce = 5000

/**
 * Writes revocations to the journal. Each is kept until the last token that it can affect has expired everywhere. How
 * long that takes is stored in the database, because the settings of the process that writes say nothing about other
 * nodes.
 */
export async function insertRevocations(trx: Sql, revocations: readonly Revocation[]): Promise<Written> {
  const { now, seconds, marginSeconds } = await readHorizon(trx)
  const horizon = now.getTime() + seconds * 1000
  const rows = revocations.map(({ kind: what, id, validFrom, tokenEnd }) => ({
    ...toStored({ kind: what, id }),
    token_id: what === 'token' ? id : null,
    valid_from: validFrom,
    // The revocation of a token without an expiry is kept as long as a date can express. Other issuers write fractional
    // seconds.
    expires_at: Math.min(
      tokenEnd === undefined ? horizon : Math.ceil(((tokenEnd ?? maxTime) + marginSeconds) * 1000),
      maxTime,
    ),
  }))
  const entries: JournalEntry[] = []
  for (let start = 0; start < rows.length; start += rowsAtOnce) {
    const written = await trx
      .insertInto('hallpass_revocations')
      .values(rows.slice(start, start + rowsAtOnce))
      .onConflict((conflict) => conflict.column('token_id').where('token_id', 'is not', null).doNothing())
      .returning(['kind', 'id', 'valid_from', 'expires_at'])
      .execute()
    entries.push(...written.map(toEntry))
  }
  return { entries, all: rows.map(toEntry), now }
}

/** ECMA-262 section 21.4.1.1. */
const maxTime = 8.64e15

/** The claims of a token by which the database looks it up. */
export interface TokenNames {
  readonly jti: string
  readonly kid: string
  readonly sid: string
  readonly sub: string
}

/** What the database knows of a token: what revokes it, and whether its session and its user exist. */
export interface TokenFacts {
  readonly cutOf: CutOf
  readonly hasSession: boolean
  readonly hasUser: boolean
}

/**
 * Looks a token up in the journal, and in the current rows of its session and user. The rows state the same as the
 * journal, and last longer. So the database can also judge a token that has outlived its entry.
 */
export async function readTokenFacts(
  { query }: Pick<Database, 'query'>,
  { jti, kid, sid, sub }: TokenNames,
): Promise<TokenFacts> {
  const { rows } = await query(lookUp, [jti, kid, sid, sub])
  const [row] = rows as [FactsRow]
  const cuts: Readonly<Record<RevocationKind, number | undefined>> = {
    token: Number(row.tokens) > 0 ? never : undefined,
    key: Number(row.keys) > 0 ? never : undefined,
    session: greatest(
      journalled('session', row.session_cut),
      row.session === null ? undefined : row.revoked_at === null ? row.generation : never,
    ),
    user: greatest(
      journalled('user', row.user_cut),
      row.user_id === null ? undefined : goodFrom('user', Number(row.tokens_valid_after)),
    ),
    disabled: row.standing ?? undefined,
  }
  return { cutOf: (kind) => cuts[kind], hasSession: row.session !== null, hasUser: row.user_id !== null }
}

interface FactsRow {
  readonly tokens: number | string
  readonly keys: number | string
  readonly session_cut: number | string | null
  readonly user_cut: number | string | null
  readonly session: string | null
  readonly revoked_at: number | string | null
  readonly generation: number
  readonly user_id: string | null
  readonly standing: number | null
  readonly tokens_valid_after: number | string | null
}

/** Larger than any generation or time. It stands for `null` in the journal. */
const forEver = Number.MAX_SAFE_INTEGER

const lookUp = `
  SELECT
    (SELECT count(*) FROM hallpass_revocations WHERE kind = 'token' AND id = $1) AS tokens,
    (SELECT count(*) FROM hallpass_revocations WHERE kind = 'key' AND id = $2) AS keys,
    (SELECT max(coalesce(valid_from, ${forEver})) FROM hallpass_revocations WHERE kind = 'session' AND id = $3) AS session_cut,
    (SELECT max(coalesce(valid_from, ${forEver})) FROM hallpass_revocations WHERE kind = 'user' AND id = $4) AS user_cut,
    s.id AS session, s.revoked_at, s.generation, u.id AS user_id, u.standing, u.tokens_valid_after
  FROM (SELECT 1 AS one) token
  LEFT JOIN hallpass_sessions s ON s.id = $3
  LEFT JOIN hallpass_users u ON u.id = $4`

function journalled(kind: RevocationKind, cut: number | string | null): number | undefined {
  if (cut === null) return undefined
  return Number(cut) === forEver ? never : goodFrom(kind, Number(cut))
}

function greatest(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined ? other : other === undefined ? one : Math.max(one, other)
}

/**
 * Removes a user's standing from the journal, before a newer one is written or the user is deleted: it would otherwise
 * be kept for ever. @returns The highest that was there.
 */
export async function deleteStandings(trx: Sql, userId: string): Promise<number | undefined> {
  const stored = toStored({ kind: 'disabled', id: userId })
  const rows = await trx
    .deleteFrom('hallpass_revocations')
    .where('kind', '=', stored.kind)
    .where('id', '=', stored.id)
    .returning('valid_from')
    .execute()
  return rows.length === 0 ? undefined : Math.max(...rows.map(({ valid_from }) => Number(valid_from)))
}

/**
 * Deletes up to `limit` of the entries that can no longer affect a token, by the database's clock. @returns How many
 * were deleted.
 */
export async function deleteEndedRevocations(db: Sql, now: Date, limit: number): Promise<number> {
  const { numDeletedRows } = await db
    .deleteFrom('hallpass_revocations')
    .where('seq', 'in', (query) =>
      query
        .selectFrom('hallpass_revocations')
        .select('seq')
        .where('expires_at', '<=', now.getTime())
        .orderBy('expires_at')
        .limit(limit),
    )
    .executeTakeFirst()
  return Number(numDeletedRows)
}
