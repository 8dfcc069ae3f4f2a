import { readFile, stat } from 'node:fs/promises'
import { ConfigurationError, optionInvalid } from '../errors.ts'
import type { Logo } from './brand.ts'
import { makePages, type Pages, type PagesOptions } from './index.ts'

/** What is checked before anything is opened. */
export interface PagesSetup extends Pick<PagesOptions, 'path' | 'jwt'> {
  readonly brandName: string
  readonly brandColor: string
  readonly brandLogo?: string | undefined
}

/**
 * Checks the cookies of the pages, and reads the logo.
 * @returns Makes the pages once their parts are open.
 * @throws {ConfigurationError} `option_invalid`
 */
export async function preparePages({
  brandName: name,
  brandColor: color,
  brandLogo,
  path,
  jwt,
}: PagesSetup): Promise<(options: Omit<PagesOptions, 'brand' | 'path' | 'jwt'>) => Pages> {
  checkCookiePaths({ path, jwt })
  const brand = { name, color, logo: brandLogo === undefined ? undefined : await readLogo(brandLogo) }
  return (options) => makePages({ ...options, path, jwt, brand })
}

/**
 * Refuses cookie paths that do not include the pages: browsers would not send them the cookies that sign a person in.
 */
function checkCookiePaths({ path, jwt: { settings } }: Pick<PagesSetup, 'path' | 'jwt'>): void {
  for (const name of ['accessCookiePath', 'refreshCookiePath'] as const) {
    const cookiePath = settings[name].replace(/\/+$/, '')
    if (path !== cookiePath && !path.startsWith(`${cookiePath}/`)) {
      throw optionInvalid(`pages: with the ${name} ${settings[name]}, browsers send no cookie to ${path}`)
    }
  }
}

const logoTypes: Readonly<Record<string, string>> = { svg: 'image/svg+xml', png: 'image/png', webp: 'image/webp' }
const maxLogoBytes = 100 * 1024

async function readLogo(path: string): Promise<Logo> {
  const extension = path.slice(path.lastIndexOf('.') + 1).toLowerCase()
  const type = logoTypes[extension]
  if (type === undefined) throw optionInvalid(`brandLogo: ${path} is not an SVG, PNG or WebP file`)
  try {
    const found = await stat(path)
    if (!found.isFile()) throw optionInvalid(`brandLogo: ${path} is not a file`)
    if (found.size > maxLogoBytes) throw optionInvalid(`brandLogo: ${path} has more than ${maxLogoBytes} bytes`)
    return { content: new Uint8Array(await readFile(path)), extension, type }
  } catch (error) {
    if (error instanceof ConfigurationError) throw error
    throw optionInvalid(`brandLogo: cannot read ${path}: ${(error as NodeJS.ErrnoException).code}`)
  }
}
