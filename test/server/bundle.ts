import { readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { bundledMain } from './process.ts'

const root = new URL('../..', import.meta.url).pathname

const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
/** The others are loaded as they are for users. */
const manyFiles = ['kysely', 'zod']

/**
 * Makes a few files of the 500 that `hallpass serve` loads: a run of the tests starts it some hundred times, and half of each
 * start would be the reading of files. The package as it is published is started by `test/package.test.ts`.
 */
export async function bundleCommand(): Promise<void> {
  const folder = dirname(bundledMain)
  rmSync(folder, { recursive: true, force: true })
  await build({
    entryPoints: [join(root, 'src/cli/main.ts')],
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    conditions: ['hallpass-source'],
    sourcemap: true,
    external: Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => !manyFiles.includes(name)),
    logLevel: 'error',
  })
}
