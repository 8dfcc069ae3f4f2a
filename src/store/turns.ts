import type { Database } from './engine/database.ts'

type Query = Database['query']

/** What is kept of turns: expendable, and among the counters, which are removed when they have run out. */
const options = { expendable: true }

/** How long after its time a turn can still be taken. */
const validMilliseconds = 15 * 60 * 1000
/** A place that was asked for and got no time: its process ended in between. */
const heldMilliseconds = 10_000

/**
 * Takes the next place in a line: one statement, so that each is given once.
 * @returns Its time.
 */
export async function claimTime(
  query: Query,
  line: {
    readonly key: string
    readonly longestDelaySeconds: number
    readonly keptSeconds: number
    readonly now: number
  },
): Promise<number> {
  const kept = line.keptSeconds * 1000
  const { rows } = await query(
    claim,
    [`line:${line.key}`, line.now, line.now + 1000 + kept, kept, line.longestDelaySeconds],
    options,
  )
  const [row] = rows as { expire: number | string }[]
  return Number(row?.expire) - kept
}

// The row runs out some time after the last turn in it; without that time `expire` is the last turn. A place that is given
// and one that is used count half a doubling each: a client that waits behind one other does not wait for its failure yet.
// 2 ** 17 seconds are more than a day, which no delay exceeds.
const doubled = '(1 << (line.points >> 1))'
const delay = `1000 * CASE WHEN ${doubled} < CAST($5 AS INTEGER) THEN ${doubled} ELSE CAST($5 AS INTEGER) END`
const claim = `
  INSERT INTO hallpass_counters AS line (key, points, expire) VALUES ($1, 1, CAST($3 AS BIGINT))
  ON CONFLICT (key) DO UPDATE SET
    points = CASE WHEN line.expire <= CAST($2 AS BIGINT) THEN 1 WHEN line.points < 34 THEN line.points + 1 ELSE 34 END,
    expire = CASE
      WHEN line.expire <= CAST($2 AS BIGINT) THEN CAST($3 AS BIGINT)
      WHEN line.expire - CAST($4 AS BIGINT) + ${delay} > CAST($2 AS BIGINT)
        THEN line.expire + ${delay}
      ELSE CAST($2 AS BIGINT) + CAST($4 AS BIGINT)
    END
  RETURNING expire`

/** The time of a client's turn, or one a moment from now while it has none yet; `undefined` where it has no place. */
export async function findTicket(query: Query, key: string, now: number): Promise<number | undefined> {
  const { rows } = await query(find, [`turn:${key}`, now], options)
  const [row] = rows as { points: number; expire: number | string }[]
  if (row === undefined) return undefined
  return row.points === held ? now + 1000 : Number(row.expire) - validMilliseconds
}

const held = 0
const timed = 1

const find = 'SELECT points, expire FROM hallpass_counters WHERE key = $1 AND expire > CAST($2 AS BIGINT)'

/** @returns Whether this request is the one that may take a place for the client. */
export async function holdTicket(query: Query, key: string, now: number): Promise<boolean> {
  const { rows } = await query(hold, [`turn:${key}`, now, now + heldMilliseconds], options)
  return rows.length > 0
}

const hold = `
  INSERT INTO hallpass_counters AS ticket (key, points, expire) VALUES ($1, ${held}, CAST($3 AS BIGINT))
  ON CONFLICT (key) DO UPDATE SET points = ${held}, expire = CAST($3 AS BIGINT)
  WHERE ticket.expire <= CAST($2 AS BIGINT)
  RETURNING points`

/** Writes down the time of a client's turn. */
export async function keepTicket(query: Query, key: string, time: number): Promise<void> {
  await query(keep, [`turn:${key}`, time + validMilliseconds], options)
}

const keep = `
  INSERT INTO hallpass_counters (key, points, expire) VALUES ($1, ${timed}, CAST($2 AS BIGINT))
  ON CONFLICT (key) DO UPDATE SET points = ${timed}, expire = CAST($2 AS BIGINT)`

/** @returns Whether the turn had come, and this request is the one that takes it. */
export async function spendTicket(query: Query, key: string, now: number): Promise<boolean> {
  const { rows } = await query(spend, [`turn:${key}`, now, validMilliseconds], options)
  return rows.length > 0
}

const spend = `
  DELETE FROM hallpass_counters
  WHERE key = $1 AND points = ${timed} AND expire > CAST($2 AS BIGINT)
    AND expire - CAST($3 AS BIGINT) <= CAST($2 AS BIGINT)
  RETURNING points`

/** Forgets a line: the next who has to wait is its first. */
export async function deleteLine(query: Query, key: string): Promise<void> {
  await query('DELETE FROM hallpass_counters WHERE key = $1', [`line:${key}`], options)
}

/** Notes that a turn in a line was used. */
export async function noteUse(query: Query, key: string): Promise<void> {
  await query(note, [`line:${key}`], options)
}

const note = 'UPDATE hallpass_counters SET points = points + 1 WHERE key = $1 AND points < 34'
