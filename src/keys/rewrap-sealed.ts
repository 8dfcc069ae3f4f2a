import { Sealing } from '../secrets/sealing.ts'
import type { Database } from '../store/engine/database.ts'
import { findSealedRows, replaceSealed, type SealedRow, type SealedTable } from '../store/keys/sealed-rows.ts'

/** What was found in one table. */
export interface Rewrapped {
  /** What it has, for people: `mails` and so on. */
  readonly what: string
  readonly count: number
  /** How many cannot be decrypted: they are of a secret that is not known here, or were changed. */
  readonly locked: number
}

/** A column that is encrypted: for which purpose, and as what each row is sealed. */
interface SealedColumn {
  readonly table: SealedTable
  readonly what: string
  readonly purpose: string
  readonly about: (row: SealedRow) => string
}

const columns: readonly SealedColumn[] = [
  { table: 'hallpass_totp', what: 'second factors', purpose: 'totp', about: ({ id }) => `totp:${id}` },
  { table: 'hallpass_mails', what: 'mails', purpose: 'mails', about: ({ id }) => `mail:${id}` },
  {
    table: 'hallpass_identities',
    what: 'tokens of other providers',
    purpose: 'identities',
    about: ({ id }) => `identity:${id}`,
  },
  {
    table: 'hallpass_secrets',
    what: 'links and codes',
    purpose: 'one-time secrets',
    about: ({ id, purpose }) => `${purpose}:${id}`,
  },
]

/** One transaction each: few enough that no one waits for them. */
const batchSize = 200

/**
 * Encrypts under the present secret what else the database has. What is changed meanwhile is left as it is: the change
 * encrypts it, and a second run finds what was not.
 */
export async function rewrapSealed(
  database: Pick<Database, 'sql' | 'transaction'>,
  { secret, previous }: { readonly secret: string; readonly previous: readonly string[] },
): Promise<Rewrapped[]> {
  const done: Rewrapped[] = []
  for (const column of columns) {
    const sealing = new Sealing(column.purpose, secret, ...previous)
    done.push({ what: column.what, ...(await rewrapColumn(database, column, sealing)) })
  }
  return done
}

async function rewrapColumn(
  { sql, transaction }: Pick<Database, 'sql' | 'transaction'>,
  { table, about }: SealedColumn,
  sealing: Sealing,
): Promise<{ readonly count: number; readonly locked: number }> {
  let count = 0
  let locked = 0
  for (let afterId = ''; ; ) {
    const rows = await findSealedRows(sql, table, { notUnder: sealing.currentId, afterId, limit: batchSize })
    await transaction(async (trx) => {
      for (const row of rows) {
        const plain = opened(sealing, row, about(row))
        if (plain === undefined) locked++
        else if (await replaceSealed(trx, table, row, sealing.seal(plain, about(row)))) count++
      }
    })
    if (rows.length < batchSize) return { count, locked }
    afterId = rows.at(-1)?.id ?? afterId
  }
}

function opened(sealing: Sealing, row: SealedRow, about: string): string | undefined {
  try {
    return sealing.open(row, about)
  } catch {
    return undefined
  }
}
