import { availableParallelism } from 'node:os'
import { defineConfig, type ViteUserConfig } from 'vitest/config'
import { LongestFirst } from './test/longest-first.ts'

const source = (path: string) => new URL(path, import.meta.url).pathname

// Hundreds of processes load the same modules: the first leaves behind what it compiled. Node compares it with the sources.
process.env.NODE_COMPILE_CACHE ??= source('node_modules/.cache/compiled')

/** A process that runs one of these after the other loads hallpass once, which takes longer than most of them. */
const shared = ['src/**/*.test.ts', 'test/{adapters,attacks,auth,client,flask-parity,mail,pages,store}/**/*.test.ts']
/** Those that only read files or make requests: to begin a process would be most of their work. */
const readers = ['test/{architecture,docs,docs-claims,exports,made-requests,settings,types}.test.ts']
/** Those that change a module or a variable of their process. */
const alone = ['test/auth/enumeration.test.ts', 'test/auth/email/enumeration.test.ts']
const others = ['test/*.test.ts', 'test/{browser,cli,nodes,server,services}/**/*.test.ts', 'examples/**/*.test.ts']
/**
 * Where a test takes milliseconds. The longest took 15 seconds under a load of 25, and one that hangs would hold the run for
 * the five minutes of those that start processes. Other runtimes compile what they run for the first time more slowly.
 */
const sharedTimeout = 'bun' in process.versions || 'deno' in process.versions ? 300_000 : 60_000

const config: ViteUserConfig = defineConfig({
  resolve: {
    // Tests and examples import the package by its public names and run its sources.
    alias: [
      { find: /^hallpass$/, replacement: source('src/index.ts') },
      { find: /^hallpass\/(hono|express|fastify|node|web)$/, replacement: source('src/adapters/$1.ts') },
      { find: /^hallpass\/(auth|testing)$/, replacement: source('src/$1.ts') },
      { find: /^hallpass\/client$/, replacement: source('src/client/index.ts') },
      { find: /^hallpass\/react$/, replacement: source('src/client/react.ts') },
    ],
  },
  test: {
    globalSetup: ['test/global-setup.ts'],
    sequence: { sequencer: LongestFirst },
    // Generous: nothing may depend on how fast the machine is. The longest took 200 seconds under a load of 25.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Most of the long files wait for other processes, or for a time to pass: two more of them than there are processors.
    maxWorkers: availableParallelism() + 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'in one process',
          include: [...shared, ...readers],
          exclude: alone,
          isolate: false,
          testTimeout: sharedTimeout,
        },
      },
      {
        extends: true,
        test: { name: 'in processes of their own', include: [...others, ...alone], exclude: readers },
      },
    ],
  },
})

export default config
