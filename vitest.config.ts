import { defineConfig, type ViteUserConfig } from 'vitest/config'

const source = (path: string) => new URL(path, import.meta.url).pathname

const config: ViteUserConfig = defineConfig({
  resolve: {
    // Tests and examples import the package by its public names and run its sources.
    alias: [
      { find: /^hallpass$/, replacement: source('src/index.ts') },
      { find: /^hallpass\/hono$/, replacement: source('src/adapters/hono.ts') },
      { find: /^hallpass\/auth$/, replacement: source('src/auth.ts') },
    ],
  },
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'examples/**/*.test.ts'],
    globalSetup: ['test/global-setup.ts'],
    testTimeout: 20_000,
  },
})

export default config
