import { availableParallelism } from 'node:os'
import { defineConfig, type ViteUserConfig } from 'vitest/config'
import { LongestFirst } from './test/longest-first.ts'

const source = (path: string) => new URL(path, import.meta.url).pathname

// Hundreds of processes load the same modules: the first leaves behind what it compiled. Node compares it with the sources.
process.env.NODE_COMPILE_CACHE ??= source('node_modules/.cache/compiled')

/** Those that change a module or a variable of their process. */
const alone = [
  'test/auth/enumeration.test.ts',
  'test/auth/email/enumeration.test.ts',
  'examples/nest.test.ts',
  'test/testing.test.ts',
]

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
    // Generous: nothing may depend on how fast the machine is. Beside eight busy loops, some took five minutes.
    testTimeout: 900_000,
    hookTimeout: 900_000,
    // Most of the long files wait for other processes, or for a time to pass: two more of them than there are processors.
    maxWorkers: availableParallelism() + 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'in one process',
          include: ['{examples,src,test}/**/*.test.ts'],
          exclude: alone,
          // A process that runs one file after the other loads hallpass once, which takes longer than most files.
          isolate: false,
        },
      },
      { extends: true, test: { name: 'in processes of their own', include: alone } },
    ],
  },
})

export default config
