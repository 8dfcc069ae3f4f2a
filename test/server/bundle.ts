import { readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { bundledMain } from './process.ts'

const root = new URL('../..', import.meta.url).pathname

const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
/**
 * Packages that each start loads. Packages with native parts, or loaded by few commands, are loaded as users load them.
 */
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
 * Bundles the 500 files that `hallpass serve` loads into a few. A run of the tests starts it about a hundred times, and
 * half of each start would be spent reading files. `test/package.test.ts` starts the package as it is published.
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
    // For CommonJS packages.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)" },
    external: Object.keys({ ...dependencies, ...peerDependencies }).filter((name) => !manyFiles.includes(name)),
    logLevel: 'error',
  })
}
