import type { Revocation, RevocationKind } from '../revocations/revocation.ts'
import type { Database, QueryOutcome, Sql } from './database.ts'

export async function insertRevocations(sql: Sql, revocations: readonly Revocation[]): Promise<void> {
  // SQLite takes so many values in one statement.
  for (let start = 0; start < revocations.length; start += 5000) {
    await sql
      .insertInto('hallpass_revocations')
      .values(
        revocations.slice(start, start + 5000).map(({ kind, id, validFrom, expiresAt }) => ({
          kind,
          id,
          valid_from: validFrom,
          expires_at: expiresAt.getTime(),
        })),
      )
      .execute()
  }
}

/** A page of the journal of revocations. */
export interface RevocationPage {
  readonly revocations: readonly Revocation[]
  /** Where the next page begins. It holds on every node. */
  readonly cursor: string
  /** Whether this was all there is until now. */
  readonly isComplete: boolean
}

type Query = (text: string, values: readonly unknown[]) => Promise<QueryOutcome>

const pageSize = 10_000

/**
 * Reads on in the journal, in pages of 10,000: nothing that was committed is passed over, in whatever order transactions
 * came to their ends. What comes twice does no harm.
 * @param cursor As the page before gave it; empty, or one that this cannot go on from, for the beginning.
 */
export function readRevocations(
  kind: Database['kind'],
  query: Query,
  cursor: string,
  now: Date,
): Promise<RevocationPage> {
  return kind === 'postgres' ? readFromPostgres(query, cursor, now) : readFromSqlite(query, cursor, now)
}

interface Row {
  readonly seq: number | string | null
  readonly kind: RevocationKind
  readonly id: string
  readonly valid_from: number | string | null
  readonly expires_at: number | string
}

/** Writers come one after the other: whatever has a higher number was committed later. */
async function readFromSqlite(query: Query, cursor: string, now: Date): Promise<RevocationPage> {
  const given = /^\d{1,15}$/.test(cursor) ? Number(cursor) : 0
  const { rows: ends } = await query("SELECT seq FROM sqlite_sequence WHERE name = 'hallpass_revocations'", [])
  const end = (ends[0] as { seq: number } | undefined)?.seq ?? 0
  // The database is an older one than the cursor was of: a backup.
  const from = given > end ? 0 : given
  const { rows } = await query(
    `SELECT seq, kind, id, valid_from, expires_at FROM hallpass_revocations
     WHERE seq > $1 AND expires_at > $2 ORDER BY seq LIMIT ${pageSize}`,
    [from, now.getTime()],
  )
  const isComplete = rows.length < pageSize
  const last = rows.at(-1) as Row | undefined
  return {
    revocations: (rows as Row[]).map(toRevocation),
    cursor: String(isComplete ? Math.max(end, Number(last?.seq ?? 0)) : last?.seq),
    isComplete,
  }
}

/**
 * Numbers are given before the commit, so a row may appear beneath one that was read. Therefore the cursor is PostgreSQL's
 * own picture of what was committed when it was read, and what comes next is whatever is not in that picture. Only the
 * server that made the picture can tell: after a restart or a fail-over everything is read once more.
 */
async function readFromPostgres(query: Query, cursor: string, now: Date): Promise<RevocationPage> {
  const { seq, snapshot, server } = /^(?<seq>\d*)@(?<snapshot>\d+:\d+:[\d,]*)@(?<server>[\d.]+)$/.exec(cursor)
    ?.groups ?? { seq: '0', snapshot: '', server: '' }
  const isFollowing = seq === ''
  const { rows } = await (isFollowing
    ? query(following, [snapshot, now.getTime()])
    : query(fromBeginning, [seq, now.getTime()]))
  const [first] = rows as { snapshot: string; server: string }[]
  if (first === undefined) throw new Error('PostgreSQL gave no snapshot')
  if (server !== '' && server !== first.server) return readFromPostgres(query, '', now)
  const found = (rows as Row[]).filter((row) => row.seq !== null)
  const isComplete = isFollowing || found.length < pageSize
  // Until all pages are read the picture stays that of the first: what was committed meanwhile comes after them.
  const picture = isFollowing || snapshot === '' ? first.snapshot : snapshot
  return {
    revocations: found.map(toRevocation),
    cursor: `${isComplete ? '' : found.at(-1)?.seq}@${picture}@${first.server}`,
    isComplete,
  }
}

const picture = `(
  SELECT pg_current_snapshot()::text AS snapshot, extract(epoch FROM pg_postmaster_start_time())::text AS server
) picture`

const fromBeginning = `
  SELECT snapshot, server, seq, kind, id, valid_from, expires_at FROM ${picture} LEFT JOIN LATERAL (
    SELECT * FROM hallpass_revocations WHERE seq > $1 AND expires_at > $2 ORDER BY seq LIMIT ${pageSize}
  ) journal ON true ORDER BY seq`

const following = `
  SELECT snapshot, server, seq, kind, id, valid_from, expires_at FROM ${picture} LEFT JOIN hallpass_revocations
    ON xid >= pg_snapshot_xmin($1::pg_snapshot) AND NOT pg_visible_in_snapshot(xid, $1::pg_snapshot) AND expires_at > $2`

function toRevocation({ kind, id, valid_from, expires_at }: Row): Revocation {
  return {
    kind,
    id,
    validFrom: valid_from === null ? null : Number(valid_from),
    expiresAt: new Date(Number(expires_at)),
  }
}

/** What a token says of itself, for the database to judge. */
export interface TokenNames {
  readonly jti: string
  readonly kid: string
  readonly sid: string | undefined
  readonly generation: number
  readonly sub: string
  /** Milliseconds since 1970. */
  readonly issuedAt: number
}

/**
 * Asks the database whether a token was taken back, by the journal and by what is true of its session and its user now. So
 * it can also be asked about a token that has outlived its entry in the journal.
 * @param mustHaveUser Whether a token without a session is refused where its user is not found.
 */
export async function isRevokedInDatabase(
  { query }: Pick<Database, 'query'>,
  { jti, kid, sid, generation, sub, issuedAt }: TokenNames,
  { mustHaveUser }: { readonly mustHaveUser: boolean },
): Promise<boolean> {
  const { rows } = await query(judge, [jti, kid, sid ?? '', sub])
  const [row] = rows as [Judgement]
  if (Number(row.taken_back) > 0 || row.disabled_at !== null) return true
  if (sid !== undefined) return row.session === null || row.revoked_at !== null || generation < Number(row.generation)
  if (row.user_id === null) return mustHaveUser
  // Times of issue are whole seconds: one of the very second of the change may be from before it.
  return issuedAt <= Number(row.tokens_valid_after)
}

interface Judgement {
  readonly taken_back: number | string
  readonly session: string | null
  readonly revoked_at: number | string | null
  readonly generation: number | null
  readonly user_id: string | null
  readonly disabled_at: number | string | null
  readonly tokens_valid_after: number | string | null
}

const judge = `
  SELECT
    (SELECT count(*) FROM hallpass_revocations WHERE (kind = 'token' AND id = $1) OR (kind = 'key' AND id = $2)) AS taken_back,
    s.id AS session, s.revoked_at, s.generation, u.id AS user_id, u.disabled_at, u.tokens_valid_after
  FROM (SELECT 1 AS one) token
  LEFT JOIN hallpass_sessions s ON s.id = $3
  LEFT JOIN hallpass_users u ON u.id = $4`

/** Forgets some of what can touch no token any more. @returns How many. */
export async function deleteEndedRevocations(sql: Sql, now: Date, limit: number): Promise<number> {
  const { numDeletedRows } = await sql
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
