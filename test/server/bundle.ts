import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { bundledMain } from './process.ts'

const root = new URL('../..', import.meta.url).pathname

const { dependencies, peerDependencies, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly dependencies: object
  readonly peerDependencies: object
  readonly exports: Readonly<Record<string, { readonly 'hallpass-source'?: string; readonly types?: string }>>
}
/** The folder of the bundled command. It is also a package `hallpass`, for programs that a test starts. */
export const bundledPackage: string = dirname(bundledMain)
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
  'hono',
  '@hono/node-server',
]

/**
 * Bundles the 500 files that `hallpass serve` loads into a few, and the subpaths of the package with them. A run of the
 * tests starts them some hundred times, and half of each start would be spent reading files, or four fifths where Node
 * strips their types. `test/package.test.ts` starts the package as it is published.
 */
export async function bundleCommand(): Promise<void> {
  rmSync(bundledPackage, { recursive: true, force: true })
  const sources = Object.entries(exports).flatMap(([subpath, { 'hallpass-source': source, types }]) =>
    source === undefined ? [] : [{ subpath, source, types, name: subpath.slice(2) || 'index' }],
  )
  await build({
    entryPoints: [
      { in: join(root, 'src/cli/main.ts'), out: 'main' },
      ...sources.map(({ source, name }) => ({ in: join(root, source), out: name })),
    ],
    outdir: bundledPackage,
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
  const made = sources.map(({ subpath, source, types, name }) => [
    subpath,
    { 'hallpass-source': source, types, default: `./${name}.js` },
  ])
  const manifest = { name: 'hallpass', type: 'module', exports: Object.fromEntries(made) }
  writeFileSync(join(bundledPackage, 'package.json'), JSON.stringify(manifest))
  // Compilers read the types there.
  for (const folder of ['src', 'dist']) symlinkSync(join(root, folder), join(bundledPackage, folder))
}

/** Puts it into the `node_modules` of a folder, with other packages of this one. */
export function linkPackages(folder: string, others: readonly string[] = []): void {
  const modules = join(folder, 'node_modules')
  mkdirSync(modules, { recursive: true })
  for (const one of others) symlinkSync(join(root, 'node_modules', one), join(modules, one))
  symlinkSync(bundledPackage, join(modules, 'hallpass'))
}
