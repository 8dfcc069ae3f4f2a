import { openDatabase } from '../store/engine/open-database.ts'
import { migrate } from '../store/migrations/migrate.ts'
import type { Logger } from './logs.ts'

/**
 * Brings the database up to date and logs how far that is: it may take minutes where tables are large.
 * @throws {ConfigurationError} as `migrate`
 */
export async function migrateAndLog(url: string, log: Logger): Promise<void> {
  const database = await openDatabase(url)
  try {
    await migrate(database, (line) => log.info(`migrating: ${line}`))
  } finally {
    await database.close()
  }
}
