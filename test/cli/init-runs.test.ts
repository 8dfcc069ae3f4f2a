import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, globSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, password } from '../nodes/node.ts'
import { freePort } from '../postgres.ts'
import { linkPackages } from '../server/bundle.ts'
import { makeFolder, post } from '../server/process.ts'
import { hallpass } from './hallpass.ts'
import { nextProgram, type Program, programs } from './init-programs.ts'

const root = new URL('../..', import.meta.url).pathname

/** A project that `hallpass init` was run in, with the lines added that it printed. */
interface Made {
  readonly program: Program
  readonly folder: string
  readonly port: number
  readonly printed: string
  readonly sources: Readonly<Record<string, string>>
}

describe('a project after hallpass init', () => {
  const base = makeFolder()
  const all: Made[] = []
  const running: ChildProcess[] = []
  beforeAll(async () => {
    const modules = join(base.path, 'node_modules')
    linkPackages(base.path, ['hono', '@hono', 'express', 'fastify', '@nestjs', 'reflect-metadata', 'rxjs', '@types'])
    mkdirSync(join(modules, 'next'))
    // Next.js is not installed. Of it the files use one function, which waits for a request.
    writeFileSync(join(modules, 'next/package.json'), '{"exports":{"./server":"./server.js"}}')
    writeFileSync(join(modules, 'next/server.js'), 'exports.connection = async () => {}\n')
    writeFileSync(join(modules, 'next/server.d.ts'), 'export function connection(): Promise<void>\n')
    for (const program of [...programs, nextProgram]) all.push(await make(program, base.path))
    await Promise.all(all.map(compile))
    for (const { program, folder } of all) {
      const file =
        program.compiled === undefined
          ? program.entry
          : `dist/${program.entry.replace(/^src\//, '').replace('.ts', '.js')}`
      // Next.js reads .env by itself.
      const args = [...(program.bundled ? ['--env-file=.env'] : []), file]
      running.push(spawn(process.execPath, args, { cwd: folder, stdio: 'inherit' }))
    }
  })
  afterAll(() => {
    for (const child of running) child.kill('SIGKILL')
    base.remove()
  })

  it('type-checks', () => {
    const isBuilt = existsSync(join(root, 'dist/index.d.ts'))
    const compilerOptions = {
      // As bundlers name files, which is what Next.js does. What Node makes of the names, the next test shows.
      module: 'preserve',
      target: 'es2024',
      strict: true,
      noEmit: true,
      allowImportingTsExtensions: true,
      experimentalDecorators: true,
      skipLibCheck: true,
      // The sources, where there is no dist: checking them takes three quarters of the time.
      ...(!isBuilt && { customConditions: ['hallpass-source'] }),
      types: ['node'],
    }
    const files = all.flatMap(({ folder, sources }) => Object.keys(sources).map((file) => join(folder, file)))
    writeFileSync(
      join(base.path, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions,
        files: files.filter((file) => file.endsWith('.ts')),
        include: isBuilt ? [] : [join(root, 'src/**/*.d.ts')],
      }),
    )
    const tsc = join(root, 'node_modules/.bin/tsc')
    const options = { encoding: 'utf8', env: { ...process.env, GOGC: 'off' } } as const
    expect(said(() => execFileSync(tsc, ['--checkers', '1', '--project', base.path], options))).toBe('')
  })

  it.each([...programs, nextProgram])('runs, and protects a route: $what', async (program) => {
    const { folder, port, printed } = all.find((one) => one.program === program) as Made
    const url = `http://127.0.0.1:${port}`
    const api = program.api ?? ''
    expect(await eventually(async () => (await fetch(`${url}/`)).text())).toBe('hi')
    expect((await fetch(`${url}${api}/protected`)).status).toBe(401)
    expect((await post(`${url}${api}/auth/register`, { username: 'alice', password })).status).toBe(201)
    const { body } = await post(`${url}${api}/auth/login`, { username: 'alice', password })
    const headers = { authorization: `Bearer ${body.access_token}` }
    const answer = await fetch(`${url}${api}/protected`, { headers })
    expect(await answer.json()).toEqual({ msg: expect.stringMatching(/^Hello, .+!$/) })
    // The application's own parser would answer this one with a stack.
    const malformed = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a' }
    const refusal = await fetch(`${url}${api}/auth/login`, malformed)
    expect([refusal.status, await refusal.json()]).toEqual([400, { code: 'invalid_json', msg: expect.any(String) }])

    const [, secret = ''] = /^JWT_SECRET_KEY=(.+)$/m.exec(readFileSync(join(folder, '.env'), 'utf8')) ?? []
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
    expect(printed).not.toContain(secret)
    expect(printed).toMatch(/^Done. Now: npm install$/m)
    expect(statSync(join(folder, '.env')).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(folder, '.gitignore'), 'utf8')).toBe('node_modules\n.env\napp.db*\n')
    expect(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).dependencies.hallpass).toMatch(/^\^\d/)
  })

  it.each([...programs, nextProgram])('is left as it is by a second run: $what', async (program) => {
    const { folder } = all.find((one) => one.program === program) as Made
    const before = contents(folder)
    expect(await printedBy(folder)).toBe('Everything is in place already\n')
    expect(contents(folder)).toEqual(before)
  })
})

