import { openDatabase } from '../src/store/engine/open-database.ts'
import { migrate } from '../src/store/migrations/migrate.ts'
import { query } from './postgres.ts'

/** A database on the PostgreSQL of the run that has hallpass's tables, and nothing in them. */
export const template = 'hallpass_template'

/** Made once for a run: to copy it takes a third of the processor time of making the tables. */
export async function makeTemplate(serverUrl: string): Promise<void> {
  await query(serverUrl, `CREATE DATABASE ${template}`)
  await makeTables(serverUrl.replace(/\/\w+$/, `/${template}`))
}

/** Makes hallpass's tables in a database, as the first start of a server does. */
export async function makeTables(url: string): Promise<void> {
  const database = await openDatabase(url)
  await migrate(database)
  await database.close()
}
