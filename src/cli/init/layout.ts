import { existsSync } from 'node:fs'
import { join as joinNative } from 'node:path'
import { join } from 'node:path/posix'
import { Failure } from '../failure.ts'
import type { Dialect } from './dialect.ts'
import { type Project, read } from './project.ts'

/** That of a file where there is none to go by. */
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

/** Whether the compiler allows imports of `.ts` files. Without a compiler, it does not matter. */
export function allowsTypeScriptNames({ tsconfig }: Project): boolean {
  const allowing = /"(?:allowImportingTsExtensions|rewriteRelativeImportExtensions)"\s*:\s*true/
  return tsconfig === undefined || allowing.test(tsconfig)
}

/** `auth`, unless there is such a file that is not of this. */
export function freeName({ folder }: Project, place: string, extension: string): string {
  const isFree = (name: string) =>
    read(folder, join(place, name + extension))?.includes('hallpass/auth') ??
    !existsSync(joinNative(folder, place, name))
  const name = ['auth', 'hallpass'].find(isFree)
  if (name === undefined) throw new Failure(`${join(place, `hallpass${extension}`)} already exists with other content`)
  return name
}
