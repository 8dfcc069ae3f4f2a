// Paths within a project are shown and written into imports, with forward slashes even on Windows.
import { dirname, extname, join, relative } from 'node:path/posix'
import { Failure } from '../../failure.ts'
import { type Change, type Plan, stepsIn } from './change.ts'
import {
  allowsTypeScriptNames,
  dialectOf,
  findEntry,
  freeName,
  hasAny,
  importEnding,
  usualExtension,
  usualPlace,
} from './layout.ts'
import { nestGuard, nestMain, nestRoute } from './nest-texts.ts'
import { nextConfig, nextConfigLine, nextFiles } from './next-texts.ts'
import { dependsOn, type Framework, type Project, read, readSource } from './project.ts'
import { fastifyPlugin, linesFor, openingFile, places, type ServerFramework } from './server-texts.ts'
import { addSecret, changeManifest, ignore, isInGit } from './surroundings.ts'

/**
 * Plans what to write, and what is left to the user. New files are written whole and never overwrite one. The user's
 * own sources are only read, to say where lines belong.
 * @param secret A new one, for `.env`.
 */
export function makePlan(
  project: Project,
  { version, secret }: { readonly version: string; readonly secret: string },
): Plan {
  const { changes, steps } = plans[project.framework](project)
  const all = [changeManifest(project, version), ...changes, addSecret(project, secret), ignore(project)]
  const kept = { where: 'In a terminal, because git tracks .env and the secret in it', lines: ['git rm --cached .env'] }
  return {
    changes: all.filter(({ before, after }) => before !== after),
    steps: [...steps, ...(isInGit(project, '.env') ? [kept] : [])],
  }
}

const plans: Readonly<Record<Framework, (project: Project) => Plan>> = {
  express: (project) => planServer(project, 'express'),
  fastify: (project) => planServer(project, 'fastify'),
  hono: (project) => planServer(project, 'hono'),
  nest: planNest,
  next: planNext,
}

