import type { Database } from '../engine/database.ts'

const places = 16
const each = 16

/**
 * Password hashes of a few hundred users: of all where there are no more, else of some from places that are spread evenly over
 * the table as it lies on the disk. Their ids and names are no measure: a thousand may have been imported in one second, and
 * ten a day have come since. No more than these rows are read.
 */
export async function samplePasswordHashes({ kind, query }: Pick<Database, 'kind' | 'query'>): Promise<string[]> {
  const all = hashesOf(await query(some, [places * each + 1]))
  if (all.length <= places * each) return all
  const { size, from } = queries[kind]
  const [row] = (await query(size, [])).rows as { size: number | string }[]
  const sample: string[] = []
  for (let place = 0; place < places; place++) {
    const start = Math.floor((Number(row?.size) * place) / places)
    sample.push(...hashesOf(await query(from, [kind === 'postgres' ? `(${start},0)` : start, each])))
  }
  return sample
}

const some = 'SELECT password_hash FROM hallpass_users LIMIT $1'

/** Where a table ends, and the rows from a place on: by the numbers of rows, or of the blocks that they are in. */
const queries = {
  sqlite: {
    size: 'SELECT max(rowid) AS size FROM hallpass_users',
    from: 'SELECT password_hash FROM hallpass_users WHERE rowid > $1 ORDER BY rowid LIMIT $2',
  },
  postgres: {
    size: "SELECT pg_relation_size('hallpass_users') / current_setting('block_size')::bigint AS size",
    from: 'SELECT password_hash FROM hallpass_users WHERE ctid >= $1::tid LIMIT $2',
  },
}

function hashesOf({ rows }: { readonly rows: unknown[] }): string[] {
  return (rows as { password_hash: string }[]).map((row) => row.password_hash)
}
