import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { addSettings, readOf } from '../environment.ts'
import { printJson } from '../output.ts'
import type { Terminal } from '../terminal.ts'

interface Options {
  readonly status?: boolean
  readonly json?: boolean
}

export function addMigrate(program: Command, terminal: Terminal): void {
  const command = program
    .command('migrate')
    .description(
      'Migrates the database, as serve does when it starts. Servers of the previous version can keep running, unless a migration does more than add to the schema.',
    )
    .option('--status', 'only list the applied and pending migrations')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  hallpass migrate --status --database sqlite:app.db')
    .action((options: Options) => migrateDatabase(terminal, options))
  addSettings(command, ['database'])
}

async function migrateDatabase(terminal: Terminal, options: Options): Promise<void> {
  const [{ openDatabase }, { migrate, migrationStatus }, { explainStart }] = await Promise.all([
    import('../../store/engine/open-database.ts'),
    import('../../store/migrations/migrate.ts'),
    import('../../store/engine/faults.ts'),
  ])
  const url = readOf(['database'], terminal, { ...options }).database
  // `--status` must not create a missing file. It reports the same as for an empty database.
  const isThere = !options.status || !url.startsWith('sqlite:') || existsSync(url.slice('sqlite:'.length))
  if (!isThere) terminal.stderr.write(`hallpass: ${url.slice('sqlite:'.length)} does not exist yet\n`)
  const database = await openDatabase(isThere ? url : 'sqlite::memory:', { mayMake: !options.status })
  try {
    if (!options.status) await migrate(database, (line) => terminal.stderr.write(`hallpass: ${line}\n`))
    const status = await migrationStatus(database).catch((error) => {
      throw explainStart(error)
    })
    if (options.json) return printJson(terminal, status)
    for (const name of status.applied) terminal.stdout.write(`applied  ${name}\n`)
    for (const name of status.pending) terminal.stdout.write(`pending  ${name}\n`)
  } finally {
    await database.close()
  }
}
