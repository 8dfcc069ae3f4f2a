import { existsSync } from 'node:fs'
import { join as joinNative } from 'node:path'
// Paths within a project are written into imports and shown, with the slashes that they have there, on Windows too.
import { extname, join, normalize } from 'node:path/posix'
import { Failure } from '../../failure.ts'
import type { Dialect } from './dialect.ts'
import { type Project, read } from './project.ts'

const extensions = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs']
/** Files in which an application is usually made. */
const entries = ['src/index', 'src/app', 'src/server', 'src/main', 'index', 'app', 'server', 'main']

/** The extension of a file where there is none to go by. */
export function usualExtension({ tsconfig }: Project): string {
  return tsconfig === undefined ? '.js' : '.ts'
}

/** The folder of such a file. */
export function usualPlace(project: Project): string {
  return hasAny(project, 'src') ? 'src' : '.'
}

export function hasAny({ folder }: Project, ...paths: readonly string[]): boolean {
  return paths.some((path) => existsSync(joinNative(folder, path)))
}

/** How a file with this extension is written. */
export function dialectOf({ manifest }: Project, extension: string): Dialect {
  const kind = extension.replace(/[jt]s$/, '')
  return {
    isTypeScript: extension.endsWith('ts'),
    isModule: kind === '.m' || (kind === '.' && manifest.type === 'module'),
  }
}

/**
 * How a file names another one of its own extension: as `sibling`, the text of one beside it, does. TypeScript names what
 * it will be compiled to, unless it runs as it is.
 */
export function importEnding(project: Project, extension: string, sibling = ''): string {
  if (!dialectOf(project, extension).isModule && !extension.startsWith('.c')) return ''
  const compiled = extension.replace('ts', 'js')
  const [, named] = /from ['"]\.\.?\/[^'"]*?(\.[cm]?[jt]s)['"]/.exec(sibling) ?? []
  if (named !== undefined) return named.endsWith('ts') ? extension : compiled
  return isCompiled(project) ? compiled : extension
}

/** Whether something makes JavaScript of TypeScript, or understands the names that it will have. Node alone does not. */
function isCompiled(project: Project): boolean {
  const { tsconfig, manifest } = project
  if (tsconfig === undefined || allowsTypeScriptNames(project)) return false
  const scripts = Object.values(manifest.scripts ?? {}).join('\n')
  return /"outDir"/.test(tsconfig) || /\b(?:tsc|tsx|ts-node|tsup|tsdown|esbuild|swc|vite|nest|next)\b/.test(scripts)
}

/** Whether the compiler accepts imports of `.ts` files. Without a tsconfig.json there is no compiler to ask. */
export function allowsTypeScriptNames({ tsconfig }: Project): boolean {
  const allowing = /"(?:allowImportingTsExtensions|rewriteRelativeImportExtensions)"\s*:\s*true/
  return tsconfig === undefined || allowing.test(tsconfig)
}

/** `auth`, unless there is such a file or folder of the user's. */
export function freeName(project: Project, place: string, extension: string): string {
  const isFree = (name: string) => {
    const path = join(place, name)
    const own = read(project.folder, path + extension)
    if (own !== undefined) return own.includes('hallpass/auth')
    return !hasAny(project, path, ...[...extensions, '.tsx', '.jsx'].map((other) => path + other))
  }
  const name = ['auth', 'hallpass'].find(isFree)
  if (name === undefined) throw new Failure(`${join(place, `hallpass${extension}`)} already exists with other content`)
  return name
}

/** The file that makes the application: the one that `package.json` names, or one by a usual name. */
export function findEntry({ folder, manifest, tsconfig = '' }: Project, making: RegExp): string | undefined {
  const [, outDir = 'dist'] = /"outDir"\s*:\s*"(?:\.\/)?([^"/]+)/.exec(tsconfig) ?? []
  // Neither what was compiled, nor what is someone else's.
  const isSource = (file: string) => ![outDir, 'dist', 'build', 'out', '..'].includes(file.split('/')[0] ?? '')
  const main = typeof manifest.main === 'string' ? [normalize(manifest.main.replaceAll('\\', '/'))] : []
  const usual = entries.flatMap((name) => extensions.map((extension) => name + extension))
  return [...main.filter(isSource), ...usual].find(
    (file) => extensions.includes(extname(file)) && making.test(read(folder, file) ?? ''),
  )
}
