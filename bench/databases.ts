import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDatabase, startPostgres } from '../test/postgres.ts'

/** Databases as operators run them: what was acknowledged is on disk. */
export interface BenchDatabases {
  /** The address of a new, empty database. */
  readonly make: { readonly SQLite: () => Promise<string>; readonly PostgreSQL: () => Promise<string> }
  remove(): Promise<void>
}

/** SQLite in a folder, and PostgreSQL with its default settings, except for the room to insert a million rows. */
export async function startDatabases(): Promise<BenchDatabases> {
  const folder = mkdtempSync(join(tmpdir(), 'hallpass-bench-'))
  const server = await startPostgres(['max_wal_size=8GB', 'maintenance_work_mem=512MB'])
  let files = 0
  return {
    make: {
      SQLite: async () => `sqlite:${join(folder, `${++files}.db`)}`,
      PostgreSQL: () => createDatabase(server.url),
    },
    async remove() {
      rmSync(folder, { recursive: true })
      await server.remove()
    },
  }
}
