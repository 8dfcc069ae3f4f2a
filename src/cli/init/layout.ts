import { existsSync } from 'node:fs'
import { join } from 'node:path'
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
  return paths.some((path) => existsSync(join(folder, path)))
}

/** How a file with this extension is written. */
export function dialectOf({ manifest }: Project, extension: string): Dialect {
  const kind = extension.replace(/[jt]s$/, '')
  return {
    isTypeScript: extension.endsWith('ts'),
    isModule: kind === '.m' || (kind === '.' && manifest.type === 'module'),
  }
}

/** How a file names another one of its own extension. TypeScript names what it will be, unless it runs as it is. */
export function importEnding(project: Project, extension: string): string {
  if (!dialectOf(project, extension).isModule && !extension.startsWith('.c')) return ''
  const { tsconfig = 'allowImportingTsExtensions' } = project
  const runsAsItIs = /ImportingTsExtensions|rewriteRelativeImport/.test(tsconfig)
  return runsAsItIs ? extension : extension.replace('ts', 'js')
}

/** `auth`, unless there is such a file that is not of this. */
export function freeName({ folder }: Project, place: string, extension: string): string {
  const isFree = (name: string) => read(folder, join(place, name + extension))?.includes('hallpass/auth') ?? true
  const name = ['auth', 'hallpass'].find(isFree)
  if (name === undefined)
    throw new Failure(`${join(place, `hallpass${extension}`)} is there already, and is something else`)
  return name
}
