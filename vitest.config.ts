import { availableParallelism } from 'node:os'
import { defineConfig, type ViteUserConfig } from 'vitest/config'

const source = (path: string) => new URL(path, import.meta.url).pathname

const config: ViteUserConfig = defineConfig({
  resolve: {
    // Tests and examples import the package by its public names and run its sources.
    alias: [
      { find: /^hallpass$/, replacement: source('src/index.ts') },
      { find: /^hallpass\/(hono|express|fastify|node|web)$/, replacement: source('src/adapters/$1.ts') },
      { find: /^hallpass\/(auth|testing)$/, replacement: source('src/$1.ts') },
    ],
  },
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'examples/**/*.test.ts'],
    globalSetup: ['test/global-setup.ts'],
    // Generous: nothing may depend on how fast the machine is.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Most tests wait for another process: two processors take two files at once, and a third would keep servers waiting.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
})

export default config
