import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import { makeSecret } from '../../../server/config/secret.ts'
import { Failure } from '../../failure.ts'
import { confirm } from '../../input.ts'
import type { Terminal } from '../../terminal.ts'
import type { Change } from './change.ts'
import { frameworks } from './project.ts'

export interface InitOptions {
  readonly framework?: string
  readonly yes?: boolean
}

export function addInit(program: Command, version: string, terminal: Terminal): void {
  program
    .command('init')
    .description(
      'Adds hallpass to the project in this folder: shows new files and changes to package.json, .env and .gitignore, asks before it writes, and prints the lines to add to your own code.',
    )
    .option('--framework <name>', `${frameworks.join(', ')}; detected from package.json by default`)
    .option('--yes', 'do not ask for confirmation')
    .addHelpText('after', '\nExample:\n  npx hallpass init')
    .action((options: InitOptions) => init(terminal, options, version))
}

/** @throws {Failure} if hallpass cannot be added to the project, or the answer is no */
async function init(terminal: Terminal, { framework, ...asked }: InitOptions, version: string): Promise<void> {
  const { folder, stdout } = terminal
  const [{ createTwoFilesPatch }, { makePlan }, { readProject }] = await Promise.all([
    import('diff'),
    import('./plan.ts'),
    import('./project.ts'),
  ])
  const project = readProject(folder, framework)
  const secret = makeSecret()
  const { changes, steps } = makePlan(project, { version, secret })
  for (const { file, before, after } of changes) {
    const isSecret = file === '.env'
    // A file with the secret contains others too. A last line that only gets its line break is therefore not shown as
    // changed.
    const shown = isSecret ? before?.replace(/[^\n]$/, '$&\n') : before
    const patch = createTwoFilesPatch(file, file, shown ?? '', after.replace(secret, '(32 random bytes)'), '', '', {
      context: isSecret ? 0 : 2,
    })
    stdout.write(`${patch.replace(/^(?:Index: .*\n)?=+\n/, '').replace(/[ \t]+$/gm, '')}\n`)
  }
  if (changes.length > 0) {
    await confirm(terminal, `Change ${changes.map(({ file }) => file).join(', ')}?`, asked)
    for (const change of changes) write(folder, change)
    const isInstalled = changes.every(({ file }) => file !== 'package.json')
    stdout.write(isInstalled ? 'Done\n' : `Done. Now: ${project.packageManager} install\n`)
  }
  const left = steps.map(({ where, lines }) => `\n${where}:\n\n${lines.join('\n')}\n`)
  if (left.length > 0) stdout.write(`Add these lines yourself:\n${left.join('')}`)
  else if (changes.length === 0) stdout.write('Everything is in place already\n')
}

function write(folder: string, { file, before, after }: Change): void {
  const path = join(folder, file)
  try {
    mkdirSync(dirname(path), { recursive: true })
    // The mode applies to new files: only the owner may read the one with the secret. A file that appeared while the
    // question was open is left alone.
    writeFileSync(path, after, { flag: before === undefined ? 'wx' : 'w', ...(file === '.env' && { mode: 0o600 }) })
  } catch (error) {
    throw new Failure(`${path} cannot be written: ${(error as Error).message}`)
  }
}
