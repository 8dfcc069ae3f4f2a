import type { JournalEntry, JournalPage, TokenLife } from '../../revocations/revocation.ts'
import { clockText } from '../engine/clock.ts'
import type { Database, QueryOutcome } from '../engine/database.ts'
import { fromStored } from './stored-name.ts'

/** A page of the journal of revocations. */
export interface RevocationPage extends JournalPage {
  /** Where the next page begins. It means the same on every node. */
  readonly cursor: string
}

type Query = (text: string, values: readonly unknown[]) => Promise<QueryOutcome>

/** Read, judged and sent on in a few milliseconds, in which no other request is served. */
const pageSize = 2000

/**
 * Reads on in the journal, in pages of 2,000: nothing that was committed is passed over, in whatever order transactions
 * came to their ends. What comes twice does no harm. All that is there matters: what is over is deleted.
 * @param cursor As the page before gave it; empty, or one that this cannot go on from, for the beginning.
 */
export function readRevocations(
  { kind, query: own }: Pick<Database, 'kind' | 'query'>,
  cursor: string,
  query: Query = own,
): Promise<RevocationPage> {
  return kind === 'postgres' ? readFromPostgres(query, cursor) : readFromSqlite(query, cursor)
}

interface Row {
  readonly seq: number | string | null
  readonly kind: string
  readonly id: string
  readonly valid_from: number | string | null
  readonly expires_at: number | string
}

interface Facts {
  readonly now: number | string
  /** `900:0,3600:1764000000` */
  readonly lives: string | null
}

/** Writers come one after the other: whatever has a higher number was committed later. */
async function readFromSqlite(query: Query, cursor: string): Promise<RevocationPage> {
  const given = /^\d{1,15}$/.test(cursor) ? Number(cursor) : 0
  const { rows: facts } = await query(sqliteFacts, [])
  const [first] = facts as [Facts & { seq: number | null }]
  const end = first.seq ?? 0
  // The database is an older one than the cursor was of: a backup.
  const from = given > end ? 0 : given
  const { rows } = await query(
    `SELECT seq, kind, id, valid_from, expires_at FROM hallpass_revocations
     WHERE seq > $1 ORDER BY seq LIMIT ${pageSize}`,
    [from],
  )
  const isComplete = rows.length < pageSize
  const last = rows.at(-1) as Row | undefined
  return {
    revocations: (rows as Row[]).map(toEntry),
    ...toFacts(first),
    cursor: String(isComplete ? Math.max(end, Number(last?.seq ?? 0)) : last?.seq),
    isComplete,
  }
}

const sqliteFacts = `
  SELECT ${clockText.sqlite} AS now,
    (SELECT seq FROM sqlite_sequence WHERE name = 'hallpass_revocations') AS seq,
    (SELECT group_concat(seconds || ':' || since) FROM hallpass_token_lives) AS lives`

/**
 * Numbers are given before the commit, so a row may appear beneath one that was read. Therefore the cursor is PostgreSQL's
 * own picture of what was committed when it was read, and what comes next is whatever is not in that picture. Only the
 * server that made the picture can tell: after a restart or a fail-over everything is read once more.
 *
 * A cursor is the number that was read last, if there is more; the picture that is read on from, if any; the picture of the
 * first of these pages; and the server. What was committed between two pages comes after the last of them.
 */
async function readFromPostgres(query: Query, cursor: string): Promise<RevocationPage> {
  const { seq, since, until, server } = readCursor(cursor)
  const { rows } = await (since === '' ? query(fromBeginning, [seq]) : query(following, [seq, since]))
  const [first] = rows as (Facts & { snapshot: string; server: string })[]
  if (first === undefined) throw new Error('PostgreSQL gave no snapshot')
  if (server !== '' && server !== first.server) return readFromPostgres(query, '')
  const found = (rows as Row[]).filter((row) => row.seq !== null)
  const isComplete = found.length < pageSize
  const end = until === '' ? first.snapshot : until
  return {
    revocations: found.map(toEntry),
    ...toFacts(first),
    cursor: isComplete ? `@${end}@@${first.server}` : `${found.at(-1)?.seq}@${since}@${end}@${first.server}`,
    isComplete,
  }
}

function readCursor(cursor: string): {
  readonly seq: string
  readonly since: string
  readonly until: string
  readonly server: string
} {
  const snapshot = String.raw`(?:\d+:\d+:[\d,]*)?`
  const pattern = new RegExp(`^(?<seq>\\d*)@(?<since>${snapshot})@(?<until>${snapshot})@(?<server>[\\d.]+)$`)
  const { seq = '', since = '', until = '', server = '' } = pattern.exec(cursor)?.groups ?? {}
  return { seq: seq || '0', since, until, server }
}

const picture = `(
  SELECT pg_current_snapshot()::text AS snapshot, extract(epoch FROM pg_postmaster_start_time())::text AS server,
    ${clockText.postgres} AS now, (SELECT string_agg(seconds || ':' || since, ',') FROM hallpass_token_lives) AS lives
) picture`

const fromBeginning = `
  SELECT snapshot, server, now, lives, seq, kind, id, valid_from, expires_at FROM ${picture} LEFT JOIN LATERAL (
    SELECT * FROM hallpass_revocations WHERE seq > $1 ORDER BY seq LIMIT ${pageSize}
  ) journal ON true ORDER BY seq`

/** `OFFSET 0` keeps the index of transactions in use: in the order of the numbers, all entries would be read at each call. */
const following = `
  SELECT snapshot, server, now, lives, seq, kind, id, valid_from, expires_at FROM ${picture} LEFT JOIN LATERAL (
    SELECT * FROM (
      SELECT * FROM hallpass_revocations
      WHERE xid >= pg_snapshot_xmin($2::pg_snapshot) AND NOT pg_visible_in_snapshot(xid, $2::pg_snapshot) AND seq > $1
      OFFSET 0
    ) missed ORDER BY seq LIMIT ${pageSize}
  ) journal ON true ORDER BY seq`

function toFacts({ now, lives }: Facts): { readonly now: Date; readonly lives: readonly TokenLife[] } {
  const pairs = lives === null ? [] : lives.split(',').map((pair) => pair.split(':').map(Number) as [number, number])
  return { now: new Date(Number(now)), lives: pairs.map(([seconds, since]) => ({ seconds, since })) }
}

export function toEntry({ kind, id, valid_from, expires_at }: Omit<Row, 'seq'>): JournalEntry {
  return {
    ...fromStored({ kind, id }),
    validFrom: valid_from === null ? null : Number(valid_from),
    expiresAt: new Date(Number(expires_at)),
  }
}
