import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import { createDatabase } from './postgres.ts'

/** A new, empty database. */
export interface TestDatabase {
  readonly url: string
  drop(): Promise<void>
}

/** The databases that hallpass runs on: `describe.each(databases)('… on $name', ({ open }) => …)`. */
export const databases: readonly { readonly name: string; open(): Promise<TestDatabase> }[] = [
  { name: 'SQLite', open: openSqliteFile },
  { name: 'PostgreSQL', open: openPostgresDatabase },
]

export async function openSqliteFile(): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'hallpass-sqlite-'))
  return { url: `sqlite:${join(folder, 'test.db')}`, drop: async () => rmSync(folder, { recursive: true }) }
}

async function openPostgresDatabase(): Promise<TestDatabase> {
  // It is removed with its server, at the end of the run.
  return { url: await createDatabase(inject('postgresUrl')), drop: async () => {} }
}
