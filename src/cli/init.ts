import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import { makeSecret } from '../server/secret.ts'
import { Failure } from './failure.ts'
import { frameworks } from './init/project.ts'
import { confirm } from './input.ts'
import type { Terminal } from './terminal.ts'

interface InitOptions {
  readonly framework?: string
  readonly yes?: boolean
}

export function addInit(program: Command, version: string, terminal: Terminal): void {
  program
    .command('init')
    .description('Adds hallpass to the project in this folder. Shows the changes and asks first.')
    .option('--framework <name>', `${frameworks.join(', ')}; detected from package.json by default`)
    .option('--yes', 'do not ask')
    .addHelpText('after', '\nExample:\n  npx hallpass init')
    .action((options: InitOptions) => init(terminal, options, version))
}

async function init(terminal: Terminal, { framework, ...asked }: InitOptions, version: string): Promise<void> {
  const { folder, stdout } = terminal
  const [{ createTwoFilesPatch }, { makePlan }, { readProject }] = await Promise.all([
    import('diff'),
    import('./init/plan.ts'),
    import('./init/project.ts'),
  ])
  const project = readProject(folder, framework)
  const secret = makeSecret()
  const { changes, left } = makePlan(project, { version, secret })
  for (const { file, before, after } of changes) {
    const patch = createTwoFilesPatch(file, file, before ?? '', after.replace(secret, '(32 random bytes)'), '', '', {
      // Beside the secret stand others.
      context: file === '.env' ? 0 : 2,
    })
    stdout.write(`${patch.replace(/^=+\n/, '').replace(/[ \t]+$/gm, '')}\n`)
  }
  if (changes.length > 0) {
    await confirm(terminal, `Change ${changes.map(({ file }) => file).join(', ')}?`, asked)
    for (const { file, after } of changes) write(join(folder, file), after)
  }
  const done = changes.length > 0 ? `Done. Now: ${project.packageManager} install` : 'Everything is in place already'
  stdout.write(`${[done, ...(left.length > 0 ? ['Add these lines yourself:', ...left] : [])].join('\n')}\n`)
}

function write(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true })
    // The mode applies to new files: only their owner may read the one with the secret.
    writeFileSync(path, text, path.endsWith('.env') ? { mode: 0o600 } : {})
  } catch (error) {
    throw new Failure(`${path} cannot be written: ${(error as Error).message}`)
  }
}
