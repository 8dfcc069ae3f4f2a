import { copyFileSync, existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import { createDatabase, patient } from './postgres.ts'
import { template } from './template.ts'

/** A new database. */
export interface TestDatabase {
  readonly url: string
  drop(): Promise<void>
}

interface Engine {
  readonly name: string
  open(): Promise<TestDatabase>
}

/**
 * The databases that hallpass runs on, with its tables and nothing in them:
 * `describe.each(databases)('… on $name', ({ open }) => …)`.
 */
export const databases: readonly Engine[] = [
  { name: 'SQLite', open: openSqliteFile },
  { name: 'PostgreSQL', open: () => openPostgresDatabase(template) },
]

/** The same without tables: for tests of what makes them. */
export const emptyDatabases: readonly Engine[] = [
  { name: 'SQLite', open: async () => openFile() },
  { name: 'PostgreSQL', open: () => openPostgresDatabase() },
]

export async function openSqliteFile(): Promise<TestDatabase> {
  const database = openFile()
  copyFileSync(inject('sqliteTemplate'), database.url.slice('sqlite:'.length))
  return database
}

function openFile(): TestDatabase {
  const folder = mkdtempSync(join(filesFolder(), 'hallpass-sqlite-'))
  return { url: `sqlite:${join(folder, 'test.db')}`, drop: async () => rmSync(folder, { recursive: true }) }
}

/**
 * In memory, if there is a gigabyte of it: each commit is synced to disk, which would be a seventh of the processor time
 * of a suite on SQLite, and a third of its duration.
 */
function filesFolder(): string {
  const memory = '/dev/shm'
  const isRoomy = existsSync(memory) && statfsSync(memory).bavail * statfsSync(memory).bsize > 2 ** 30
  return isRoomy ? memory : tmpdir()
}

async function openPostgresDatabase(from?: string): Promise<TestDatabase> {
  // It goes with its server, at the end of the run.
  return { url: patient(await createDatabase(inject('postgresUrl'), from)), drop: async () => {} }
}
