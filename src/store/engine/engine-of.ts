import { PostgresAdapter } from 'kysely'
import type { Database, Sql } from './database.ts'

/** Which engine queries run on: the few that differ are written for it. */
export function engineOf(db: Sql): Database['kind'] {
  return db.getExecutor().adapter instanceof PostgresAdapter ? 'postgres' : 'sqlite'
}
