import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { circles, type Import, importsOf } from './imports.ts'

/** Which folder may import which, besides itself and `errors.ts`; and what from outside, some of it for its types alone. */
const rules: Readonly<Record<string, { readonly folders: readonly string[]; readonly outside: readonly string[] }>> = {
  'errors.ts': { folders: [], outside: [] },
  token: { folders: [], outside: ['node:crypto', 'node:buffer'] },
  secrets: { folders: [], outside: ['node:crypto'] },
  revocations: { folders: [], outside: ['node:crypto'] },
  guard: { folders: ['revocations', 'token'], outside: ['node:crypto'] },
  adapters: {
    folders: ['guard', 'token'],
    outside: [
      '@hono/node-server',
      'express',
      'type fastify',
      'type hono',
      'type hono/utils/http-status',
      'type node:http',
    ],
  },
  store: {
    folders: ['revocations'],
    outside: [
      'iovalkey',
      'type iovalkey',
      'kysely',
      'node:crypto',
      'node:fs',
      'node:net',
      'node:sqlite',
      'node:timers/promises',
      'pg',
      'type pg',
      'uuidv7',
    ],
  },
  keys: { folders: ['accounts', 'revocations', 'store', 'token'], outside: ['node:crypto'] },
  accounts: {
    folders: ['token', 'guard', 'revocations', 'secrets', 'store'],
    outside: [
      '@node-rs/argon2',
      '@node-rs/bcrypt',
      '@zxcvbn-ts/language-common',
      'ipaddr.js',
      'node:crypto',
      'node:fs',
      'node:fs/promises',
      'node:os',
      'node:timers/promises',
      'node:util',
      'p-limit',
      'type rate-limiter-flexible',
      'rate-limiter-flexible/lib/RateLimiterPostgres.js',
      'rate-limiter-flexible/lib/RateLimiterRedis.js',
      'uuidv7',
      'zod',
    ],
  },
  routes: {
    folders: ['accounts', 'adapters', 'guard', 'revocations', 'store', 'token'],
    outside: [
      'hono',
      'hono/cors',
      'hono/html',
      'hono/secure-headers',
      'type hono/utils/http-status',
      'ipaddr.js',
      'node:crypto',
      'type node:http',
      'proxy-addr',
      'zod',
    ],
  },
  server: {
    folders: ['accounts', 'auth.ts', 'guard', 'routes', 'store', 'token'],
    outside: [
      '@hono/node-server',
      'hono',
      'node:cluster',
      'node:crypto',
      'node:fs',
      'type node:http',
      'node:net',
      'node:timers/promises',
      'pino',
      'prom-client',
      'zod',
    ],
  },
  cli: {
    folders: ['accounts', 'guard', 'keys', 'server', 'store', 'token'],
    outside: [
      '@inquirer/password',
      'cli-progress',
      'commander',
      'csv-parse',
      'diff',
      'node:child_process',
      'node:cluster',
      'node:fs',
      'node:module',
      'node:os',
      'node:path',
      'node:path/posix',
      'node:readline',
      'type node:stream',
      'node:util',
      'zod',
    ],
  },
  'index.ts': { folders: ['guard', 'revocations', 'token'], outside: [] },
  'assemble.ts': {
    folders: ['accounts', 'guard', 'keys', 'revocations', 'routes', 'secrets', 'store', 'token'],
    outside: ['type hono'],
  },
  'auth.ts': { folders: ['accounts', 'assemble.ts', 'keys', 'routes', 'store'], outside: [] },
  'testing.ts': { folders: ['accounts', 'assemble.ts', 'guard', 'store', 'token'], outside: ['node:crypto'] },
}

const root = new URL('../src/', import.meta.url).pathname
const files = globSync('**/*.ts', { cwd: root, exclude: ['**/*.test.ts'] }).sort()

const imports = new Map(files.map((file) => [file, importsOf(file, readFileSync(root + file, 'utf8'))]))

