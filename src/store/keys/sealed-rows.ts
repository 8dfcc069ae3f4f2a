import { sql } from 'kysely'
import type { Sql } from '../engine/database.ts'

/** The tables besides that of the signing keys with a column that is encrypted. */
export type SealedTable = 'hallpass_totp' | 'hallpass_mails' | 'hallpass_secrets' | 'hallpass_identities'

/** A row with something encrypted in it. */
export interface SealedRow {
  readonly id: string
  /** Only of what is used once: it is part of what the row is sealed as. */
  readonly purpose: string
  readonly sealed: string
  readonly sealedUnder: string
}

/** Some of the rows that are sealed under another secret than the present one, in the order of their ids. */
export async function findSealedRows(
  db: Sql,
  table: SealedTable,
  { notUnder, afterId, limit }: { readonly notUnder: string; readonly afterId: string; readonly limit: number },
): Promise<SealedRow[]> {
  const purpose = table === 'hallpass_secrets' ? sql<string>`purpose` : sql<string>`''`
  const rows = await db
    .selectFrom(table)
    .select(['id', 'sealed', 'sealed_under', purpose.as('purpose')])
    .where('id', '>', afterId)
    .where('sealed', 'is not', null)
    .where('sealed_under', '<>', notUnder)
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(({ id, purpose, sealed, sealed_under }) => {
    return { id, purpose, sealed: sealed ?? '', sealedUnder: sealed_under ?? '' }
  })
}

/** Replaces what is sealed, if it is what was read. @returns Whether it was. */
export async function replaceSealed(
  db: Sql,
  table: SealedTable,
  { id, sealed: before }: SealedRow,
  { sealed, sealedUnder }: { readonly sealed: string; readonly sealedUnder: string },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable(table)
    .set({ sealed, sealed_under: sealedUnder })
    .where('id', '=', id)
    .where('sealed', '=', before)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}
