import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDatabase, startPostgres } from '../test/postgres.ts'

/** What hallpass runs on, as an operator has it: what was answered is on the disk. */
export interface BenchDatabases {
  /** The address of a new, empty database. */
  readonly make: { readonly SQLite: () => Promise<string>; readonly PostgreSQL: () => Promise<string> }
  remove(): Promise<void>
}

/** SQLite in a folder, and a PostgreSQL with its own settings, but for the room that filling a million rows takes. */
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