/** A statement that creates an application. The first group is the variable's name. */
const making: Readonly<Record<ServerFramework | 'nest', RegExp>> = {
  express: madeBy(/(?:express|require\(['"]express['"]\))\(/),
  fastify: madeBy(/(?:await )?(?:[fF]astify|require\(['"]fastify['"]\))\(/),
  hono: madeBy(/new \w*Hono\b/),
  nest: madeBy(/await NestFactory\.create\b/),
}

function madeBy(call: RegExp): RegExp {
  return new RegExp(`^[ \\t]*(?:export )?(?:const|let|var) (\\w+)(?::[^=\\n]+)? = ${call.source}`, 'm')
}

/** The variable that a file uses for the application. */
function nameOf(text: string | undefined, framework: ServerFramework | 'nest'): string {
  const [made, another] = [...(text ?? '').matchAll(new RegExp(making[framework], 'gm'))]
  return (another === undefined && made?.[1]) || 'app'
}

function planServer(project: Project, framework: ServerFramework): Plan {
  const plugins = ['plugins', 'src/plugins'].find((place) => hasAny(project, place))
  // If plugins are loaded automatically, a single file is enough.
  if (framework === 'fastify' && plugins !== undefined && dependsOn(project, '@fastify/autoload')) {
    const extension = usualExtension(project)
    const file = join(plugins, freeName(project, plugins, extension) + extension)
    return { changes: [create(project, file, fastifyPlugin(dialectOf(project, extension)))], steps: [] }
  }
  const entry = findEntry(project, making[framework])
  const extension = entry === undefined ? usualExtension(project) : extname(entry)
  const dialect = dialectOf(project, extension)
  if (framework === 'hono' && !dialect.isModule) {
    throw new Failure(
      'This project is CommonJS, where Hono cannot await createAuth: set "type": "module" in package.json',
    )
  }
  const place = entry === undefined ? usualPlace(project) : dirname(entry)
  const name = freeName(project, place, extension)
  const file = join(place, name + extension)
  const text = entry === undefined ? undefined : readSource(project.folder, entry)
  const ending = importEnding(project, extension, text)
  const app = nameOf(text, framework)
  const steps = stepsIn(
    entry ?? `the file that creates the application (here, in the same folder as ${file})`,
    `after ${app} is created, ${places[framework]}`,
    linesFor(framework, dialect, `./${name}${ending}`, app),
  )
  const isAllowed = !ending.endsWith('ts') || allowsTypeScriptNames(project)
  const options = ['"allowImportingTsExtensions": true,', '"noEmit": true,']
  return {
    changes: [create(project, file, openingFile(framework, dialect))],
    steps: [
      ...(isImported(text, `./${name}`) ? [] : steps),
      ...(isAllowed ? [] : [{ where: 'In tsconfig.json, within compilerOptions', lines: options }]),
    ],
  }
}

/** Whether a file imports another, by whatever ending. If so, the lines were added before. */
function isImported(text: string | undefined, path: string): boolean {
  return new RegExp(`^(?!\\s*//).*['"]${path}(?:\\.[cm]?[jt]s)?['"]`, 'm').test(text ?? '')
}

function planNext(project: Project): Plan {
  const place = hasAny(project, 'app', 'pages') ? '.' : usualPlace(project)
  const extension = usualExtension(project)
  const name = freeName(project, join(place, 'lib'), extension)
  const aliases = project.tsconfig ?? read(project.folder, 'jsconfig.json') ?? ''
  const [, aliased] = /"@\/\*"\s*:\s*\[\s*"(?:\.\/)?([\w/]*?)\/?\*"/.exec(aliases) ?? []
  const isAliased = aliased !== undefined && join(aliased, '.') === place
  const from = (file: string) => (isAliased ? `@/lib/${name}` : relative(dirname(file), `lib/${name}`))
  const files = nextFiles(dialectOf(project, extension), { name, from })
  const routes = join(place, 'app/api/auth')
  if (hasAny(project, routes) && !hasAny(project, join(routes, '[...path]'))) {
    throw new Failure(`${routes} already exists, and hallpass would put its routes there: move it, and run this again`)
  }
  const config = ['ts', 'mts', 'mjs', 'js', 'cjs']
    .map((one) => `next.config.${one}`)
    .find((one) => hasAny(project, one))
  const text = config === undefined ? nextConfig : readSource(project.folder, config)
  const isConfigured = /serverExternalPackages[^\]]*['"]hallpass['"]/.test(text ?? '')
  return {
    changes: [
      ...Object.entries(files).map(([file, content]) => create(project, join(place, file), content)),
      ...(config === undefined ? [create(project, 'next.config.mjs', nextConfig)] : []),
    ],
    steps: isConfigured ? [] : [{ where: `In ${config}, within the configuration`, lines: [nextConfigLine] }],
  }
}

function planNest(project: Project): Plan {
  if (project.tsconfig === undefined) {
    throw new Failure('This project is JavaScript, and the guard for NestJS is TypeScript')
  }
  if (dependsOn(project, '@nestjs/platform-fastify')) {
    throw new Failure('The guard for NestJS is for Express, and this project uses Fastify')
  }
  const from = `./jwt.guard${importEnding(project, '.ts')}`
  const main = readSource(project.folder, 'src/main.ts')
  const app = nameOf(main, 'nest')
  const place = `after ${app} is created, after enableCors(), if it is called, and before it listens`
  const steps = [
    ...stepsIn('src/main.ts', place, nestMain(from, app)),
    ...stepsIn('a controller in src', 'in the class', nestRoute(from)),
  ]
  return {
    changes: [create(project, 'src/jwt.guard.ts', nestGuard)],
    steps: isImported(main, './jwt.guard') ? [] : steps,
  }
}

function create({ folder }: Project, file: string, text: string): Change {
  const before = read(folder, file)
  return { file, before, after: before ?? text }
}
