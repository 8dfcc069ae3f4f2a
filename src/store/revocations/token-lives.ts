import { sql } from 'kysely'
import { readClock } from '../engine/clock.ts'
import type { Database, Sql } from '../engine/database.ts'

/** The most that a verifier may add to a token's expiry: `leewaySeconds` of `JwtManager`. */
const longestLeewaySeconds = 10 * 60
/** How far apart the clocks of nodes, services and the database may be without a revocation being deleted too early. */
const clockSeconds = 3900
/** Assumed until a server has registered how long its tokens live. */
const unknownLifeSeconds = 24 * 60 * 60

/** How long revocations are kept, and the clock by which that is measured. */
export interface Horizon {
  readonly now: Date
  /** From a change to its last effect: the longest token life that any node uses, plus the margin. */
  readonly seconds: number
  /** What clock differences and leeway add to a token's expiry. */
  readonly marginSeconds: number
}

/** The longest token life that any node signs with. */
export async function longestTokenLife(db: Sql): Promise<number> {
  const row = await db
    .selectFrom('hallpass_token_lives')
    .select((query) => query.fn.max('seconds').as('seconds'))
    .executeTakeFirst()
  return Number(row?.seconds ?? unknownLifeSeconds)
}

/** Depends on the tokens that have been signed, not on the process that asks. */
export async function readHorizon(trx: Sql): Promise<Horizon> {
  const marginSeconds = longestLeewaySeconds + clockSeconds
  const seconds = (await longestTokenLife(trx)) + marginSeconds
  return { now: await readClock(trx), seconds, marginSeconds }
}

/**
 * Registers how long a node's tokens live, before it signs the first one. A shorter life changes nothing, because
 * tokens with the longer one may still be valid.
 *
 * Revocations kept for the old horizon may be too short for tokens with the new life, so none may still be uncommitted
 * when this commits. On PostgreSQL every transaction that writes one has read this table, so locking it waits for them
 * all.
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
    // The application may already have signed tokens with a longer life itself. Those are checked against the rows.
    const since = isFirst ? 0 : Math.floor(now.getTime() / 1000)
    await trx.insertInto('hallpass_token_lives').values({ seconds, since }).execute()
  })
}
