import { sql } from 'kysely'
import { readClock } from '../engine/clock.ts'
import type { Database, Sql } from '../engine/database.ts'

/** The most that a reader may add to the end of a token: `leewaySeconds` of `JwtManager`. */
const longestLeewaySeconds = 10 * 60
/** Clocks of nodes, services and the database may be this far apart, and no revocation is forgotten early. */
const clockSeconds = 3900
/** Until a server has said how long its tokens live. */
const unknownLifeSeconds = 24 * 60 * 60

/** How long revocations are kept, and the clock that says until when. */
export interface Horizon {
  readonly now: Date
  /** From a change to its last effect: the longest life that any node signs, and what clocks and leeway add. */
  readonly seconds: number
  /** What clocks and leeway add to the end of a token. */
  readonly marginSeconds: number
}

/** The longest life that any node signs tokens with. */
export async function longestTokenLife(db: Sql): Promise<number> {
  const row = await db
    .selectFrom('hallpass_token_lives')
    .select((query) => query.fn.max('seconds').as('seconds'))
    .executeTakeFirst()
  return Number(row?.seconds ?? unknownLifeSeconds)
}

/** A fact about the tokens that were signed, and none about the process that asks. */
export async function readHorizon(trx: Sql): Promise<Horizon> {
  const marginSeconds = longestLeewaySeconds + clockSeconds
  const seconds = (await longestTokenLife(trx)) + marginSeconds
  return { now: await readClock(trx), seconds, marginSeconds }
}

/**
 * Writes down how long the tokens of a node live, before it signs the first. Shorter lives change nothing: tokens of the
 * longer one may still be about.
 *
 * Revocations that were decided by the old horizon must not be waited for by tokens of the new: no such transaction is
 * under way when this one commits. On PostgreSQL each has read the table, which this locks.
 */
export async function registerTokenLife({ kind, sql: db, transaction }: Database, seconds: number): Promise<void> {
  const isKnown = (trx: Sql) =>
    trx.selectFrom('hallpass_token_lives').select('seconds').where('seconds', '>=', seconds).limit(1).executeTakeFirst()
  if ((await isKnown(db)) !== undefined) return
  await transaction(async (trx) => {
    if (kind === 'postgres') await sql`LOCK TABLE hallpass_token_lives IN ACCESS EXCLUSIVE MODE`.execute(trx)
    if ((await isKnown(trx)) !== undefined) return
    const now = await readClock(trx)
    const isFirst =
      (await trx.selectFrom('hallpass_token_lives').select('seconds').limit(1).executeTakeFirst()) === undefined
    // Of a longer life there may be tokens already, which the application made itself: of those the rows are asked.
    const since = isFirst ? 0 : Math.floor(now.getTime() / 1000)
    await trx.insertInto('hallpass_token_lives').values({ seconds, since }).execute()
  })
}