function isAllowed(file: string, { isType, from }: Import): boolean {
  const room = file.split('/')[0] as string
  const rule = rules[room]
  if (rule === undefined) return false
  if (!from.startsWith('.')) return rule.outside.includes(from) || (isType && rule.outside.includes(`type ${from}`))
  const target = resolved(file, from)
  const targetRoom = target.split('/')[0] as string
  return target === 'errors.ts' || targetRoom === room || rule.folders.includes(targetRoom)
}

function resolved(file: string, from: string): string {
  return new URL(from, `file:///${file}`).pathname.slice(1)
}

describe('the architecture', () => {
  it.each(files)('lets src/%s import what its folder may', (file) => {
    expect(imports.get(file)?.filter((found) => !isAllowed(file, found))).toEqual([])
  })

  it('has a rule for each folder of src, and no rule without one', () => {
    expect([...new Set(files.map((file) => file.split('/')[0]))].sort()).toEqual(Object.keys(rules).sort())
  })

  it('knows HTTP statuses in guard/problem.ts alone', () => {
    const knowing = files.filter((file) =>
      /\b(?:400|401|403|404|409|422|429|500|503)\b/.test(readFileSync(root + file, 'utf8')),
    )
    // The adapter's documentation names the status it answers with; no code of it does.
    expect(knowing.filter((file) => !file.startsWith('adapters/'))).toEqual(['guard/problem.ts'])
  })

  it('has no circle of files, by types neither', () => {
    const isFile = (file: string) => imports.has(file)
    const graph = new Map(
      [...imports].map(([file, found]) => [file, found.map(({ from }) => resolved(file, from)).filter(isFile)]),
    )
    expect(circles(graph)).toEqual([])
  })

  it('would notice a circle', () => {
    const graph = new Map([
      ['a', ['b']],
      ['b', ['c', 'd']],
      ['c', ['a']],
      ['d', []],
    ])
    expect(circles(graph)).toEqual([['a', 'b', 'c']])
  })

  it.each([
    "import '../guard/locate.ts'",
    "import { a } from '../guard/locate.ts'",
    'import a from "../guard/locate.ts"',
    "import * as a from '../guard/locate.ts'",
    "import type { A } from '../guard/locate.ts'",
    "import {\n  type A,\n} from '../guard/locate.ts'",
    "export * from '../guard/locate.ts'",
    "export { a } from '../guard/locate.ts'",
    "export type { A } from '../guard/locate.ts'",
    "const a = await import('../guard/locate.ts')",
    'const a = import(`../guard/locate.ts`)',
    "import(\n  // why\n  '../guard/locate.ts')",
    "let a: import('../guard/locate.ts').A",
    "let a: typeof import('../guard/locate.ts')",
    "import a = require('../guard/locate.ts')",
    "const a = require('../guard/locate.ts')",
    "const a = require.resolve('../guard/locate.ts')",
    "const a = createRequire(import.meta.url)('../guard/locate.ts')",
    "const a = import.meta.resolve('../guard/locate.ts')",
    "const a = process.getBuiltinModule('../guard/locate.ts')",
  ])('finds the import in %s', (text) => {
    expect(importsOf('token/claims.ts', text).map(({ from }) => from)).toEqual(['../guard/locate.ts'])
  })

  it.each([
    ['const a = `import "../guard/locate.ts"`', []],
    ["// import '../guard/locate.ts'", []],
    ["const a = import('../guard/' + name)", ['computed']],
    ['const a = import(name)', ['computed']],
  ])('finds of %s what runs', (text, found) => {
    expect(importsOf('token/claims.ts', text).map(({ from }) => from)).toEqual(found)
  })

  it('would notice a forbidden import', () => {
    expect(isAllowed('token/claims.ts', { isType: false, from: '../guard/locate.ts' })).toBe(false)
    expect(isAllowed('guard/locate.ts', { isType: false, from: 'hono' })).toBe(false)
    expect(isAllowed('adapters/hono.ts', { isType: false, from: 'hono' })).toBe(false)
    expect(isAllowed('adapters/hono.ts', { isType: true, from: 'hono' })).toBe(true)
  })
})
