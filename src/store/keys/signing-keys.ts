import { type Selectable, sql } from 'kysely'
import type { Sql } from '../engine/database.ts'
import { engineOf } from '../engine/engine-of.ts'
import type { SigningKeyRow } from '../tables.ts'

/**
 * A key is published as `next`, signs as `active`, and verifies as `retiring` until its last token has ended; then it is
 * `gone`. There is one `next` and one `active` at most for each algorithm: the database sees to it.
 */
export type KeyState = 'next' | 'active' | 'retiring' | 'gone'

/** A key of the ring as it is kept: its material is encrypted. */
export interface SigningKey {
  readonly kid: string
  readonly algorithm: string
  readonly state: KeyState
  /** `null` once it is gone. */
  readonly sealed: string | null
  /** Which secret it is encrypted under. */
  readonly sealedUnder: string | null
  readonly createdAt: Date
  /** Not before: every cached copy of the published keys has it by then. */
  readonly signsFrom: Date
  readonly activatedAt: Date | null
  readonly retiredAt: Date | null
  /** When the last token that it signed has ended. */
  readonly verifiesUntil: Date | null
  readonly revokedAt: Date | null
}

/** In the order in which they were made. */
export async function listSigningKeys(sql: Sql): Promise<SigningKey[]> {
  const rows = await sql
    .selectFrom('hallpass_signing_keys')
    .selectAll()
    .orderBy('created_at')
    .orderBy('signs_from')
    .orderBy('kid')
    .execute()
  return rows.map(toSigningKey)
}

/** Lets one process at a time change the ring, until the end of the transaction. SQLite has one writer anyway. */
export async function lockSigningKeys(trx: Sql): Promise<void> {
  if (engineOf(trx) === 'postgres') await sql`SELECT pg_advisory_xact_lock(${lockNumber}::bigint)`.execute(trx)
}

/** Another than that of the migrations. */
const lockNumber = 7_239_402_557

export async function insertSigningKey(sql: Sql, key: SigningKey): Promise<void> {
  await sql
    .insertInto('hallpass_signing_keys')
    .values({ kid: key.kid, algorithm: key.algorithm, ...toRow(key) } as SigningKeyRow)
    .execute()
}

export async function updateSigningKey(
  sql: Sql,
  kid: string,
  change: Partial<Omit<SigningKey, 'kid' | 'algorithm'>>,
): Promise<void> {
  await sql.updateTable('hallpass_signing_keys').set(toRow(change)).where('kid', '=', kid).execute()
}

function toRow(key: Partial<SigningKey>): Partial<SigningKeyRow> {
  const time = (date: Date | null) => date?.getTime() ?? null
  return {
    ...(key.state !== undefined && { state: key.state }),
    ...(key.sealed !== undefined && { sealed: key.sealed }),
    ...(key.sealedUnder !== undefined && { sealed_under: key.sealedUnder }),
    ...(key.createdAt !== undefined && { created_at: key.createdAt.getTime() }),
    ...(key.signsFrom !== undefined && { signs_from: key.signsFrom.getTime() }),
    ...(key.activatedAt !== undefined && { activated_at: time(key.activatedAt) }),
    ...(key.retiredAt !== undefined && { retired_at: time(key.retiredAt) }),
    ...(key.verifiesUntil !== undefined && { verifies_until: time(key.verifiesUntil) }),
    ...(key.revokedAt !== undefined && { revoked_at: time(key.revokedAt) }),
  }
}

function toSigningKey(row: Selectable<SigningKeyRow>): SigningKey {
  const date = (time: number | string | null) => (time === null ? null : new Date(Number(time)))
  return {
    kid: row.kid,
    algorithm: row.algorithm,
    state: row.state as KeyState,
    sealed: row.sealed,
    sealedUnder: row.sealed_under,
    createdAt: new Date(Number(row.created_at)),
    signsFrom: new Date(Number(row.signs_from)),
    activatedAt: date(row.activated_at),
    retiredAt: date(row.retired_at),
    verifiesUntil: date(row.verifies_until),
    revokedAt: date(row.revoked_at),
  }
}
