import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readText } from '../../../server/files/read-text.ts'
import { exitCodes, Failure } from '../../failure.ts'

export const frameworks = ['express', 'fastify', 'hono', 'nest', 'next'] as const

export type Framework = (typeof frameworks)[number]

/** An application that hallpass is added to, as far as its files describe it. */
export interface Project {
  readonly folder: string
  readonly manifest: Manifest
  readonly framework: Framework
  readonly packageManager: string
  /** The text of `tsconfig.json` without comments; `undefined` if there is none. */
  readonly tsconfig: string | undefined
}

export interface Manifest {
  readonly type?: string
  readonly main?: string
  readonly packageManager?: string
  readonly scripts?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

const packages: Readonly<Record<Framework, string>> = {
  express: 'express',
  fastify: 'fastify',
  hono: 'hono',
  nest: '@nestjs/core',
  next: 'next',
}

const lockFiles: readonly (readonly [file: string, manager: string])[] = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
]

/** Matches comments, and also strings, in which comment characters have no meaning. */
const remarks = /"(?:\\.|[^"\\])*"|\/\/.*|\/\*[\s\S]*?\*\//g

/** @throws {Failure} if there is no project, its framework is not supported, or the framework is not clear */
export function readProject(folder: string, wanted: string | undefined): Project {
  const manifest = readManifest(folder)
  refuseEdge(folder, manifest)
  return {
    folder,
    manifest,
    framework: frameworkOf(manifest, wanted),
    packageManager: managerOf(folder, manifest),
    tsconfig: read(folder, 'tsconfig.json')?.replace(remarks, (part) => (part.startsWith('"') ? part : '')),
  }
}

/** Platforms without a file system, native modules and long-running processes, all of which accounts need. */
const edges: readonly { readonly name: string; readonly files: readonly string[]; readonly packages: RegExp }[] = [
  {
    name: 'Cloudflare Workers',
    files: ['wrangler.toml', 'wrangler.json', 'wrangler.jsonc'],
    packages: /^(?:wrangler|@cloudflare\/(?:workers-types|vite-plugin|next-on-pages)|@opennextjs\/cloudflare)$/,
  },
  { name: 'Fastly Compute', files: ['fastly.toml'], packages: /^@fastly\/js-compute$/ },
]

/** @throws {Failure} if the generated code could not run on the project's platform */
function refuseEdge(folder: string, { dependencies, devDependencies }: Manifest): void {
  const packages = Object.keys({ ...dependencies, ...devDependencies })
  const edge = edges.find(
    (one) =>
      one.files.some((file) => existsSync(join(folder, file))) || packages.some((name) => one.packages.test(name)),
  )
  if (edge === undefined) return
  throw new Failure(
    `This project runs on ${edge.name}, which cannot host accounts: run hallpass serve elsewhere, and verify its tokens here with its public keys: new JwtManager({ keys: KeySet.remote('https://id.example/.well-known/jwks.json') })`,
  )
}

export function dependsOn({ manifest }: Project, name: string): boolean {
  return Object.hasOwn({ ...manifest.dependencies, ...manifest.devDependencies }, name)
}

/** The text of a file; `undefined` if it does not exist. @throws {Failure} if it cannot be read */
export function read(folder: string, file: string): string | undefined {
  const path = join(folder, file)
  try {
    return existsSync(path) ? readText(path) : undefined
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new Failure(code === undefined ? message : `${path} cannot be read: ${code}`)
  }
}

/**
 * The text of the user's own code, which is only searched. What cannot be read, such as a bundle of many megabytes, is
 * not what the user wrote.
 */
export function readSource(folder: string, file: string): string {
  try {
    return read(folder, file) ?? ''
  } catch {
    return ''
  }
}

function readManifest(folder: string): Manifest {
  const text = read(folder, 'package.json')
  if (text === undefined) throw new Failure('There is no package.json here: run this in your project folder')
  try {
    const manifest = JSON.parse(text)
    if (typeof manifest === 'object' && manifest !== null && !Array.isArray(manifest)) return manifest
  } catch {}
  throw new Failure('package.json is not a JSON object')
}

function frameworkOf({ dependencies, devDependencies }: Manifest, wanted: string | undefined): Framework {
  const known = frameworks.find((one) => one === wanted)
  if (known !== undefined) return known
  if (wanted !== undefined) throw new Failure(`--framework must be one of ${frameworks.join(', ')}`, exitCodes.usage)
  const has = { ...devDependencies, ...dependencies }
  const found = frameworks.filter((framework) => Object.hasOwn(has, packages[framework]))
  // NestJS and Next.js are built on one of the others.
  const upper = found.filter((one) => one === 'nest' || one === 'next')
  const [framework, another] = upper.length > 0 ? upper : found
  if (framework === undefined) {
    throw new Failure(
      `package.json has none of ${frameworks.join(', ')}. Install one, or run hallpass serve beside your app`,
    )
  }
  if (another !== undefined) throw new Failure(`package.json has ${found.join(' and ')}: choose one with --framework`)
  return framework
}

function managerOf(folder: string, { packageManager }: Manifest): string {
  const named = typeof packageManager === 'string' ? packageManager.split('@')[0] : undefined
  return named ?? lockFiles.find(([file]) => existsSync(join(folder, file)))?.[1] ?? 'npm'
}
