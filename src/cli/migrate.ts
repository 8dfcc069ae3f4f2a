import type { Command } from 'commander'
import { readSome } from '../server/config.ts'
import { addSettings, sourcesOf } from './environment.ts'
import { printJson } from './output.ts'

export function addMigrate(program: Command): void {
  const command = program
    .command('migrate')
    .description('Brings the database up to date. serve does the same before it listens.')
    .option('--status', 'only tell which migrations are applied and which are pending')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  hallpass migrate --status --database sqlite:app.db')
    .action(migrateDatabase)
  addSettings(command, ['database'])
}

async function migrateDatabase(options: { readonly status?: boolean; readonly json?: boolean }): Promise<void> {
  const [{ openDatabase }, { migrate, migrationStatus }] = await Promise.all([
    import('../store/database.ts'),
    import('../store/migrate.ts'),
  ])
  const database = await openDatabase(readSome(['database'], sourcesOf({ ...options })).database)
  try {
    if (!options.status) await migrate(database)
    const status = await migrationStatus(database)
    if (options.json) return printJson(status)
    for (const name of status.applied) process.stdout.write(`applied  ${name}\n`)
    for (const name of status.pending) process.stdout.write(`pending  ${name}\n`)
  } finally {
    await database.close()
  }
}
