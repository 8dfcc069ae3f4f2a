import { globSync } from 'node:fs'
// Paths within a project are written into imports and shown, with the slashes that they have there, on Windows too.
import { dirname, extname, join, normalize, relative } from 'node:path/posix'
import { Failure } from '../failure.ts'
import type { Change } from './change.ts'
import type { Dialect } from './dialect.ts'
import { type Insertion, insertInto } from './insert.ts'
import {
  allowsTypeScriptNames,
  dialectOf,
  freeName,
  hasAny,
  importEnding,
  usualExtension,
  usualPlace,
} from './layout.ts'
import { parses } from './parses.ts'
import { dependsOn, type Framework, type Project, read } from './project.ts'
import { addSecret, changeManifest, ignore, isInGit } from './surroundings.ts'
import {
  fastifyPlugin,
  nestGuard,
  nestRoute,
  nestUse,
  nextFiles,
  openingFile,
  type ServerFramework,
  useOf,
} from './texts.ts'

export interface Plan {
  readonly changes: readonly Change[]
  /** What is left to do by hand, as lines of code. */
  readonly left: readonly string[]
}

/** Files in which an application is usually made. */
const entries = ['src/index', 'src/app', 'src/server', 'src/main', 'index', 'app', 'server', 'main']
const extensions = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs']

/**
 * What to write: never over a file that is there, and nothing twice.
 * @param secret A fresh one, for `.env`.
 */
export function makePlan(
  project: Project,
  { version, secret }: { readonly version: string; readonly secret: string },
): Plan {
  const { changes, left } = plans[project.framework](project)
  const kept = isInGit(project, '.env')
    ? ['git rm --cached .env, because git tracks the file and would commit the secret']
    : []
  const all = [changeManifest(project, version), ...changes, addSecret(project, secret), ignore(project)]
  return { changes: all.filter(({ before, after }) => before !== after), left: [...left, ...kept] }
}

const plans: Readonly<Record<Framework, (project: Project) => Plan>> = {
  express: (project) => planServer(project, 'express'),
  fastify: (project) => planServer(project, 'fastify'),
  hono: (project) => planServer(project, 'hono'),
  nest: planNest,
  next: planNext,
}

function planServer(project: Project, framework: ServerFramework): Plan {
  const plugins = ['plugins', 'src/plugins'].find((place) => hasAny(project, place))
  if (framework === 'fastify' && plugins !== undefined && dependsOn(project, '@fastify/autoload')) {
    return planPlugin(project, plugins)
  }
  const entry = findEntry(project, framework)
  const extension = entry === undefined ? usualExtension(project) : extname(entry)
  const dialect = dialectOf(project, extension)
  if (framework === 'hono' && !dialect.isModule) {
    throw new Failure(
      'This project is CommonJS, where Hono cannot await createAuth: set "type": "module" in package.json',
    )
  }
  const place = entry === undefined ? usualPlace(project) : dirname(entry)
  const name = freeName(project, place, extension)
  const before = entry === undefined ? undefined : read(project.folder, entry)
  const ending = importEnding(project, extension, before)
  const from = `./${name}${ending}`
  const use = useOf(framework, from, dialect)
  const opening = create(project, join(place, name + extension), openingFile(framework, dialect))
  const isDone = before !== undefined && opening.before !== undefined && before.includes(from)
  const after = isDone ? before : before && putInto(before, use, dialect)
  const isAllowed = !ending.endsWith('ts') || allowsTypeScriptNames(project)
  return {
    changes: [opening, ...(entry === undefined || after === undefined ? [] : [{ file: entry, before, after }])],
    left: [
      ...(after === undefined ? [...use.imports, ...use.lines('app')] : []),
      ...(isAllowed ? [] : ['in tsconfig.json: "allowImportingTsExtensions": true, "noEmit": true']),
    ],
  }
}

/**
 * The file with our lines: as it is where it has ours already, whatever became of them; `undefined` where there is no place
 * for them, where it has routes of its own by their paths, and where the result would not run.
 */
