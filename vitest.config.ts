import { availableParallelism } from 'node:os'
import { defineConfig, type ViteUserConfig } from 'vitest/config'
import { LongestFirst } from './test/longest-first.ts'

const source = (path: string) => new URL(path, import.meta.url).pathname

// Hundreds of processes load the same modules: the first leaves behind what it compiled. Node compares it with the sources.
process.env.NODE_COMPILE_CACHE ??= source('node_modules/.cache/compiled')

const config: ViteUserConfig = defineConfig({
  resolve: {
    // Tests and examples import the package by its public names and run its sources.
    alias: [
      { find: /^hallpass$/, replacement: source('src/index.ts') },
      { find: /^hallpass\/(hono|express|fastify|web)$/, replacement: source('src/adapters/$1.ts') },
      { find: /^hallpass\/(auth|testing)$/, replacement: source('src/$1.ts') },
    ],
  },
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'examples/**/*.test.ts'],
    globalSetup: ['test/global-setup.ts'],
    sequence: { sequencer: LongestFirst },
    // Generous: nothing may depend on how fast the machine is.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Most tests wait for another process: two processors take two files at once, and a third would keep servers waiting.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
})

export default config
