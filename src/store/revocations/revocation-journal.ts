import type { JournalEntry, JournalPage, TokenLife } from '../../revocations/revocation.ts'
import { clockText } from '../engine/clock.ts'
import type { Database, QueryOutcome } from '../engine/database.ts'
import { fromStored } from './stored-name.ts'

/** A page of the journal of revocations. */
export interface RevocationPage extends JournalPage {
  /** Where the next page begins. It is valid on every node. */
  readonly cursor: string
}

type Query = (text: string, values: readonly unknown[]) => Promise<QueryOutcome>

/** A page is read, judged and passed on within a few milliseconds, during which no other request is served. */
const pageSize = 2000

/**
 * Reads the next entries of the journal, in pages of 2,000. No committed entry is skipped, in whatever order
 * transactions end, and reading one twice does no harm. Every entry counts, because expired ones are deleted.
 * @param cursor As returned with the previous page. Reading starts at the beginning if it is empty, or no longer
 * usable.
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

/** Writers run one after the other, so a higher number was committed later. */
async function readFromSqlite(query: Query, cursor: string): Promise<RevocationPage> {
  const given = /^\d{1,15}$/.test(cursor) ? Number(cursor) : 0
  const { rows: facts } = await query(sqliteFacts, [])
  const [first] = facts as [Facts & { seq: number | null }]
  const end = first.seq ?? 0
  // The cursor is ahead of the database, which was restored from a backup.
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
 * Numbers are assigned before the commit, so a row can appear below one that was already read. Therefore the cursor is
 * PostgreSQL's snapshot of what was committed at the time, and the next entries are those not visible in it. Only the
 * server that made the snapshot can tell, so after a restart or a fail-over everything is read again.
 *
 * A cursor consists of the last number read, if there is more; the snapshot to continue from, if any; the snapshot of
 * the first of these pages; and the server. Entries committed between two pages are read after the last of them.
 */
async function readFromPostgres(query: Query, cursor: string): Promise<RevocationPage> {
  const { seq, since, until, server } = readCursor(cursor)
  const outcome = await (since === '' ? query(fromBeginning, [seq]) : query(following, [seq, since])).catch((error) => {
    if (cursor === '' || !isUnreadable(error)) throw error
  })
  if (outcome === undefined) return readFromPostgres(query, '')
  const { rows } = outcome
  const [first] = rows as (Facts & { snapshot: string; server: string })[]
  if (first === undefined) throw new Error('PostgreSQL returned no snapshot')
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

/** Whether PostgreSQL cannot read a value: `numeric_value_out_of_range` or `invalid_text_representation`. */
function isUnreadable(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown }
  return code === '22003' || code === '22P02'
}

const cursorForm = /^(?<seq>\d*)@(?<since>(?:\d+:\d+:[\d,]*)?)@(?<until>(?:\d+:\d+:[\d,]*)?)@(?<server>[\d.]+)$/

function readCursor(cursor: string): {
  readonly seq: string
  readonly since: string
  readonly until: string
  readonly server: string
} {
  const { seq = '', since = '', until = '', server = '' } = cursorForm.exec(cursor)?.groups ?? {}
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

/**
 * `OFFSET 0` makes PostgreSQL use the index on transactions. Ordered by number, it would read all entries on each call.
 */
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
