import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import { makeSecret } from '../server/secret.ts'
import { Failure } from './failure.ts'
import type { Change } from './init/change.ts'
import { frameworks } from './init/project.ts'
import { confirm } from './input.ts'

export interface InitOptions {
  readonly framework?: string
  readonly yes?: boolean
}

export function addInit(program: Command, version: string): void {
  program
    .command('init')
    .description(
      'Adds hallpass to the project in this folder: writes new files, asks first, and prints the lines to add to yours.',
    )
    .option('--framework <name>', `${frameworks.join(', ')}; found in package.json by default`)
    .option('--yes', 'change without asking')
    .addHelpText('after', '\nExample:\n  npx hallpass init')
    .action(async (options: InitOptions) => {
      await init(process.cwd(), options, { version, print: (text) => process.stdout.write(text) })
    })
}

/** @throws {Failure} where the project is none that it can be put into, and where the answer is no */
export async function init(
  folder: string,
  { framework, ...asked }: InitOptions,
  { version, print }: { readonly version: string; readonly print: (text: string) => unknown },
): Promise<void> {
  const [{ createTwoFilesPatch }, { makePlan }, { readProject }] = await Promise.all([
    import('diff'),
    import('./init/plan.ts'),
    import('./init/project.ts'),
  ])
  const project = readProject(folder, framework)
  const secret = makeSecret()
  const { changes, steps } = makePlan(project, { version, secret })
  for (const { file, before, after } of changes) {
    const isSecret = file === '.env'
    // Beside the secret stand others: also a last line that only gets its end is not shown.
    const shown = isSecret ? before?.replace(/[^\n]$/, '$&\n') : before
    const patch = createTwoFilesPatch(file, file, shown ?? '', after.replace(secret, '(32 random bytes)'), '', '', {
      context: isSecret ? 0 : 2,
    })
    print(`${patch.replace(/^(?:Index: .*\n)?=+\n/, '').replace(/[ \t]+$/gm, '')}\n`)
  }
  if (changes.length > 0) {
    await confirm(`Change ${changes.map(({ file }) => file).join(', ')}?`, asked)
    for (const change of changes) write(folder, change)
    print(`Done. Now: ${project.packageManager} install\n`)
  }
  const left = steps.map(({ where, lines }) => `\n${where}:\n\n${lines.join('\n')}\n`)
  if (left.length > 0) print(`Left for you to add:\n${left.join('')}`)
  else if (changes.length === 0) print('It is all there already\n')
}

function write(folder: string, { file, before, after }: Change): void {
  const path = join(folder, file)
  try {
    mkdirSync(dirname(path), { recursive: true })
    // The mode counts for files that are made: the one that holds the secret is its user's alone. A file that came to be while
    // the question stood there is left alone.
    writeFileSync(path, after, { flag: before === undefined ? 'wx' : 'w', ...(file === '.env' && { mode: 0o600 }) })
  } catch (error) {
    throw new Failure(`${path} cannot be written: ${(error as Error).message}`)
  }
}
