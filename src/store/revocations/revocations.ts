import { never } from '../../revocations/cut-table.ts'
import type { CutOf } from '../../revocations/judge.ts'
import type { JournalEntry, Revocation, RevocationKind } from '../../revocations/revocation.ts'
import { goodFrom } from '../../revocations/revocation-set.ts'
import type { Database, Sql } from '../engine/database.ts'
import { toEntry } from './revocation-journal.ts'
import { toStored } from './stored-name.ts'
import { readHorizon } from './token-lives.ts'

/** What was written, and the clock of the database at that moment. */
export interface Written {
  /** What is new. A token that is revoked already is left as it is. */
  readonly entries: readonly JournalEntry[]
  /** With what was there before. */
  readonly all: readonly JournalEntry[]
  readonly now: Date
}

/** SQLite takes this many values in one statement. */
const rowsAtOnce = 5000

/**
 * Writes revocations into the journal, to be kept until the last token that each can touch has ended wherever it is read:
 * how long that is stands in the database, not in the settings of whatever process writes.
 */
export async function insertRevocations(trx: Sql, revocations: readonly Revocation[]): Promise<Written> {
  const { now, seconds, marginSeconds } = await readHorizon(trx)
  const horizon = now.getTime() + seconds * 1000
  const rows = revocations.map(({ kind: what, id, validFrom, tokenEnd }) => ({
    ...toStored({ kind: what, id }),
    token_id: what === 'token' ? id : null,
    valid_from: validFrom,
    // That of a token without an end is kept for as long as a date can say.
    // Other issuers write fractions of a second.
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

/** What a token says of itself, for the database to look up. */
export interface TokenNames {
  readonly jti: string
  readonly kid: string
  readonly sid: string
  readonly sub: string
}

/** What the database knows of a token: what revokes it, and whether its session and its user are there at all. */
export interface TokenFacts {
  readonly cutOf: CutOf
  readonly hasSession: boolean
  readonly hasUser: boolean
}

/**
 * Looks a token up in the journal, and in what is true of its session and its user now. The rows say the same as the
 * journal, for longer: so the database can also be asked about a token that has outlived its entry.
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

/** Larger than any generation or time, and what `null` stands for in the journal. */
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
 * Removes what the journal says of a user's standing, before something newer is written or the user is deleted: it would be
 * kept for ever. @returns The greatest that was there.
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

/** Forgets some of what can touch no token any more, by the clock of the database. @returns How many. */
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
