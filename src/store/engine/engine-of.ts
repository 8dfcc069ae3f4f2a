import { PostgresAdapter } from 'kysely'
import type { Database, Sql } from './database.ts'

/** The engine that queries run on, for the few queries that differ between the two. */
export function engineOf(db: Sql): Database['kind'] {
  return db.getExecutor().adapter instanceof PostgresAdapter ? 'postgres' : 'sqlite'
}
