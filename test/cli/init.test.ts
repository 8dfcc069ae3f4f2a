import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { dirname, join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run } from '../../src/cli/run.ts'
import { endpoints } from '../../src/routes/index.ts'
import { ensureDebianPackages } from '../debian.ts'
import { bundledMain, makeFolder } from '../server/process.ts'
import { hallpass } from './hallpass.ts'

const root = new URL('../..', import.meta.url).pathname

type Files = Readonly<Record<string, string>>

/** What it writes is what this shows, and what was tried. */
const documented = readFileSync(join(root, 'docs/frameworks.md'), 'utf8')
const nextFiles = ['lib/auth.ts', 'app/api/auth/[...path]/route.ts', 'app/api/protected/route.ts']

describe('hallpass init', () => {
  let folder: ReturnType<typeof makeFolder>
  beforeEach(() => {
    folder = makeFolder()
  })
  afterEach(() => folder.remove())

  function write(files: Files): void {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder.path, file)), { recursive: true })
      writeFileSync(join(folder.path, file), text)
    }
  }
  const read = (file: string) => readFileSync(join(folder.path, file), 'utf8')
  const manifest = (dependencies: Files, more: object = {}) => JSON.stringify({ type: 'module', dependencies, ...more })
  /** What it prints, asked for in this process: a process for each row would take most of the time. */
  async function init(framework?: string): Promise<string> {
    const flags = framework === undefined ? [] : ['--framework', framework]
    const { stdout, stderr } = await hallpass(['init', '--yes', ...flags], { cwd: folder.path })
    expect(stderr).toBe('')
    return stdout
  }

  it('writes the files of Next.js, into src where that is, and says what its configuration needs', async () => {
    const config =
      'import type { NextConfig } from "next";\n\nconst nextConfig: NextConfig = {\n  /* config options here */\n};\n\nexport default nextConfig;\n'
    write({
      'package.json': JSON.stringify({ dependencies: { next: '16.0.0' } }),
      'tsconfig.json': '{ "compilerOptions": { "paths": { "@/*": ["./src/*"] } } }',
      'next.config.ts': config,
      'src/app/page.tsx': '',
      'pnpm-lock.yaml': '',
    })
    expect(await init()).toMatch(/^Done. Now: pnpm install$/m)
    expect(read('next.config.ts')).toBe(config)
    const line = "serverExternalPackages: ['hallpass'],"
    expect(await init()).toBe(`Add these lines yourself:\n\nIn next.config.ts, within the configuration:\n\n${line}\n`)
    write({ 'next.config.ts': config.replace('/* config options here */', line) })
    expect(await init()).toBe('Everything is in place already\n')
    for (const file of nextFiles) expect(documented).toContain(`// ${file}\n${read(`src/${file}`)}\`\`\``)
  })

  it('writes them in JavaScript where there is no other, beside an auth.js that is not its own', async () => {
    write({
      'package.json': JSON.stringify({ dependencies: { next: '16.0.0' } }),
      'next.config.mjs': "export default { serverExternalPackages: ['hallpass'] };\n",
      'app/page.js': '',
      'src/button.js': '',
      'lib/auth.js': 'mine',
    })
    await init()
    expect([read('lib/auth.js'), read('next.config.mjs')]).toEqual([
      'mine',
      "export default { serverExternalPackages: ['hallpass'] };\n",
    ])
    expect(read('app/api/auth/[...path]/route.js')).toMatch(
      /^import \{ getAuth \} from '\.\.\/\.\.\/\.\.\/\.\.\/lib\/hallpass'\n\nasync function handler\(request\) \{/,
    )
    for (const file of nextFiles) {
      const written = read(file.replace('auth.ts', 'hallpass.ts').replace(/ts$/, 'js'))
      expect(stripTypeScriptTypes(written)).toBe(written)
    }
    expect(await init()).toBe('Everything is in place already\n')
  })

  it('writes a configuration of Next.js where there is none, and paths that are those of the project', async () => {
    write({
      'package.json': JSON.stringify({ dependencies: { next: '16.0.0' } }),
      'tsconfig.json': '{ "compilerOptions": { "paths": { "@/*": ["./*"] } } }',
      'src/app/page.tsx': '',
    })
    expect(await init()).toMatch(/\nDone. Now: npm install\n$/)
    expect(read('next.config.mjs')).toContain("  serverExternalPackages: ['hallpass'],\n")
    expect(read('src/app/api/protected/route.ts')).toContain("from '../../../lib/auth'")
  })

  it('asks for an installation only where the dependency is new', async () => {
    write({ 'package.json': manifest({ hono: '*', hallpass: '^0.1.0' }), 'src/index.ts': '' })
    expect(await init()).toMatch(/\nDone\n/)
  })

  it('mounts each method of the routes in Next.js, and preflights', async () => {
    write({ 'package.json': manifest({ next: '16.0.0' }), 'app/page.js': '' })
    await init()
    const route = read('app/api/auth/[...path]/route.js')
    const mounted = [...route.matchAll(/handler as ([A-Z]+)/g)].map(([, method]) => method)
    const methods = new Set(['OPTIONS', ...endpoints.map(({ method }) => method.toUpperCase())])
    expect(mounted.sort()).toEqual([...methods].sort())
  })

  it('writes the guard of NestJS that docs/frameworks.md shows', async () => {
    write({ 'package.json': manifest({ '@nestjs/core': '*', express: '*' }), 'tsconfig.json': '{}' })
    await init()
    expect(documented).toContain(`// src/jwt.guard.ts\n${read('src/jwt.guard.ts')}\`\`\``)
  })

  it('writes what docs/frameworks.md shows of CommonJS', async () => {
    write({ 'package.json': '{"dependencies":{"express":"*"}}' })
    const stdout = await init()
    expect(documented).toContain(`// auth.js\n${read('auth.js')}\`\`\``)
    const lines = [...stdout.matchAll(/^In .+:\n\n((?:.+\n)+)/gm)].map(([, all]) => all as string)
    expect(lines).toHaveLength(2)
    for (const all of lines) expect(documented).toContain(all)
    write({ 'package.json': '{"dependencies":{"fastify":"*","@fastify/autoload":"*"}}', 'plugins/README.md': '' })
    await init()
    expect(documented).toContain(`// plugins/auth.js\n${read('plugins/auth.js')}\`\`\``)
  })

  /** The program stays as it is, and the lines are printed: above all where they would break it, or mean something else. */
  const told: [what: string, dependency: string, file: string, text: string, says: string][] = [
    [
      'a program by a usual name',
      'express',
      'src/app.js',
      'const app = express()\n',
      'In src/app.js, after app is created, ',
    ],
    [
      'an application by its own name',
      'hono',
      'index.js',
      'export let api: Hono = new Hono<A>()\n',
      'after api is created, ',
    ],
    [
      'an application that is waited for',
      'fastify',
      'app.js',
      'const web = await fastify({})\n',
      'after web is created, ',
    ],
    [
      'two applications',
      'express',
      'index.js',
      'const one = express()\nconst two = express()\n',
      'after app is created, ',
    ],
    ['a list', 'express', 'index.js', 'const web = express(),\n  port = 3000\n', 'after web is created, '],
    [
      'a name that ours needs',
      'express',
      'index.js',
      'const jwtRequired = 1\nconst app = express()\n',
      'In index.js, ',
    ],
    ['routes by our paths', 'express', 'index.js', "const app = express()\napp.post('/auth', a)\n", 'In index.js, '],
    [
      'none but in a remark',
      'express',
      'index.js',
      '// const app = express()\n',
      'In the file that creates the application',
    ],
    [
      'lines that are a remark',
      'express',
      'index.js',
      "const app = express()\n// import { auth } from './auth.js'\n",
      'In index.js, at the top with the other imports:\n\nimport { authRoutes, jwtRequired }',
    ],
    [
      'a guard of its own',
      'express',
      'index.js',
      "import { jwtRequired } from 'hallpass/express'\nconst app = express()\n",
      'In index.js, at the top with the other imports:\n\nimport { authRoutes, jwtRequired }',
    ],
    [
      'another file of a like name',
      'express',
      'index.js',
      "import authors from './authors.js'\nconst app = express()\n",
      'In index.js, at the top with the other imports:\n\nimport { authRoutes, jwtRequired }',
    ],
  ]
  it.each(told)('leaves alone %s', async (_what, dependency, file, text, says) => {
    write({ 'package.json': manifest({ [dependency]: '*' }), [file]: text })
    expect(await init()).toContain(says)
    expect(read(file)).toBe(text)
    // Until the lines are there.
    expect(await init()).toMatch(/^Add these lines yourself:\n\nIn /)
  })

  it('says that the routes belong before body parsers, and after whatever answers preflights', async () => {
    write({ 'package.json': manifest({ express: '*' }) })
    expect(await init()).toContain('after cors(), if it is used, and before express.json() and the first route:\n')
  })

  it.each([
    ['its file', "import { auth } from './auth.js'"],
    ['its file, as a compiler names it', "  import { auth } from './auth'"],
    ['other quotes', 'import { auth } from "./auth.js";'],
  ])('knows its lines by %s', async (_what, line) => {
    write({ 'package.json': manifest({ express: '*' }), 'index.js': `const app = express()\n${line}\n` })
    await init()
    expect(await init()).toBe('Everything is in place already\n')
  })

  it('names sources, and not what was made of them', async () => {
    const made = 'const app = express()\n'
    write({
      'package.json': manifest({ express: '*' }, { main: 'lib/index.js' }),
      'lib/index.js': made,
      'src/index.ts': made,
      'tsconfig.json': '{ "compilerOptions": { "outDir": "./lib" } }',
    })
    expect(await init()).toContain(
      "In src/index.ts, at the top with the other imports:\n\nimport { authRoutes, jwtRequired } from 'hallpass/express'\nimport { auth } from './auth.js'\n",
    )
    expect([existsSync(join(folder.path, 'src/auth.ts')), read('lib/index.js')]).toEqual([true, made])
  })

  it('writes slashes on Windows, and names sources', async () => {
    // What Windows does with paths, on a file system that has slashes.
    const script = `
      import fs from 'node:fs'
      import { registerHooks, syncBuiltinESMExports } from 'node:module'
      const names = 'dirname, extname, join, normalize, relative, resolve'
      const url = \`data:text/javascript,import { win32 } from 'node:path/posix'; export const { \${names} } = win32\`
      registerHooks({
        resolve: (name, context, next) => (name === 'node:path' ? { url, shortCircuit: true } : next(name, context)),
      })
      const { makePlan } = await import(${JSON.stringify(join(root, 'src/cli/commands/init/plan.ts'))})
      const { readProject } = await import(${JSON.stringify(join(root, 'src/cli/commands/init/project.ts'))})
      for (const name of ['existsSync', 'openSync']) {
        const real = fs[name]
        fs[name] = (file, ...rest) => real(file.replaceAll('\\\\', '/'), ...rest)
      }
      syncBuiltinESMExports()
      const plan = makePlan(readProject('.'), { version: '1.0.0', secret: 'x' })
      console.log(JSON.stringify([plan.changes.map(({ file }) => file), plan.steps]))`
    write({
      'package.json': manifest({ express: '*' }, { main: 'dist\\index.js' }),
      'dist/index.js': 'const app = express()\n',
      'src/index.ts': "import express from 'express'\nconst app = express()\napp.get('/', hi)\n",
      'tsconfig.json': '{ "compilerOptions": { "outDir": "./dist" } }',
      'windows.mjs': script,
    })
    const shown = execFileSync(process.execPath, ['windows.mjs'], { cwd: folder.path, encoding: 'utf8' })
    const [files, steps] = JSON.parse(shown)
    expect(files).toEqual(['package.json', 'src/auth.ts', '.env', '.gitignore'])
    expect(steps[0]).toMatchObject({
      where: 'In src/index.ts, at the top with the other imports',
      lines: [/./, "import { auth } from './auth.js'"].map((line) => expect.stringMatching(line)),
    })
  })

  it('says that git keeps the secret, and shows no other', async () => {
    await ensureDebianPackages(['git'], ['git', '--version'])
    write({
      'package.json': manifest({ hono: '*' }),
      '.env': 'DB_PASSWORD=hunter2',
      '.gitignore': '.env*\n!.env\n',
    })
    const git = (...args: string[]) => execFileSync('git', args, { cwd: folder.path })
    git('init', '-q')
    git('add', '-f', '.env')
    const stdout = await init()
    expect(stdout).toContain('git rm --cached .env')
    expect(stdout).not.toContain('hunter2')
    const ignored = '.env*\n!.env\n.env\napp.db*\n'
    expect(read('.gitignore')).toBe(ignored)
    await init()
    expect(read('.gitignore')).toBe(ignored)
  })

  it.each([
    ['y', 'y\n', 'Done. Now: npm install', true],
    ['nothing', '\n', 'hallpass: Cancelled: nothing was changed', false],
    ['Ctrl-C', '\u0003', 'hallpass: Cancelled: nothing was changed', false],
  ])('is answered %s at a terminal, and ends', async (_what, answer, says, isWritten) => {
    write({ 'package.json': manifest({ hono: '*' }) })
    const command = `${process.execPath} ${bundledMain} init`
    // util-linux: a terminal that stays open when it has been answered.
    const terminal = spawn('script', ['-qec', command, '/dev/null'], { cwd: folder.path })
    let shown = ''
    let isAnswered = false
    terminal.stdout.on('data', (chunk) => {
      shown += chunk
      if (shown.includes('(y/N)') && !isAnswered) isAnswered = terminal.stdin.write(answer)
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
    const stdout = await init()
    expect(stdout).toContain(`import { auth } from './${ending}'\n`)
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
    await init()
    expect(JSON.parse(read('package.json')).scripts).toEqual({
      dev: 'fastify start --ignore-watch=app.db -w -l info -P app.js',
      other: 'fastify start --ignore-watch=".ts$ app.db" -w -P dist/app.js',
      start: 'fastify start -l info app.js',
    })
    expect(await init()).toBe('Everything is in place already\n')
  })

  it.each([
    ['JWT_SECRET_KEY=\nA=1', /^JWT_SECRET_KEY=[\w-]{43}\nA=1$/],
    ['A=1\nexport JWT_SECRET_KEY=\n', /^A=1\nJWT_SECRET_KEY=[\w-]{43}\n$/],
    ['export JWT_SECRET_KEY=mine\n', /^export JWT_SECRET_KEY=mine\n$/],
    ['JWT_SECRET_KEY=mine', /^JWT_SECRET_KEY=mine$/],
    ['  JWT_SECRET_KEY = "mine"\n', /^ {2}JWT_SECRET_KEY = "mine"\n$/],
    ['JWT_SECRET_KEY=""\nA=1\n', /^JWT_SECRET_KEY=[\w-]{43}\nA=1\n$/],
    ['\ufeffA=1\n', /^A=1\nJWT_SECRET_KEY=[\w-]{43}\n$/],
    ['A=1', /^A=1\nJWT_SECRET_KEY=[\w-]{43}\n$/],
  ])('gives %j a secret where it has none', async (before, after) => {
    write({ 'package.json': manifest({ hono: '*' }), '.env': before })
    await init()
    expect(read('.env')).toMatch(after)
  })

  it('leaves alone what is there', async () => {
    write({ 'package.json': manifest({ hono: '*' }), 'auth.js': 'mine', '.env': 'JWT_SECRET_KEY=mine' })
    await init()
    expect([read('auth.js'), read('.env')]).toEqual(['mine', 'JWT_SECRET_KEY=mine'])
  })

  it('is not held up by a bundle, a folder or a file in another encoding where the source could be', async () => {
    write({ 'package.json': manifest({ hono: '*' }), 'index.js': 'x'.repeat(2 ** 21), 'app.js/file': '' })
    writeFileSync(join(folder.path, 'server.js'), Buffer.from('// ö\nconst app = new Hono()', 'latin1'))
    expect(await init()).toContain('the file that creates the application')
  })

  it('asks first, and changes nothing without an answer', async () => {
    write({ 'package.json': manifest({ hono: '*' }) })
    const { exitCode, stdout, stderr } = await hallpass(['init'], { cwd: folder.path })
    expect([exitCode, stderr]).toEqual([
      64,
      'hallpass: Change package.json, auth.js, .env, .gitignore? Add --yes to confirm\n',
    ])
    expect(stdout).toContain('+JWT_SECRET_KEY=(32 random bytes)')
    expect(existsSync(join(folder.path, '.env'))).toBe(false)
  })

  const refused: [what: string, files: Files, framework: string | undefined, exitCode: number, says: RegExp][] = [
    ['no project', {}, undefined, 1, /no package.json here/],
    ['a manifest that cannot be read', { 'package.json': '{' }, undefined, 1, /is not a JSON object/],
    [
      'a folder where a file would be changed',
      { 'package.json': manifest({ hono: '*' }), '.env/a': '' },
      undefined,
      1,
      /\.env cannot be read: EISDIR$/m,
    ],
    ['a list for a manifest', { 'package.json': '[]' }, undefined, 1, /is not a JSON object/],
    [
      'no framework',
      { 'package.json': '{"type":"module"}' },
      undefined,
      1,
      /has none of express, fastify, hono, nest, next/,
    ],
    [
      'two frameworks',
      { 'package.json': manifest({ express: '*', hono: '*' }) },
      undefined,
      1,
      /express and hono: choose one/,
    ],
    ['another framework', { 'package.json': manifest({}) }, 'koa', 64, /must be one of express/],
    [
      'Cloudflare Workers by their configuration',
      { 'package.json': manifest({ hono: '*' }), 'wrangler.jsonc': '{}', 'src/index.ts': '' },
      undefined,
      1,
      /runs on Cloudflare Workers.*hallpass serve.*KeySet\.remote/,
    ],
    [
      'Cloudflare Workers by a package',
      { 'package.json': manifest({ next: '*', '@opennextjs/cloudflare': '*' }) },
      undefined,
      1,
      /runs on Cloudflare Workers/,
    ],
    [
      'Fastly Compute',
      { 'package.json': manifest({ hono: '*' }), 'fastly.toml': '' },
      undefined,
      1,
      /runs on Fastly Compute/,
    ],
    ['Hono in CommonJS', { 'package.json': '{"dependencies":{"hono":"*"}}' }, undefined, 1, /"type": "module"/],
    [
      'routes of another library',
      { 'package.json': '{"dependencies":{"next":"*"}}', 'app/api/auth/[...nextauth]/route.js': '' },
      undefined,
      1,
      /^hallpass: app\/api\/auth already exists/,
    ],
    [
      'NestJS on Fastify',
      { 'package.json': manifest({ '@nestjs/core': '*', '@nestjs/platform-fastify': '*' }), 'tsconfig.json': '{}' },
      undefined,
      1,
      /is for Express/,
    ],
    [
      'NestJS in JavaScript',
      { 'package.json': manifest({ '@nestjs/core': '*' }), 'src/main.js': '' },
      undefined,
      1,
      /^hallpass: This project is JavaScript/,
    ],
    [
      'two files that are not its own',
      { 'package.json': manifest({ hono: '*' }), 'auth.js': 'mine', 'hallpass.js': 'mine' },
      undefined,
      1,
      /^hallpass: hallpass.js already exists/,
    ],
  ]
  it.each(refused)('refuses %s in one line', async (_what, files, framework, exitCode, says) => {
    write(files)
    const flags = framework === undefined ? [] : ['--framework', framework]
    const finished = await hallpass(['init', '--yes', ...flags], { cwd: folder.path })
    expect([finished.exitCode, finished.stderr]).toEqual([exitCode, expect.stringMatching(says)])
    expect(finished.stderr.trimEnd().split('\n')).toHaveLength(1)
  })

  it('leaves alone a file that came to be while it asked', async () => {
    write({ 'package.json': manifest({ hono: '*' }) })
    let said = ''
    const stdout = new Writable({
      decodeStrings: false,
      write(text: string, _encoding, done) {
        if (text.includes('auth.js')) write({ 'auth.js': 'mine' })
        done()
      },
    })
    const stderr = new Writable({
      decodeStrings: false,
      write(text: string, _encoding, done) {
        said += text
        done()
      },
    })
    const stdin = Readable.from([])
    expect(await run(['init', '--yes'], { folder: folder.path, environment: {}, stdin, stdout, stderr })).toBe(1)
    expect(said).toMatch(/auth\.js cannot be written/)
    expect(read('auth.js')).toBe('mine')
  })
})
