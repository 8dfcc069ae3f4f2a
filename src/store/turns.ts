import type { Database } from './engine/database.ts'

type Query = Database['query']

/** Turns are expendable. They are stored among the counters, which are deleted when they expire. */
const options = { expendable: true }

/** How long after its time a turn can still be used. */
const validMilliseconds = 15 * 60 * 1000
/** How long a place is held that was taken but never got a time, because its process ended in between. */
const heldMilliseconds = 10_000

/**
 * Takes the next place in a line, in one statement, so that no place is given twice.
 * @returns The time of the turn.
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

// The row expires `keptSeconds` after the last turn in it; `expire` minus that is the time of the last turn. Taking a
// place and using it each count as half a doubling, so a client that waits behind one other is not yet delayed for that
// one's failure. 2 ** 17 seconds is more than a day, which no delay exceeds.
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

/** The time of a client's turn, or a second from now if it has none yet; `undefined` if the client has no place. */
export async function findTicket(query: Query, key: string, now: number): Promise<number | undefined> {
  const { rows } = await query(find, [`turn:${key}`, now], options)
  const [row] = rows as { points: number; expire: number | string }[]
  if (row === undefined) return undefined
  return row.points === held ? now + 1000 : Number(row.expire) - validMilliseconds
}

const held = 0
const timed = 1

const find = 'SELECT points, expire FROM hallpass_counters WHERE key = $1 AND expire > CAST($2 AS BIGINT)'

/** @returns Whether this request is the one that takes a place for the client. */
export async function holdTicket(query: Query, key: string, now: number): Promise<boolean> {
  const { rows } = await query(hold, [`turn:${key}`, now, now + heldMilliseconds], options)
  return rows.length > 0
}

const hold = `
  INSERT INTO hallpass_counters AS ticket (key, points, expire) VALUES ($1, ${held}, CAST($3 AS BIGINT))
  ON CONFLICT (key) DO UPDATE SET points = ${held}, expire = CAST($3 AS BIGINT)
  WHERE ticket.expire <= CAST($2 AS BIGINT)
  RETURNING points`

/** Stores the time of a client's turn. */
export async function keepTicket(query: Query, key: string, time: number): Promise<void> {
  await query(keep, [`turn:${key}`, time + validMilliseconds], options)
}

const keep = `
  INSERT INTO hallpass_counters (key, points, expire) VALUES ($1, ${timed}, CAST($2 AS BIGINT))
  ON CONFLICT (key) DO UPDATE SET points = ${timed}, expire = CAST($2 AS BIGINT)`

/** @returns Whether the turn has come and this request is the one that uses it. */
export async function spendTicket(query: Query, key: string, now: number): Promise<boolean> {
  const { rows } = await query(spend, [`turn:${key}`, now, validMilliseconds], options)
  return rows.length > 0
}

const spend = `
  DELETE FROM hallpass_counters
  WHERE key = $1 AND points = ${timed} AND expire > CAST($2 AS BIGINT)
    AND expire - CAST($3 AS BIGINT) <= CAST($2 AS BIGINT)
  RETURNING points`

/** Deletes a line: the next client that has to wait is its first. */
export async function deleteLine(query: Query, key: string): Promise<void> {
  await query('DELETE FROM hallpass_counters WHERE key = $1', [`line:${key}`], options)
}

/** Records that a turn in a line was used. */
export async function noteUse(query: Query, key: string): Promise<void> {
  await query(note, [`line:${key}`], options)
}

const note = 'UPDATE hallpass_counters SET points = points + 1 WHERE key = $1 AND points < 34'
