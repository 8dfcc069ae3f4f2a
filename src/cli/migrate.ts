import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { readSome } from '../server/config.ts'
import { addSettings, sourcesOf } from './environment.ts'
import { printJson } from './output.ts'

export function addMigrate(program: Command): void {
  const command = program
    .command('migrate')
    .description(
      'Brings the database up to date, while servers of the version before may run. serve does the same when it starts.',
    )
    .option('--status', 'only say which migrations are applied and which are pending')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  hallpass migrate --status --database sqlite:app.db')
    .action(migrateDatabase)
  addSettings(command, ['database'])
}

async function migrateDatabase(options: { readonly status?: boolean; readonly json?: boolean }): Promise<void> {
  const [{ openDatabase }, { migrate, migrationStatus }, { explainStart }] = await Promise.all([
    import('../store/database.ts'),
    import('../store/migrate.ts'),
    import('../store/faults.ts'),
  ])
  const url = readSome(['database'], sourcesOf({ ...options })).database
  // What is only looked at is not made: there it is as empty as a new one.
  const isThere = !options.status || !url.startsWith('sqlite:') || existsSync(url.slice('sqlite:'.length))
  if (!isThere) process.stderr.write('hallpass: there is no such file yet\n')
  const database = await openDatabase(isThere ? url : 'sqlite::memory:', { mayMake: !options.status })
  try {
    if (!options.status) await migrate(database, (line) => process.stderr.write(`hallpass: ${line}\n`))
    const status = await migrationStatus(database).catch((error) => {
      throw explainStart(error)
    })
    if (options.json) return printJson(status)
    for (const name of status.applied) process.stdout.write(`applied  ${name}\n`)
    for (const name of status.pending) process.stdout.write(`pending  ${name}\n`)
  } finally {
    await database.close()
  }
}