function putInto(before: string, use: Insertion, dialect: Dialect): string | undefined {
  if (/['"]hallpass\//.test(before)) return before
  if (/['"`]\/(?:auth|protected)['"`/]/.test(before)) return undefined
  const after = insertInto(before, use)
  return after !== undefined && (parses(after, dialect) || !parses(before, dialect)) ? after : undefined
}

/** Where plugins are loaded by themselves, a file is all there is to write. */
function planPlugin(project: Project, place: string): Plan {
  const extension = usualExtension(project)
  const name = freeName(project, place, extension)
  return {
    changes: [create(project, join(place, name + extension), fastifyPlugin(dialectOf(project, extension)))],
    left: [],
  }
}

/** Neither compiled files nor those of other projects. */
function isSource({ tsconfig = '' }: Project, file: string): boolean {
  const [, outDir = 'dist'] = /"outDir"\s*:\s*"(?:\.\/)?([^"/]+)/.exec(tsconfig) ?? []
  return ![outDir, 'dist', 'build', 'out', '..', ''].includes(file.split('/')[0] as string)
}

/** The file that `package.json` names, or one by a usual name, if an application is made in it. */
function findEntry(project: Project, framework: ServerFramework): string | undefined {
  const { folder, manifest } = project
  const usual = entries.flatMap((name) => extensions.map((extension) => name + extension))
  const main = typeof manifest.main === 'string' ? normalize(manifest.main.replaceAll('\\', '/')) : undefined
  const named = main !== undefined && isSource(project, main) ? [main] : []
  return [...named, ...usual].find((file) => {
    const use = useOf(framework, '', dialectOf(project, extname(file)))
    return extensions.includes(extname(file)) && insertInto(read(folder, file) ?? '', use) !== undefined
  })
}

function planNext(project: Project): Plan {
  const place = hasAny(project, 'app', 'pages') ? '.' : usualPlace(project)
  const extension = usualExtension(project)
  const name = freeName(project, join(place, 'lib'), extension)
  const aliases = project.tsconfig ?? read(project.folder, 'jsconfig.json') ?? ''
  const from = (file: string) => (aliases.includes('"@/*"') ? `@/lib/${name}` : relative(dirname(file), `lib/${name}`))
  const files = nextFiles(dialectOf(project, extension), { name, from })
  const routes = join(place, 'app/api/auth')
  if (hasAny(project, routes) && !hasAny(project, join(routes, '[...path]'))) {
    throw new Failure(`${routes} already exists, and hallpass would put its routes there`)
  }
  const config = ['next.config.ts', 'next.config.mjs', 'next.config.js'].find((file) => read(project.folder, file))
  const before = config === undefined ? undefined : (read(project.folder, config) as string)
  const line = "serverExternalPackages: ['hallpass']"
  const isThere = before?.includes('serverExternalPackages') ?? false
  const after = before?.replace(/((?:nextConfig|config)(?:: NextConfig)? = \{)\n?/, `$1\n  ${line},\n`)
  const changed = config !== undefined && after !== undefined && !isThere ? [{ file: config, before, after }] : []
  return {
    changes: [...Object.entries(files).map(([file, text]) => create(project, join(place, file), text)), ...changed],
    left: isThere || after !== before ? [] : [`${config ?? 'next.config.ts'}: ${line}`],
  }
}

function planNest(project: Project): Plan {
  if (project.tsconfig === undefined) {
    throw new Failure('This project is JavaScript, and the guard for NestJS is TypeScript')
  }
  if (dependsOn(project, '@nestjs/platform-fastify')) {
    throw new Failure('The guard for NestJS is for Express, and this project uses Fastify')
  }
  const use = nestUse(`./jwt.guard${importEnding(project, '.ts')}`)
  const before = read(project.folder, 'src/main.ts')
  const after = before && putInto(before, use, dialectOf(project, '.ts'))
  const isUsed = globSync('src/**/*.ts', { cwd: project.folder }).some((file) =>
    /^\s*@UseGuards\(JwtGuard\(/m.test(read(project.folder, file) ?? ''),
  )
  return {
    changes: [
      create(project, 'src/jwt.guard.ts', nestGuard),
      ...(after === undefined ? [] : [{ file: 'src/main.ts', before, after }]),
    ],
    left: [
      ...(after === undefined ? ['in src/main.ts:', ...use.imports, ...use.lines('app')] : []),
      ...(isUsed ? [] : ['in a controller:', nestRoute(`./jwt.guard${importEnding(project, '.ts')}`)]),
    ],
  }
}

function create({ folder }: Project, file: string, text: string): Change {
  const before = read(folder, file)
  return { file, before, after: before ?? text }
}
