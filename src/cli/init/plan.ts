import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { insertInto } from './insert.ts'
import { type Framework, type Project, read } from './project.ts'
import { nestGuard, nextRoutes, openAuth, type ServerFramework, useOf } from './texts.ts'

/** A file, as it is and as it will be. */
export interface Change {
  readonly file: string
  /** `undefined` where there is none yet. */
  readonly before: string | undefined
  readonly after: string
}

export interface Plan {
  readonly changes: readonly Change[]
  /** What is left to do by hand, as lines of code. */
  readonly left: readonly string[]
}

/** Files in which an application is usually made. */
const entries = ['src/index', 'src/app', 'src/server', 'src/main', 'index', 'app', 'server', 'main']

/**
 * What to write: never over a file that is there, and nothing twice.
 * @param secret A fresh one, for `.env`.
 */
export function makePlan(
  project: Project,
  { version, secret }: { readonly version: string; readonly secret: string },
): Plan {
  const { changes, left } = plans[project.framework](project)
  const all = [addDependency(project, version), ...changes, addSecret(project, secret), ...ignore(project)]
  return { changes: all.filter(({ before, after }) => before !== after), left }
}

const plans: Readonly<Record<Framework, (project: Project) => Plan>> = {
  express: (project) => planServer(project, 'express'),
  fastify: (project) => planServer(project, 'fastify'),
  hono: (project) => planServer(project, 'hono'),
  nest: planNest,
  next: planNext,
}

function planServer(project: Project, framework: ServerFramework): Plan {
  const { folder, isTypeScript, importsWith } = project
  const extension = isTypeScript ? '.ts' : '.js'
  const hasApp = (file: string) => insertInto(read(folder, file) ?? '', useOf(framework, '')) !== undefined
  const entry = entries.map((name) => name + extension).find(hasApp)
  const place = entry?.startsWith('src/') || (entry === undefined && existsSync(join(folder, 'src'))) ? 'src/' : ''
  const file = `${place}auth${extension}`
  const use = useOf(framework, `./auth${importsWith}`)
  const before = entry === undefined ? undefined : (read(folder, entry) as string)
  const after = before === undefined ? undefined : insertInto(before, use)
  return {
    changes: [
      create(project, file, openAuth),
      ...(entry === undefined || after === undefined ? [] : [{ file: entry, before, after }]),
    ],
    left: after === undefined ? [...use.imports, ...use.lines('app')] : [],
  }
}

function planNext(project: Project): Plan {
  const place = existsSync(join(project.folder, 'src/app')) ? 'src/' : ''
  const config = ['next.config.ts', 'next.config.mjs', 'next.config.js'].find((file) => read(project.folder, file))
  const before = config === undefined ? undefined : (read(project.folder, config) as string)
  const line = "serverExternalPackages: ['hallpass']"
  const isThere = before?.includes('serverExternalPackages') ?? false
  const after = before?.replace(/((?:nextConfig|config)(?:: NextConfig)? = \{)\n?/, `$1\n  ${line},\n`)
  const changed = config !== undefined && after !== undefined && !isThere ? [{ file: config, before, after }] : []
  return {
    changes: [...Object.entries(nextRoutes).map(([file, text]) => create(project, place + file, text)), ...changed],
    left: isThere || after !== before ? [] : [`next.config.ts: ${line}`],
  }
}

function planNest(project: Project): Plan {
  return {
    changes: [create(project, 'src/jwt.guard.ts', nestGuard)],
    left: [
      "src/main.ts:        app.use('/auth', authRoutes(await getAuth()))",
      'in a controller:    @UseGuards(JwtGuard()), and @Jwt() who: Authenticated',
    ],
  }
}

function create({ folder }: Project, file: string, text: string): Change {
  const before = read(folder, file)
  return { file, before, after: before ?? text }
}

function addDependency({ folder, manifest }: Project, version: string): Change {
  const before = read(folder, 'package.json') as string
  const [, indent = '  '] = /^([ \t]+)"/m.exec(before) ?? []
  const has = manifest.dependencies?.hallpass ?? manifest.devDependencies?.hallpass
  const dependencies = Object.fromEntries(
    Object.entries({ ...manifest.dependencies, hallpass: has ?? `^${version}` }).sort(([a], [b]) => (a < b ? -1 : 1)),
  )
  const after = has === undefined ? `${JSON.stringify({ ...manifest, dependencies }, null, indent)}\n` : before
  return { file: 'package.json', before, after }
}

function addSecret({ folder }: Project, secret: string): Change {
  const before = read(folder, '.env')
  const has = /^JWT_SECRET_KEY=/m.test(before ?? '')
  return { file: '.env', before, after: has ? (before as string) : `${withEnd(before)}JWT_SECRET_KEY=${secret}\n` }
}

/** The secret and the database are nobody else's. */
function ignore({ folder }: Project): Change[] {
  const before = read(folder, '.gitignore')
  if (before === undefined && !existsSync(join(folder, '.git'))) return []
  const ignored = (before ?? '').split('\n').map((line) => line.trim())
  const covers = { '.env': ['.env', '.env*', '/.env', '*.env'], 'app.db*': ['app.db*', '*.db', '*.db*'] }
  const missing = Object.entries(covers).filter(([, same]) => !same.some((line) => ignored.includes(line)))
  const after = missing.reduce((text, [line]) => `${withEnd(text)}${line}\n`, before ?? '')
  return [{ file: '.gitignore', before, after }]
}

function withEnd(text = ''): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}
