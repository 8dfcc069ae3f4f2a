import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually, password } from '../nodes/node.ts'
import { freePort } from '../postgres.ts'
import { makeFolder, post, runHallpass } from '../server/process.ts'
import { hallpass } from './hallpass.ts'

const root = new URL('../..', import.meta.url).pathname

type Files = Readonly<Record<string, string>>

/** What it writes is what this shows, and what was tried. */
const documented = readFileSync(join(root, 'docs/frameworks.md'), 'utf8')
const nextFiles = ['lib/auth.ts', 'app/api/auth/[...path]/route.ts', 'app/api/protected/route.ts']

/** Programs as people have them, each on port 3000. Those with `require` are CommonJS, and their manifests say nothing. */
const programs: [what: string, dependency: string, entry: string, text: string][] = [
  [
    'Express',
    'express',
    'index.js',
    "import express from 'express'\n\nconst app = express()\n\napp.get('/', (req, res) => res.send('hi'))\napp.listen(3000, '127.0.0.1')\n",
  ],
  [
    'Express with semicolons in src',
    'express',
    'src/server.js',
    "import express from 'express';\nimport { basename } from 'node:path';\n\nexport const server = express();\nserver.use(express.json());\nserver.get('/', (req, res) => res.send(basename('/hi')));\nserver.listen(3000, '127.0.0.1');\n",
  ],
  [
    'Fastify',
    'fastify',
    'app.js',
    "import Fastify from 'fastify'\n\nconst fastify = Fastify({\n  logger: false,\n})\n\nfastify.get('/', async () => 'hi')\nawait fastify.listen({ port: 3000, host: '127.0.0.1' })\n",
  ],
  [
    'Hono',
    'hono',
    'src/index.js',
    "import { serve } from '@hono/node-server'\nimport { Hono } from 'hono'\n\nconst app = new Hono()\n\napp.get('/', (c) => c.text('hi'))\nserve({ fetch: app.fetch, hostname: '127.0.0.1', port: 3000 })\n",
  ],
  [
    'Express in a function, in a module that says so by its name',
    'express',
    'server.mjs',
    "import express from 'express'\n\nfunction main() {\n  const app = express()\n  app.get('/', (req, res) => res.send('hi'))\n  app.listen(3000, '127.0.0.1')\n}\nmain()\n",
  ],
  [
    'Express in TypeScript',
    'express',
    'src/app.ts',
    "import express, { type Request } from 'express'\n\nconst app: express.Express = express()\n\napp.get('/', (_req: Request, res) => res.send('hi'))\napp.listen(3000, '127.0.0.1')\n",
  ],
  [
    'Express in CommonJS',
    'express',
    'app.js',
    "#!/usr/bin/env node\n'use strict';\nvar express = require('express');\nvar path = require('path');\n\nvar app = express();\n\napp.use(express.json());\napp.get('/', (req, res) => res.send(path.basename('/hi')));\napp.use((req, res) => res.sendStatus(404));\napp.listen(3000, '127.0.0.1');\n",
  ],
  [
    'Express in CommonJS in one breath',
    'express',
    'lib/main.cjs',
    "'use strict'\nconst app = require('express')()\n\napp.get('/', (req, res) => res.send('hi'))\napp.listen(3000, '127.0.0.1')\n",
  ],
  [
    'Fastify in CommonJS',
    'fastify',
    'server.js',
    "'use strict'\n\nconst fastify = require('fastify')({ logger: false })\n\nfastify.get('/', async () => 'hi')\nfastify.listen({ port: 3000, host: '127.0.0.1' })\n",
  ],
  [
    'Fastify that loads its plugins',
    'fastify',
    'app.js',
    "'use strict'\nconst { readdirSync } = require('node:fs')\n\nmodule.exports = async (app) => {\n  for (const file of readdirSync('plugins')) app.register(require('./plugins/' + file))\n  app.get('/', async () => 'hi')\n}\n\nif (require.main === module) {\n  const server = require('fastify')()\n  server.register(module.exports)\n  server.listen({ port: 3000, host: '127.0.0.1' })\n}\n",
  ],
]

