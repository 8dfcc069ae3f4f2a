import { readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { bundledMain } from './process.ts'

const root = new URL('../..', import.meta.url).pathname

const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
/** What each start loads. The others, which have native parts or are loaded by few commands, are loaded as they are for users. */
const manyFiles = [
  'kysely',
  'zod',
  'pino',
  'prom-client',
  'rate-limiter-flexible',
  'commander',
  'proxy-addr',
  'ipaddr.js',
]

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
    // For packages that are CommonJS.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)" },
    external: Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => !manyFiles.includes(name)),
    logLevel: 'error',
  })
}
