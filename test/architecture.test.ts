import { globSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { circles, type Import, importsOf } from './imports.ts'

interface Rule {
  readonly rooms: readonly string[]
  readonly outside: readonly string[]
}

/**
 * Which rooms each room of `src` may import, in addition to itself and `errors.ts`, and which modules from outside,
 * some of them only for their types. A file belongs to the longest name that its path begins with.
 */
const rules: Readonly<Record<string, Rule>> = {
  'errors.ts': { rooms: [], outside: [] },
  token: { rooms: ['outbound'], outside: ['node:buffer', 'node:crypto'] },
  outbound: { rooms: [], outside: [] },
  secrets: { rooms: [], outside: ['node:crypto'] },
  revocations: { rooms: ['outbound'], outside: ['node:crypto'] },
  guard: { rooms: ['outbound', 'revocations', 'token'], outside: ['node:crypto'] },
  adapters: {
    rooms: ['guard', 'token'],
    outside: [
      '@hono/node-server',
      'express',
      'type express-serve-static-core',
      'type fastify',
      'type hono',
      'type hono/utils/http-status',
      'type node',
      'type node:http',
    ],
  },
  store: {
    rooms: ['revocations'],
    outside: [
      'iovalkey',
      'kysely',
      'node:crypto',
      'node:fs',
      'node:net',
      'node:path',
      'node:sqlite',
      'node:timers/promises',
      'pg',
      'uuidv7',
    ],
  },
  core: { rooms: ['revocations', 'store'], outside: ['bowser', 'node:os', 'node:timers/promises', 'node:util', 'zod'] },
  keys: { rooms: ['core', 'revocations', 'secrets', 'store', 'token'], outside: ['node:crypto', 'zod'] },
  mail: {
    rooms: ['core', 'secrets', 'store'],
    outside: ['node:net', 'node:timers/promises', 'node:url', 'nodemailer', 'uuidv7', 'zod'],
  },
  'accounts/passwords': {
    rooms: ['core', 'secrets', 'store'],
    outside: [
      '@node-rs/argon2',
      '@node-rs/bcrypt',
      '@zxcvbn-ts/language-common',
      'ipaddr.js',
      'node:crypto',
      'node:fs',
      'node:fs/promises',
      'node:net',
      'node:os',
      'node:timers/promises',
      'node:util',
      'p-limit',
      'type rate-limiter-flexible',
      'rate-limiter-flexible/lib/RateLimiterPostgres.js',
      'rate-limiter-flexible/lib/RateLimiterRedis.js',
      'zod',
    ],
  },
  'accounts/one-time': {
    rooms: ['accounts/passwords', 'core', 'secrets', 'store'],
    outside: ['node:crypto', 'uuidv7'],
  },
  'accounts/users': {
    rooms: ['accounts/one-time', 'accounts/passwords', 'core', 'mail', 'revocations', 'secrets', 'store'],
    outside: ['uuidv7'],
  },
  'accounts/devices': { rooms: ['core', 'mail', 'store'], outside: ['node:crypto', 'uuidv7'] },
  'accounts/sessions': {
    rooms: [
      'accounts/devices',
      'accounts/one-time',
      'accounts/passwords',
      'accounts/users',
      'core',
      'guard',
      'mail',
      'revocations',
      'secrets',
      'store',
    ],
    outside: ['node:crypto', 'uuidv7'],
  },
  'accounts/mfa': {
    rooms: [
      'accounts/devices',
      'accounts/one-time',
      'accounts/own',
      'accounts/passwords',
      'accounts/sessions',
      'accounts/users',
      'core',
      'mail',
      'revocations',
      'secrets',
      'store',
    ],
    outside: ['node:crypto', 'otpauth', 'uqr', 'uuidv7'],
  },
  'accounts/own': {
    rooms: ['accounts/passwords', 'accounts/sessions', 'accounts/users', 'core', 'mail', 'revocations', 'store'],
    outside: [],
  },
  'accounts/email': {
    rooms: [
      'accounts/one-time',
      'accounts/own',
      'accounts/passwords',
      'accounts/sessions',
      'accounts/users',
      'core',
      'mail',
      'revocations',
      'store',
    ],
    outside: ['node:crypto', 'uuidv7'],
  },
  'accounts/passkeys': {
    rooms: [
      'accounts/mfa',
      'accounts/one-time',
      'accounts/own',
      'accounts/passwords',
      'accounts/sessions',
      'core',
      'mail',
      'store',
    ],
    outside: ['@simplewebauthn/server', '@simplewebauthn/server/helpers', 'node:crypto', 'uuidv7'],
  },
  'accounts/identities': {
    rooms: [
      'accounts/email',
      'accounts/one-time',
      'accounts/own',
      'accounts/passwords',
      'accounts/sessions',
      'accounts/users',
      'core',
      'mail',
      'outbound',
      'revocations',
      'secrets',
      'store',
    ],
    outside: ['node:crypto', 'openid-client', 'uuidv7', 'zod'],
  },
  'accounts/services': {
    rooms: ['accounts/sessions', 'core', 'guard', 'revocations', 'secrets', 'store'],
    outside: ['node:crypto', 'uuidv7'],
  },
  accounts: {
    rooms: [
      'accounts/identities',
      'accounts/passwords',
      'accounts/services',
      'accounts/sessions',
      'accounts/users',
      'core',
      'guard',
      'keys',
      'mail',
      'secrets',
      'store',
      'token',
    ],
    outside: ['zod'],
  },
  'routes/http': {
    rooms: [
      'accounts/email',
      'accounts/identities',
      'accounts/mfa',
      'accounts/passkeys',
      'accounts/passwords',
      'accounts/services',
      'accounts/sessions',
      'adapters',
      'core',
      'guard',
      'store',
      'token',
    ],
    outside: [
      'type hono',
      'hono/cors',
      'type hono/utils/http-status',
      'ipaddr.js',
      'type node:http',
      'node:net',
      'node:util',
      'proxy-addr',
      'zod',
    ],
  },
  'routes/reference': { rooms: ['guard', 'routes/http'], outside: ['hono/html', 'zod'] },
  'routes/users': {
    rooms: [
      'accounts/email',
      'accounts/own',
      'accounts/sessions',
      'accounts/users',
      'guard',
      'routes/http',
      'routes/sessions',
      'store',
    ],
    outside: ['zod'],
  },
  'routes/email': {
    rooms: ['accounts/email', 'accounts/users', 'guard', 'routes/http', 'routes/sessions'],
    outside: ['zod'],
  },
  'routes/sessions': {
    rooms: [
      'accounts/devices',
      'accounts/identities',
      'accounts/mfa',
      'accounts/one-time',
      'accounts/own',
      'accounts/passkeys',
      'accounts/sessions',
      'core',
      'guard',
      'routes/http',
      'store',
    ],
    outside: ['node:crypto', 'zod'],
  },
  'routes/passkeys': {
    rooms: ['accounts/passkeys', 'guard', 'routes/http', 'routes/mfa', 'routes/sessions', 'store'],
    outside: ['zod'],
  },
  'routes/mfa': {
    rooms: ['accounts/mfa', 'accounts/passkeys', 'accounts/users', 'guard', 'routes/http', 'routes/sessions', 'store'],
    outside: ['zod'],
  },
  'routes/identities': {
    rooms: ['accounts/identities', 'accounts/one-time', 'guard', 'routes/http', 'routes/sessions', 'store'],
    outside: ['hono/html', 'zod'],
  },
  'routes/devices': {
    rooms: ['accounts/devices', 'core', 'routes/http', 'routes/sessions'],
    outside: ['zod'],
  },
  'routes/services': {
    rooms: ['accounts/services', 'accounts/sessions', 'core', 'guard', 'revocations', 'routes/http', 'store'],
    outside: ['hono', 'hono/etag', 'zod'],
  },
  routes: {
    rooms: [
      'adapters',
      'guard',
      'routes/devices',
      'routes/email',
      'routes/http',
      'routes/identities',
      'routes/mfa',
      'routes/passkeys',
      'routes/reference',
      'routes/services',
      'routes/sessions',
      'routes/users',
    ],
    outside: ['hono', 'hono/secure-headers', 'node:crypto'],
  },
  client: { rooms: ['routes'], outside: ['react', '@simplewebauthn/browser'] },
  pages: {
    rooms: ['core', 'guard', 'routes', 'routes/http', 'routes/sessions'],
    outside: [
      './browser/passkeys.js',
      './browser/script.js',
      'hono',
      'hono/html',
      'hono/language',
      'hono/secure-headers',
      'node:crypto',
      'node:fs/promises',
      'uqr',
    ],
  },
  server: {
    rooms: [
      'accounts',
      'accounts/identities',
      'accounts/passwords',
      'auth.ts',
      'core',
      'guard',
      'keys',
      'mail',
      'routes',
      'routes/http',
      'store',
      'token',
    ],
    outside: [
      '@hono/node-server',
      'hono',
      'node:cluster',
      'node:crypto',
      'node:fs',
      'type node:http',
      'node:net',
      'node:path',
      'node:timers/promises',
      'node:v8',
      'node:vm',
      'pino',
      'prom-client',
      'zod',
    ],
  },
  cli: {
    rooms: [
      'accounts',
      'accounts/identities',
      'accounts/passwords',
      'accounts/users',
      'core',
      'guard',
      'keys',
      'mail',
      'secrets',
      'server',
      'store',
      'token',
    ],
    outside: [
      '../../package.json',
      '@inquirer/confirm',
      '@inquirer/password',
      'cli-progress',
      'commander',
      'csv-parse',
      'diff',
      'string-width',
      'node:child_process',
      'node:cluster',
      'node:fs',
      'node:os',
      'node:path',
      'node:path/posix',
      'node:readline',
      'node:stream',
      'node:util',
      'zod',
    ],
  },
  'index.ts': { rooms: ['guard', 'revocations', 'token'], outside: ['type node'] },
  'in-process': {
    rooms: ['accounts/sessions', 'accounts/users', 'core', 'guard', 'routes/http', 'routes/sessions', 'token'],
    outside: [],
  },
  'assemble.ts': {
    rooms: [
      'accounts',
      'accounts/email',
      'accounts/identities',
      'accounts/mfa',
      'accounts/passkeys',
      'accounts/passwords',
      'accounts/services',
      'accounts/sessions',
      'accounts/users',
      'core',
      'guard',
      'in-process',
      'keys',
      'mail',
      'pages',
      'revocations',
      'routes',
      'routes/http',
      'routes/services',
      'routes/sessions',
      'secrets',
      'store',
      'token',
    ],
    outside: ['type hono'],
  },
  'auth.ts': {
    rooms: [
      'accounts',
      'accounts/identities',
      'accounts/passwords',
      'accounts/services',
      'accounts/sessions',
      'accounts/users',
      'assemble.ts',
      'core',
      'in-process',
      'keys',
      'mail',
      'routes',
      'routes/http',
      'store',
    ],
    outside: ['type node'],
  },
  'testing.ts': {
    rooms: ['accounts', 'adapters', 'assemble.ts', 'guard', 'in-process', 'store', 'token'],
    outside: ['node:crypto', 'type node'],
  },
}

const root = new URL('../src/', import.meta.url).pathname
const files = globSync('**/*.ts', { cwd: root, exclude: ['**/*.test.ts'] }).sort()

const imports = new Map(files.map((file) => [file, importsOf(file, readFileSync(root + file, 'utf8'))]))

const rooms = Object.keys(rules).sort((a, b) => b.length - a.length)

function roomOf(file: string): string | undefined {
  return rooms.find((room) => file === room || file.startsWith(`${room}/`))
}

function isAllowed(file: string, { isType, from }: Import): boolean {
  const room = roomOf(file)
  const rule = rules[room ?? '']
  if (room === undefined || rule === undefined) return false
  if (rule.outside.includes(from) || (isType && rule.outside.includes(`type ${from}`))) return true
  const target = resolved(file, from)
  // Any other spelling of a file would be missing from the search for cycles: `.js` for `.ts`, other case, a query.
  if (!from.startsWith('.') || !isFile(target) || !from.endsWith('.ts')) return false
  const targetRoom = roomOf(target) ?? ''
  return target === 'errors.ts' || targetRoom === room || rule.rooms.includes(targetRoom)
}

const isFile = (file: string) => imports.has(file)

function resolved(file: string, from: string): string {
  return new URL(from, `file:///src/${file}`).pathname.slice('/src/'.length)
}

describe('the architecture', () => {
  it.each(files)('lets src/%s import what its folder may', (file) => {
    expect(imports.get(file)?.filter((found) => !isAllowed(file, found))).toEqual([])
  })

  it('lets the client import only types of what runs on a server', () => {
    const ofServer = files
      .filter((file) => roomOf(file) === 'client')
      .flatMap((file) => imports.get(file)?.map(({ isType, from }) => ({ isType, from: resolved(file, from) })) ?? [])
      .filter(({ from }) => isFile(from) && roomOf(from) !== 'client')
    expect([...new Set(ofServer.map(({ from }) => from))].sort()).toEqual(['errors.ts', 'routes/types.ts'])
    expect(ofServer.every(({ isType }) => isType)).toBe(true)
  })

  it('has a rule for each file of src, and no rule without one', () => {
    expect([...new Set(files.map(roomOf))].sort()).toEqual(Object.keys(rules).sort())
  })

  it('reads every file of src, and follows no link', () => {
    const others = readdirSync(root, { recursive: true, withFileTypes: true }).flatMap((entry) => {
      const file = relative(root, join(entry.parentPath, entry.name))
      return entry.isDirectory() || (entry.isFile() && (isFile(file) || file.endsWith('.test.ts'))) ? [] : [file]
    })
    // Programs for browsers, as they are served: they import nothing.
    const ofPages = ['pages/browser/passkeys.js', 'pages/browser/script.js', 'pages/browser/tsconfig.json']
    expect(others.sort()).toEqual(ofPages)
    const scripts = ofPages.filter((file) => file.endsWith('.js'))
    expect(scripts.flatMap((file) => importsOf(file, readFileSync(root + file, 'utf8')))).toEqual([])
  })

  it('has a room for each folder of accounts and routes', () => {
    const folders = new Set(files.map((file) => /^(?:accounts|routes)\/[^/]+(?=\/)/.exec(file)?.[0]))
    expect([...folders].filter((folder) => folder !== undefined && rules[folder] === undefined)).toEqual([])
  })

  it('is the table of docs/architecture.md', () => {
    const page = readFileSync(new URL('../docs/architecture.md', import.meta.url), 'utf8')
    const [, table = ''] = page.split('| room | may import')
    const rows = [...table.matchAll(/^\| `([\w/]+)` \| (nothing|(?:`[\w/]+`(?:, )?)+) \|/gm)]
    const documented = rows.map(([, room = '', names = '']) => [
      room,
      [...names.matchAll(/`([\w/]+)`/g)].map(([, name]) => name),
    ])
    expect(documented.map(([room]) => room)).toContain('accounts/services')
    expect(documented).toEqual(documented.map(([room]) => [room, rules[room as string]?.rooms]))
  })

  it('has no rule that lets two rooms import each other, not even through others', () => {
    const graph = new Map(Object.entries(rules).map(([room, rule]) => [room, rule.rooms]))
    expect(circles(graph)).toEqual([])
  })

  it.each([
    ['twelve files, not counting tests', files],
    ['twelve files, including tests, in accounts and routes', globSync('{accounts,routes}/**/*.ts', { cwd: root })],
  ])('has no folder with more than %s', (_, listed) => {
    const folders = Map.groupBy(listed, (file) => dirname(file))
    const full = [...folders].filter(([, inside]) => inside.length > 12)
    expect(full.map(([folder]) => folder)).toEqual([])
  })

  it('has HTTP statuses only in guard/problem.ts', () => {
    const knowing = files.filter((file) =>
      /\b(?:400|401|403|404|409|422|429|500|503)\b/.test(readFileSync(root + file, 'utf8')),
    )
    // The documentation of adapters names the status that they answer with. Their code does not.
    expect(knowing.filter((file) => !file.startsWith('adapters/'))).toEqual(['guard/problem.ts'])
  })

  it('has no import cycle, not even of types', () => {
    const graph = new Map(
      [...imports].map(([file, found]) => [file, found.map(({ from }) => resolved(file, from)).filter(isFile)]),
    )
    expect(circles(graph)).toEqual([])
  })

  it('would notice a cycle', () => {
    const graph = new Map([
      ['a', ['b']],
      ['b', ['c', 'd']],
      ['c', ['a']],
      ['d', []],
    ])
    expect(circles(graph)).toEqual([['a', 'b', 'c']])
  })

  it.each([
    "import '../guard/request/locate.ts'",
    "import { a } from '../guard/request/locate.ts'",
    'import a from "../guard/request/locate.ts"',
    "import * as a from '../guard/request/locate.ts'",
    "import type { A } from '../guard/request/locate.ts'",
    "import {\n  type A,\n} from '../guard/request/locate.ts'",
    "export * from '../guard/request/locate.ts'",
    "export { a } from '../guard/request/locate.ts'",
    "export type { A } from '../guard/request/locate.ts'",
    "const a = await import('../guard/request/locate.ts')",
    'const a = import(`../guard/request/locate.ts`)',
    "import(\n  // why\n  '../guard/request/locate.ts')",
    "let a: import('../guard/request/locate.ts').A",
    "let a: typeof import('../guard/request/locate.ts')",
    "import a = require('../guard/request/locate.ts')",
    "const a = require('../guard/request/locate.ts')",
    "const a = require.resolve('../guard/request/locate.ts')",
    "const a = createRequire(import.meta.url)('../guard/request/locate.ts')",
    "const a = import.meta.resolve('../guard/request/locate.ts')",
    "const a = process.getBuiltinModule('../guard/request/locate.ts')",
    "const a = import.meta.resolve?.('../guard/request/locate.ts')",
    "import type a = require('../guard/request/locate.ts')",
    "export import a = require('../guard/request/locate.ts')",
    "export * as a from '../guard/request/locate.ts'",
    "export type * from '../guard/request/locate.ts'",
    "import a from '../guard/request/locate.ts' with { type: 'json' }",
    "const a = import('../guard/request/locate.ts', { with: { type: 'json' } })",
    "import defer * as a from '../guard/request/locate.ts'",
    "import '..\\u002fguard/request/locate.ts'",
    "\uFEFFimport '../guard/request/locate.ts'",
    "#!/usr/bin/env node\nimport '../guard/request/locate.ts'",
    "const a = new URL('../guard/request/locate.ts', import.meta.url)",
    "new Worker('../guard/request/locate.ts')",
    "new Worker(new URL('../guard/request/locate.ts', import.meta.url))",
    "declare module '../guard/request/locate.ts' { interface A {} }",
    '/// <reference path="../guard/request/locate.ts" />',
  ])('finds the import in %s', (text) => {
    expect(importsOf('token/claims.ts', text).map(({ from }) => from)).toContain('../guard/request/locate.ts')
  })

  it.each([
    ['const a = `import "../guard/request/locate.ts"`', []],
    ["// import '../guard/request/locate.ts'", []],
    ["const a = import('../guard/' + name)", ['computed']],
    ['const a = import(name)', ['computed']],
    ["const a = import('../guard/request/locate.ts' as string)", ['computed']],
    ["const a = import.meta['resolve']('../guard/request/locate.ts')", ['computed']],
    ['const { resolve } = import.meta', ['computed']],
    ['const a = import.meta.resolve', ['computed']],
    ["import.meta.glob('../guard/**')", ['computed']],
    ['const a = import.meta.url', []],
    ['const load = createRequire(import.meta.url)', ['computed']],
    ['const load = Module.createRequire(import.meta.url)', ['computed']],
    ["const a = process['getBuiltinModule']('node:fs')", ['computed']],
    ["const a = process[`getBuiltinModule`]('node:fs')", ['computed']],
    ['const load = process.getBuiltinModule', ['computed']],
    ["const a = process.getBuiltinModule!('node:fs')", ['computed']],
    ["const a = process.getBuiltinModule.call(process, 'node:fs')", ['computed']],
    ['const { getBuiltinModule: load } = process', ['computed']],
    ['const load = require', ['computed']],
    ["const a = process.mainModule.require('node:fs')", ['computed']],
    ["const a = process.mainModule['require']('node:fs')", ['computed']],
    ["const mode = 'require'", []],
    ['eval(text)', ['computed']],
    ['new Function(text)', ['computed']],
  ])('finds only what runs in %s', (text, found) => {
    expect(importsOf('token/claims.ts', text).map(({ from }) => from)).toEqual(found)
  })

  it('would notice a forbidden import', () => {
    expect(isAllowed('token/claims.ts', { isType: false, from: '../guard/request/locate.ts' })).toBe(false)
    expect(isAllowed('guard/request/locate.ts', { isType: false, from: 'hono' })).toBe(false)
    expect(isAllowed('token/claims.ts', { isType: false, from: './sign.ts' })).toBe(true)
    const otherSpellings = [
      './sign.js',
      './sign',
      './Sign.ts',
      './sign.ts?a',
      './%73ign.ts',
      '.',
      '../../token/sign.ts',
    ]
    const otherNames = ['hallpass', '#token', `${root}token/sign.ts`, `file://${root}token/sign.ts`, 'computed']
    for (const from of [...otherSpellings, ...otherNames]) {
      expect([from, isAllowed('token/claims.ts', { isType: false, from })]).toEqual([from, false])
    }
    expect(isAllowed('adapters/hono.ts', { isType: false, from: 'hono' })).toBe(false)
    expect(isAllowed('adapters/hono.ts', { isType: true, from: 'hono' })).toBe(true)
  })
})
