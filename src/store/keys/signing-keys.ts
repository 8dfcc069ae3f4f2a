import { type Selectable, sql } from 'kysely'
import type { Sql } from '../engine/database.ts'
import { engineOf } from '../engine/engine-of.ts'
import type { SigningKeyRow } from '../tables.ts'

/**
 * A key is published as `next`, signs as `active`, and verifies as `retiring` until its last token has expired; then it
 * is `gone`. The database allows at most one `next` and one `active` key per algorithm.
 */
export type KeyState = 'next' | 'active' | 'retiring' | 'gone'

/** A key of the ring as it is stored, its material encrypted. */
export interface SigningKey {
  readonly kid: string
  readonly algorithm: string
  readonly state: KeyState
  /** `null` once the key is gone. */
  readonly sealed: string | null
  /** Which secret it is encrypted under. */
  readonly sealedUnder: string | null
  readonly createdAt: Date
  /** The key does not sign before this time, by which every cached copy of the published keys contains it. */
  readonly signsFrom: Date
  readonly activatedAt: Date | null
  readonly retiredAt: Date | null
  /** When the last token that it signed has expired. */
  readonly verifiesUntil: Date | null
  readonly revokedAt: Date | null
}

/** All keys, in the order in which they were created. */
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

/**
 * Locks the ring until the end of the transaction, so that one process at a time changes it. SQLite needs no lock,
 * because it has one writer.
 */
export async function lockSigningKeys(trx: Sql): Promise<void> {
  if (engineOf(trx) === 'postgres') await sql`SELECT pg_advisory_xact_lock(${lockNumber}::bigint)`.execute(trx)
}

/** Differs from the lock numbers of the migrations and of the cleanup. */
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
