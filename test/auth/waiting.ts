import type { Database } from '../../src/store/engine/database.ts'

/** How many connections to PostgreSQL wait for what another one has locked. */
export async function countWaiting(database: Pick<Database, 'query'>): Promise<number> {
  const text = 'SELECT pid FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()'
  const { rows } = await database.query(text, [])
  return new Set(rows.map((row) => (row as { readonly pid: unknown }).pid)).size
}
