import type { Database } from '../../src/store/engine/database.ts'

/** How many connections to a database wait for what another one has locked. The server has more databases, of other tests. */
export async function countWaiting(database: Pick<Database, 'query'>): Promise<number> {
  const text = `SELECT DISTINCT pid FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE NOT granted AND datname = current_database()`
  return (await database.query(text, [])).rows.length
}