describe('hallpass init', () => {
  let folder: ReturnType<typeof makeFolder>
  let program: ChildProcess | undefined
  beforeEach(() => {
    folder = makeFolder()
  })
  afterEach(() => {
    program?.kill('SIGKILL')
    folder.remove()
  })

  function write(files: Files): void {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder.path, file)), { recursive: true })
      writeFileSync(join(folder.path, file), text)
    }
  }
  const read = (file: string) => readFileSync(join(folder.path, file), 'utf8')
  const init = (...args: string[]) => hallpass(['init', ...args], { cwd: folder.path })
  const manifest = (dependencies: Files, more: object = {}) => JSON.stringify({ type: 'module', dependencies, ...more })

  it.each(programs)('puts accounts into a program on %s, which runs', async (_what, dependency, entry, text) => {
    const port = await freePort()
    const isModule = !text.includes('require(')
    const loadsPlugins = text.includes('plugins')
    write({
      'package.json': JSON.stringify({
        ...(isModule && entry.match(/\.[jt]s$/) && { type: 'module' }),
        main: entry,
        dependencies: { [dependency]: '*', ...(loadsPlugins && { '@fastify/autoload': '*' }) },
      }),
      [entry]: text.replace('3000', `${port}`),
      ...(loadsPlugins && { 'plugins/README.md.js': 'module.exports = async () => {}' }),
      '.gitignore': 'node_modules',
    })
    const { exitCode, stdout, stderr } = await init('--yes')
    expect([exitCode, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^Done. Now: npm install$/m)
    const [, secret = ''] = /^JWT_SECRET_KEY=(.+)$/m.exec(read('.env')) ?? []
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
    expect(stdout).not.toContain(secret)
    expect(statSync(join(folder.path, '.env')).mode & 0o777).toBe(0o600)
    expect(read('.gitignore')).toBe('node_modules\n.env\napp.db*\n')
    expect(JSON.parse(read('package.json')).dependencies.hallpass).toMatch(/^\^\d/)

    const modules = join(folder.path, 'node_modules')
    mkdirSync(modules)
    for (const one of ['hono', '@hono', 'express', 'fastify'])
      symlinkSync(join(root, 'node_modules', one), join(modules, one))
    symlinkSync(root, join(modules, 'hallpass'))
    program = spawn(process.execPath, ['--conditions=hallpass-source', entry], { cwd: folder.path, stdio: 'inherit' })
    const url = `http://127.0.0.1:${port}`
    expect(await eventually(async () => (await fetch(`${url}/`)).text())).toBe('hi')
    expect((await fetch(`${url}/protected`)).status).toBe(401)
    expect((await post(`${url}/auth/register`, { username: 'alice', password })).status).toBe(201)
    const { body } = await post(`${url}/auth/login`, { username: 'alice', password })
    const answer = await fetch(`${url}/protected`, { headers: { authorization: `Bearer ${body.access_token}` } })
    expect(await answer.json()).toEqual({ msg: expect.stringMatching(/^Hello, /) })

    const before = [entry, '.env', 'package.json', '.gitignore'].map(read)
    expect((await init('--yes')).stdout).toBe('Everything is in place already\n')
    expect([entry, '.env', 'package.json', '.gitignore'].map(read)).toEqual(before)
  })

  it('writes the files of Next.js, into src where that is, and its configuration', async () => {
    const config =
      'import type { NextConfig } from "next";\n\nconst nextConfig: NextConfig = {\n  /* config options here */\n};\n\nexport default nextConfig;\n'
    write({
      'package.json': JSON.stringify({ dependencies: { next: '16.0.0' } }),
      'tsconfig.json': '{ "compilerOptions": { "paths": { "@/*": ["./src/*"] } } }',
      'next.config.ts': config,
      'src/app/page.tsx': '',
      'pnpm-lock.yaml': '',
    })
    expect((await init('--yes')).stdout).toMatch(/^Done. Now: pnpm install$/m)
    expect(read('next.config.ts')).toContain("= {\n  serverExternalPackages: ['hallpass'],\n  /* config")
    for (const file of nextFiles) expect(documented).toContain(`// ${file}\n${read(`src/${file}`)}\`\`\``)
  })

  it('writes them in JavaScript where there is no other, beside an auth.js that is not its own', async () => {
    write({
      'package.json': JSON.stringify({ dependencies: { next: '16.0.0' } }),
      'next.config.mjs': 'const nextConfig = {};\n\nexport default nextConfig;\n',
      'app/page.js': '',
      'src/button.js': '',
      'lib/auth.js': 'mine',
    })
    expect((await init('--yes')).exitCode).toBe(0)
    expect([read('lib/auth.js'), read('next.config.mjs')]).toEqual([
      'mine',
      "const nextConfig = {\n  serverExternalPackages: ['hallpass'],\n};\n\nexport default nextConfig;\n",
    ])
    expect(read('app/api/auth/[...path]/route.js')).toMatch(
      /^import \{ getAuth \} from '\.\.\/\.\.\/\.\.\/\.\.\/lib\/hallpass'\n\nasync function handler\(request\) \{/,
    )
    for (const file of nextFiles) {
      const written = read(file.replace('auth.ts', 'hallpass.ts').replace(/ts$/, 'js'))
      expect(stripTypeScriptTypes(written)).toBe(written)
    }
    expect((await init('--yes')).stdout).toBe('Everything is in place already\n')
  })

  it('writes the guard of NestJS and mounts its routes, and says what is left', async () => {
    const main =
      "import { NestFactory } from '@nestjs/core';\nimport { AppModule } from './app.module.js';\n\nasync function bootstrap() {\n  const app = await NestFactory.create(AppModule);\n  await app.listen(3000);\n}\nawait bootstrap();\n"
    write({
      'package.json': manifest({ '@nestjs/core': '*', express: '*' }, { scripts: { build: 'nest build' } }),
      'tsconfig.json': '{}',
      'src/main.ts': main,
    })
    const { stdout } = await init('--yes')
    expect(read('src/jwt.guard.ts')).toContain('export function JwtGuard')
    expect(read('src/main.ts')).toContain(
      "import { authRoutes } from 'hallpass/express';\nimport { getAuth } from './jwt.guard.js';\n\nasync",
    )
    expect(read('src/main.ts')).toContain(
      "(AppModule);\n\n  app.use('/auth', authRoutes(await getAuth()));\n  await app.listen",
    )
    expect(stdout).toContain('Add these lines yourself:\nin a controller:')
    expect(documented).toContain(`// src/jwt.guard.ts\n${read('src/jwt.guard.ts')}\`\`\``)
    expect((await init('--yes')).stdout).toMatch(
      /^Everything is in place already\nAdd these lines yourself:\nin a controller:/,
    )
    write({ 'src/app.controller.ts': 'class A {\n  @UseGuards(JwtGuard())\n}' })
    expect((await init('--yes')).stdout).toBe('Everything is in place already\n')
  })

  it('writes what docs/frameworks.md shows of CommonJS', async () => {
    write({ 'package.json': '{"dependencies":{"express":"*"}}' })
    const { stdout } = await init('--yes')
    expect(documented).toContain(`// auth.js\n${read('auth.js')}\`\`\``)
    for (const line of stdout.split('Add these lines yourself:\n')[1]?.trim().split('\n') ?? ['none']) {
      expect(documented).toContain(line)
    }
    write({ 'package.json': '{"dependencies":{"fastify":"*","@fastify/autoload":"*"}}', 'plugins/README.md': '' })
    await init('--yes')
    expect(documented).toContain(`// plugins/auth.js\n${read('plugins/auth.js')}\`\`\``)
  })

  const placed: [what: string, dependency: string, before: string, after: RegExp][] = [
    [
      'before the first route, behind what all routes share',
      'express',
      "const app = express()\n\napp.use(cors({ origin: 'https://a.example' }))\napp.use(helmet())\n\n// The first\n// of all.\napp.get('/', hi)\n",
      /helmet\(\)\)\n\napp\.use\('\/auth', authRoutes\(auth\)\)\napp\.get\('\/protected',.*\n\n\/\/ The first\n\/\/ of all\.\napp\.get/,
    ],
    [
      'before what parses bodies',
      'express',
      "const app = express()\napp.use(cors())\n// Bodies.\napp.use(express.json())\napp.use(express.urlencoded())\napp.use(helmet())\napp.get('/', hi)\n",
      /cors\(\)\)\napp\.use\('\/auth', authRoutes\(auth\)\)\napp\.get\('\/protected',.*\n\n\/\/ Bodies\.\napp\.use\(express\.json/,
    ],
    [
      'before a parser of another package, where there is no route',
      'express',
      'const app = express()\napp.use(bodyParser.json())\napp.use(routes)\n',
      /express\(\)\napp\.use\('\/auth', authRoutes\(auth\)\)\n.*\n\napp\.use\(bodyParser/,
    ],
    [
      'behind what answers preflights, even where that comes late',
      'express',
      "const app = express()\napp.use(express.json())\napp.use(cors())\napp.get('/', hi)\n",
      /cors\(\)\)\napp\.use\('\/auth', authRoutes\(auth\)\)\n.*\n\napp\.get\('\/', hi/,
    ],
    [
      'before what is mounted at a path',
      'express',
      "const app = express()\napp.set('a', 1)\napp.use('/users', users)\napp.use(notFound)\n",
      /\('a', 1\)\napp\.use\('\/auth'.*\n.*\n\napp\.use\('\/users'/,
    ],
    [
      'behind the middleware of all paths',
      'hono',
      "const app = new Hono()\napp.use('*', logger())\napp.get('/', hi)\n",
      /logger\(\)\)\napp\.route\('\/auth'.*\n.*\n\napp\.get\('\/', hi/,
    ],
    [
      'behind calls that are chained',
      'hono',
      "const app = new Hono<{ A: 1 }>()\n  .basePath('/a')\n  .get('/', (c) => c.text(')('))\n\nexport default app\n",
      /text\('\)\('\)\)\n\napp\.route\('\/auth'/,
    ],
    [
      'behind options with brackets in words',
      'fastify',
      'const app = fastify({\n  // a (\n  prefix: "(",\n  name: `{ ( `, /* [ */\n  rewriteUrl: (r) => r.url.replace(/\\)}[/(]/, ""),\n})\napp.get("/", hi)\n',
      /""\),\n\}\)\n\nawait app\.register\(hallpass/,
    ],
  ]
  it.each(placed)('puts its lines %s', async (_what, dependency, before, after) => {
    write({ 'package.json': manifest({ [dependency]: '*' }), 'index.js': before })
    expect((await init('--yes')).exitCode).toBe(0)
    expect(read('index.js')).toMatch(after)
    expect((await init('--yes')).stdout).toBe('Everything is in place already\n')
  })

  /** Lines that would break the program, or mean something else, are told and not written. */
  const untouched: [what: string, dependency: string, text: string][] = [
    [
      'has a name that ours needs',
      'express',
      "import express from 'express'\nconst jwtRequired = 1\nconst app = express()\n",
    ],
    ['has routes of its own by our paths', 'express', "const app = express()\napp.post('/auth/login', login)\n"],
    ['has two applications', 'express', 'const admin = express()\nconst app = express()\n'],
    ['makes the application in a list', 'express', 'const app = express(),\n  port = 3000\n'],
    ['makes none but in a remark', 'express', '// const app = express()\n/*\nconst app = express()\n*/\n'],
    ['makes none but in a text', 'express', 'const text = `\nconst app = express()\n`\n'],
  ]
  it.each(untouched)('leaves alone a program that %s', async (_what, dependency, text) => {
    write({ 'package.json': manifest({ [dependency]: '*' }), 'index.js': text })
    const { exitCode, stdout } = await init('--yes')
    expect([exitCode, read('index.js')]).toEqual([0, text])
    expect(stdout).toContain("Add these lines yourself:\nimport { authRoutes, jwtRequired } from 'hallpass/express'")
  })

  it('puts imports where they are imports', async () => {
    const text =
      "/*\nimport a from 'a'\n*/\nimport express from 'express'\n\nconst page = `\nimport b from 'b'\n`\nconst app = express()\n"
    write({ 'package.json': manifest({ express: '*' }), 'index.js': text })
    await init('--yes')
    expect(read('index.js')).toContain("import express from 'express'\nimport { authRoutes, jwtRequired }")
  })

  it.each([
    ['imports in another order', (text: string) => text.replace('authRoutes, jwtRequired', 'jwtRequired, authRoutes')],
    ['another path', (text: string) => text.replace("'/auth'", "'/api/auth'")],
    [
      'a stricter guard',
      (text: string) => text.replace('jwtRequired(auth.jwt)', "jwtRequired(auth.jwt, { roles: 'admin' })"),
    ],
    ['no route', (text: string) => text.replace(/app\.get.*\n/, '')],
  ])('leaves alone what became of its lines: %s', async (_what, change) => {
    write({ 'package.json': manifest({ express: '*' }), 'index.js': 'const app = express()\n' })
    await init('--yes')
    const changed = change(read('index.js'))
    write({ 'index.js': changed })
    expect((await init('--yes')).stdout).toBe('Everything is in place already\n')
    expect(read('index.js')).toBe(changed)
  })

  it('writes into sources, and not into what was made of them', async () => {
    const made = 'const app = express()\n'
    write({
      'package.json': manifest({ express: '*' }, { main: 'dist/index.js' }),
      'dist/index.js': made,
      'src/index.ts': made,
      'tsconfig.json': '{ "compilerOptions": { "outDir": "./dist" } }',
    })
    await init('--yes')
    expect([read('dist/index.js'), read('src/index.ts') === made]).toEqual([made, false])
    expect(existsSync(join(folder.path, 'src/auth.ts'))).toBe(true)
  })

  it('writes slashes on Windows, and into sources', async () => {
    // What Windows does with paths, on a file system that has slashes.
    const script = `
      import fs from 'node:fs'
      import { registerHooks, syncBuiltinESMExports } from 'node:module'
      const names = 'dirname, extname, join, normalize, relative, resolve'
      const url = \`data:text/javascript,import { win32 } from 'node:path/posix'; export const { \${names} } = win32\`
      registerHooks({
        resolve: (name, context, next) => (name === 'node:path' ? { url, shortCircuit: true } : next(name, context)),
      })
      const { makePlan } = await import(${JSON.stringify(join(root, 'src/cli/init/plan.ts'))})
      const { readProject } = await import(${JSON.stringify(join(root, 'src/cli/init/project.ts'))})
      for (const name of ['existsSync', 'readFileSync', 'writeFileSync', 'mkdtempSync', 'rmSync']) {
        const real = fs[name]
        fs[name] = (file, ...rest) => real(file.replaceAll('\\\\', '/'), ...rest)
      }
      syncBuiltinESMExports()
      const plan = makePlan(readProject('.'), { version: '1.0.0', secret: 'x' })
      console.log(JSON.stringify(plan.changes.map(({ file, after }) => [file, after])))`
    write({
      'package.json': manifest({ express: '*' }, { main: 'dist\\index.js' }),
      'dist/index.js': 'const app = express()\n',
      'src/index.ts': "import express from 'express'\nconst app = express()\napp.get('/', hi)\n",
      'tsconfig.json': '{ "compilerOptions": { "outDir": "./dist" } }',
      'windows.mjs': script,
    })
    const shown = execFileSync(process.execPath, ['windows.mjs'], { cwd: folder.path, encoding: 'utf8' })
    const changes = Object.fromEntries(JSON.parse(shown))
    expect(Object.keys(changes)).toEqual(['package.json', 'src/auth.ts', 'src/index.ts', '.env', '.gitignore'])
    expect(changes['src/index.ts']).toContain("import { auth } from './auth.js'")
  })

  it('says that git keeps the secret, and shows no other', async () => {
    write({
      'package.json': manifest({ hono: '*' }),
      '.env': 'DB_PASSWORD=hunter2\n',
      '.gitignore': '.env*\n!.env\n',
    })
    const git = (...args: string[]) => execFileSync('git', args, { cwd: folder.path })
    git('init', '-q')
    git('add', '-f', '.env')
    const { stdout } = await init('--yes')
    expect(stdout).toContain('git rm --cached .env')
    expect(stdout).not.toContain('hunter2')
    const ignored = '.env*\n!.env\n.env\napp.db*\n'
    expect(read('.gitignore')).toBe(ignored)
    await init('--yes')
    expect(read('.gitignore')).toBe(ignored)
  })

  it.each([
    ['y', 'Done. Now: npm install', true],
    ['n', 'hallpass: Cancelled: nothing was changed', false],
  ])('is answered %s at a terminal, and ends', async (answer, says, isWritten) => {
    write({ 'package.json': manifest({ hono: '*' }) })
    const main = join(root, 'src/cli/main.ts')
    const command = `${process.execPath} --conditions=hallpass-source ${main} init`
    // util-linux: a terminal that stays open when it has been answered.
    const terminal = spawn('script', ['-qec', command, '/dev/null'], { cwd: folder.path })
    let shown = ''
    terminal.stdout.on('data', (chunk) => {
      shown += chunk
      if (String(chunk).includes('[y/N]')) terminal.stdin.write(`${answer}\n`)
    })
    await once(terminal, 'close')
    expect(shown).toContain(says)
    expect(existsSync(join(folder.path, '.env'))).toBe(isWritten)
  })

  const named: [what: string, entry: string, config: string, scripts: object, ending: string][] = [
    ['Node runs it', '', '{}', {}, 'auth.ts'],
    ['Node runs it, and the rest is a remark', '', '{\n  // "outDir": "dist"\n}', {}, 'auth.ts'],
    ['it is compiled', '', '{ "outDir": "dist" }', {}, 'auth.js'],
    ['tsx runs it', '', '{}', { dev: 'tsx watch src/index.ts' }, 'auth.js'],
    ['its imports say so', "import { a } from './a.ts'\n", '{ "outDir": "dist" }', {}, 'auth.ts'],
    ['its imports say otherwise', "import { a } from '../a.js'\n", '{}', {}, 'auth.js'],
  ]
  it.each(named)('names its file as TypeScript does where %s', async (_what, entry, config, scripts, ending) => {
    write({
      'package.json': manifest({ hono: '*' }, { scripts }),
      'tsconfig.json': config,
      'index.ts': `import { Hono } from 'hono'\n${entry}const app = new Hono()\n`,
    })
    const { stdout } = await init('--yes')
    expect(read('index.ts')).toContain(`from './${ending}'`)
    expect(stdout.includes('allowImportingTsExtensions')).toBe(ending === 'auth.ts')
  })

  it('keeps what writes to the database from starting a watched Fastify again', async () => {
    const scripts = {
      dev: 'fastify start -w -l info -P app.js',
      other: 'fastify start --ignore-watch=.ts$ -w -P dist/app.js',
      start: 'fastify start -l info app.js',
    }
    write({
      'package.json': manifest({ fastify: '*', '@fastify/autoload': '*' }, { scripts }),
      'plugins/README.md': '',
    })
    await init('--yes')
    expect(JSON.parse(read('package.json')).scripts).toEqual({
      dev: 'fastify start --ignore-watch=app.db -w -l info -P app.js',
      other: 'fastify start --ignore-watch=".ts$ app.db" -w -P dist/app.js',
      start: 'fastify start -l info app.js',
    })
    expect((await init('--yes')).stdout).toBe('Everything is in place already\n')
  })

  it.each([
    ['JWT_SECRET_KEY=\nA=1', /^JWT_SECRET_KEY=[\w-]{43}\nA=1$/],
    ['A=1\nexport JWT_SECRET_KEY=\n', /^A=1\nJWT_SECRET_KEY=[\w-]{43}\n$/],
    ['export JWT_SECRET_KEY=mine\n', /^export JWT_SECRET_KEY=mine\n$/],
    ['JWT_SECRET_KEY=mine', /^JWT_SECRET_KEY=mine$/],
    ['  JWT_SECRET_KEY = "mine"\n', /^ {2}JWT_SECRET_KEY = "mine"\n$/],
    ['JWT_SECRET_KEY=""\nA=1\n', /^JWT_SECRET_KEY=[\w-]{43}\nA=1\n$/],
    ['A=1', /^A=1\nJWT_SECRET_KEY=[\w-]{43}\n$/],
  ])('gives %j a secret where it has none', async (before, after) => {
    write({ 'package.json': manifest({ hono: '*' }), '.env': before })
    await init('--yes')
    expect(read('.env')).toMatch(after)
  })

  it('writes nothing twice where a formatter has been at work', async () => {
    write({
      'package.json': manifest({ hono: '*' }),
      'index.js': "import { Hono } from 'hono'\n\nconst app = new Hono()\n\nexport default app\n",
    })
    await init('--yes')
    const formatted = read('index.js')
      .replaceAll("'", '"')
      .replace('=> c.json({ msg', '=>\n  c.json({\n    msg')
      .replace(' }))', ',\n  }),\n)')
    write({ 'index.js': formatted })
    expect((await init('--yes')).stdout).toBe('Everything is in place already\n')
  })

  it('says which lines to write where it finds no place for them', async () => {
    write({ 'package.json': manifest({ express: '*' }), 'tsconfig.json': '{}' })
    const { stdout } = await init('--yes')
    expect(stdout).toContain("app.use('/auth', authRoutes(auth))")
    expect(existsSync(join(folder.path, 'auth.ts'))).toBe(true)
  })

  it('leaves alone what is there', async () => {
    write({ 'package.json': manifest({ hono: '*' }), 'auth.js': 'mine', '.env': 'JWT_SECRET_KEY=mine' })
    await init('--yes')
    expect([read('auth.js'), read('.env')]).toEqual(['mine', 'JWT_SECRET_KEY=mine'])
  })

  it('asks first, and changes nothing without an answer', async () => {
    write({ 'package.json': manifest({ hono: '*' }) })
    const { exitCode, stdout, stderr } = await runHallpass(['init'], { cwd: folder.path })
    expect([exitCode, stderr]).toEqual([
      64,
      'hallpass: Change package.json, auth.js, .env, .gitignore? Add --yes to confirm\n',
    ])
    expect(stdout).toContain('+JWT_SECRET_KEY=(32 random bytes)')
    expect(existsSync(join(folder.path, '.env'))).toBe(false)
  })

  const refused: [what: string, files: Files, args: string[], exitCode: number, says: RegExp][] = [
    ['no project', {}, [], 1, /no package.json here/],
    ['a manifest that cannot be read', { 'package.json': '{' }, [], 1, /cannot be read/],
    ['a list for a manifest', { 'package.json': '[]' }, [], 1, /cannot be read/],
    ['no framework', { 'package.json': '{"type":"module"}' }, [], 1, /has none of express, fastify, hono, nest, next/],
    [
      'two frameworks',
      { 'package.json': manifest({ express: '*', hono: '*' }) },
      [],
      1,
      /express and hono: choose one/,
    ],
    ['another framework', { 'package.json': manifest({}) }, ['--framework', 'koa'], 64, /must be one of express/],
    [
      'Cloudflare Workers by their configuration',
      { 'package.json': manifest({ hono: '*' }), 'wrangler.jsonc': '{}', 'src/index.ts': '' },
      [],
      1,
      /runs on Cloudflare Workers.*hallpass serve/,
    ],
    [
      'Cloudflare Workers by a package',
      { 'package.json': manifest({ next: '*', '@opennextjs/cloudflare': '*' }) },
      [],
      1,
      /runs on Cloudflare Workers/,
    ],
    ['Fastly Compute', { 'package.json': manifest({ hono: '*' }), 'fastly.toml': '' }, [], 1, /runs on Fastly Compute/],
    ['Hono in CommonJS', { 'package.json': '{"dependencies":{"hono":"*"}}' }, [], 1, /"type": "module"/],
    [
      'routes of another library',
      { 'package.json': '{"dependencies":{"next":"*"}}', 'app/api/auth/[...nextauth]/route.js': '' },
      [],
      1,
      /^hallpass: app\/api\/auth already exists/,
    ],
    [
      'NestJS on Fastify',
      { 'package.json': manifest({ '@nestjs/core': '*', '@nestjs/platform-fastify': '*' }), 'tsconfig.json': '{}' },
      [],
      1,
      /is for Express/,
    ],
    [
      'NestJS in JavaScript',
      { 'package.json': manifest({ '@nestjs/core': '*' }), 'src/main.js': '' },
      [],
      1,
      /^hallpass: This project is JavaScript/,
    ],
    [
      'two files that are not its own',
      { 'package.json': manifest({ hono: '*' }), 'auth.js': 'mine', 'hallpass.js': 'mine' },
      [],
      1,
      /^hallpass: hallpass.js already exists/,
    ],
  ]
  it.each(refused)('refuses %s in one line', async (_what, files, args, code, says) => {
    write(files)
    const { exitCode, stderr } = await init('--yes', ...args)
    expect([exitCode, stderr.trim().split('\n').length]).toEqual([code, 1])
    expect(stderr).toMatch(says)
  })
})