async function make(program: Program, base: string): Promise<Made> {
  const folder = join(base, program.what.replace(/\W+/g, '-'))
  const port = await freePort()
  const isModule = !program.text.includes('require(') && /\.[jt]s$/.test(program.entry)
  const dependencies = { [program.dependency]: '*' }
  const manifest = { ...(isModule && { type: 'module' }), main: program.entry, dependencies, ...program.manifest }
  const files = {
    'package.json': JSON.stringify(manifest),
    '.gitignore': 'node_modules',
    [program.entry]: program.text.replace('3000', `${port}`),
    ...program.files,
  }
  for (const [file, text] of Object.entries(files)) write(join(folder, file), text)
  const untouched = contents(folder)
  const printed = await printedBy(folder)
  for (const [file, text] of Object.entries(untouched)) {
    if (!['package.json', '.gitignore'].includes(file))
      expect([file, readFileSync(join(folder, file), 'utf8')]).toEqual([file, text])
  }
  follow(program, folder, printed)
  return { program, folder, port, printed, sources: contents(folder) }
}

/** Does what is printed: each part names a file, a place in it, and the lines. */
function follow({ after, classOf }: Program, folder: string, printed: string): void {
  const steps = [...printed.matchAll(/^In (.+?), (.+):\n\n((?:.+\n)+)/gm)]
  expect(steps.length > 0).toBe(after !== '')
  for (const [, named = '', place = '', lines = ''] of steps) {
    const file = join(folder, named === 'a controller in src' ? (classOf?.file ?? '') : named)
    const text = readFileSync(file, 'utf8')
    const anchor = place === 'in the class' ? classOf?.line : after
    if (place.startsWith('at the top')) {
      const at = text.search(/^(?:import|(?:const|let|var) .*require\()/m)
      write(file, text.slice(0, at) + lines + text.slice(at))
    } else {
      expect(text.split(`${anchor}\n`)).toHaveLength(2)
      write(
        file,
        text.replace(`${anchor}\n`, (found) => found + lines),
      )
    }
  }
}

/** As `tsc`, `nest build` or `next build` would, without another look at types. */
async function compile({ program, folder, sources }: Made): Promise<void> {
  if (program.compiled === undefined) return
  const entryPoints = Object.keys(sources).filter((file) => file.endsWith('.ts') && !file.endsWith('.config.ts'))
  await build({
    absWorkingDir: folder,
    entryPoints: program.bundled ? [program.entry] : entryPoints,
    bundle: program.bundled ?? false,
    ...(program.bundled && { packages: 'external' }),
    outbase: program.bundled ? '.' : 'src',
    outdir: 'dist',
    platform: 'node',
    format: program.compiled,
    logLevel: 'warning',
  })
}

async function printedBy(folder: string): Promise<string> {
  return (await hallpass(['init', '--yes'], { cwd: folder })).stdout
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

/** The files that a person or `hallpass init` wrote. */
function contents(folder: string): Record<string, string> {
  const files = globSync(['**/*.{js,cjs,mjs,ts,json}', '.env', '.gitignore'], { cwd: folder, exclude: ['dist/**'] })
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(folder, file), 'utf8')]))
}

function said(compiler: () => string): string {
  try {
    return compiler()
  } catch (error) {
    return String((error as { stdout: string }).stdout)
  }
}
