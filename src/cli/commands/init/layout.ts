import { existsSync } from 'node:fs'
import { join as joinNative } from 'node:path'
// Paths within a project are shown and written into imports, with forward slashes even on Windows.
import { extname, join, normalize } from 'node:path/posix'
import { Failure } from '../../failure.ts'
import type { Dialect } from './dialect.ts'
import { type Project, read, readSource } from './project.ts'

const extensions = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs']
/** Files in which an application is usually created. */
const entries = ['src/index', 'src/app', 'src/server', 'src/main', 'index', 'app', 'server', 'main']

/** The extension of a new file if there is no other file to go by. */
export function usualExtension({ tsconfig }: Project): string {
  return tsconfig === undefined ? '.js' : '.ts'
}

/** The folder of a new file. */
export function usualPlace(project: Project): string {
  return hasAny(project, 'src') ? 'src' : '.'
}

export function hasAny({ folder }: Project, ...paths: readonly string[]): boolean {
  return paths.some((path) => existsSync(joinNative(folder, path)))
}

/** The dialect of a file with this extension. */
export function dialectOf({ manifest }: Project, extension: string): Dialect {
  const kind = extension.replace(/[jt]s$/, '')
  return {
    isTypeScript: extension.endsWith('ts'),
    isModule: kind === '.m' || (kind === '.' && manifest.type === 'module'),
  }
}

/**
 * The ending of an import from one file to another with the same extension. It follows `sibling`, the text of a
 * neighbouring file, if possible. TypeScript imports the compiled name, unless it runs without compilation.
 */
export function importEnding(project: Project, extension: string, sibling = ''): string {
  if (!dialectOf(project, extension).isModule && !extension.startsWith('.c')) return ''
  const compiled = extension.replace('ts', 'js')
  const [, named] = /from ['"]\.\.?\/[^'"]*?(\.[cm]?[jt]s)['"]/.exec(sibling) ?? []
  if (named !== undefined) return named.endsWith('ts') ? extension : compiled
  return isCompiled(project) ? compiled : extension
}

/** Whether a tool compiles the TypeScript, or resolves the names that it will have. Node alone does not. */
function isCompiled(project: Project): boolean {
  const { tsconfig, manifest } = project
  if (tsconfig === undefined || allowsTypeScriptNames(project)) return false
  const scripts = Object.values(manifest.scripts ?? {}).join('\n')
  return /"outDir"/.test(tsconfig) || /\b(?:tsc|tsx|ts-node|tsup|tsdown|esbuild|swc|vite|nest|next)\b/.test(scripts)
}

/** Whether imports of `.ts` files are allowed. Without a tsconfig.json there is no compiler to object. */
export function allowsTypeScriptNames({ tsconfig }: Project): boolean {
  const allowing = /"(?:allowImportingTsExtensions|rewriteRelativeImportExtensions)"\s*:\s*true/
  return tsconfig === undefined || allowing.test(tsconfig)
}

/** `auth`, unless the user has such a file or folder. */
export function freeName(project: Project, place: string, extension: string): string {
  const isFree = (name: string) => {
    const path = join(place, name)
    const own = read(project.folder, path + extension)
    if (own !== undefined) return own.includes('hallpass/auth')
    return !hasAny(project, path, ...[...extensions, '.tsx', '.jsx'].map((other) => path + other))
  }
  const name = ['auth', 'hallpass'].find(isFree)
  if (name === undefined)
    throw new Failure(
      `${join(place, `hallpass${extension}`)} already exists with other content: rename it, and run this again`,
    )
  return name
}

/** The file that creates the application: the one that `package.json` names, or one with a usual name. */
export function findEntry({ folder, manifest, tsconfig = '' }: Project, making: RegExp): string | undefined {
  const [, outDir = 'dist'] = /"outDir"\s*:\s*"(?:\.\/)?([^"/]+)/.exec(tsconfig) ?? []
  // Excludes compiled files and files outside of the project.
  const isSource = (file: string) => ![outDir, 'dist', 'build', 'out', '..'].includes(file.split('/')[0] ?? '')
  const main = typeof manifest.main === 'string' ? [normalize(manifest.main.replaceAll('\\', '/'))] : []
  const usual = entries.flatMap((name) => extensions.map((extension) => name + extension))
  return [...main.filter(isSource), ...usual].find(
    (file) => extensions.includes(extname(file)) && making.test(readSource(folder, file)),
  )
}
