import { readFile, stat } from 'node:fs/promises'
import { optionInvalid } from '../errors.ts'
import type { Logo } from './brand.ts'
import { makePages, type Pages, type PagesOptions } from './index.ts'

/** The pages as `createAuth` is configured. */
export interface PagesSetup extends Omit<PagesOptions, 'brand'> {
  readonly brandName: string
  readonly brandColor: string
  readonly brandLogo?: string | undefined
}

/** @throws {ConfigurationError} `option_invalid` for a logo that cannot be used */
export async function openPages({
  brandName: name,
  brandColor: color,
  brandLogo,
  ...setup
}: PagesSetup): Promise<Pages> {
  checkCookiePaths(setup)
  const logo = brandLogo === undefined ? undefined : await readLogo(brandLogo)
  return makePages({ ...setup, brand: { name, color, logo } })
}

/** Browsers would not send the pages what signs a person in. */
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
  const size = await stat(path).then(
    (found) => found.size,
    (error: NodeJS.ErrnoException) => {
      throw optionInvalid(`brandLogo: cannot read ${path}: ${error.code}`)
    },
  )
  if (type === undefined) throw optionInvalid(`brandLogo: ${path} is not an SVG, PNG or WebP file`)
  if (size > maxLogoBytes) throw optionInvalid(`brandLogo: ${path} has more than ${maxLogoBytes} bytes`)
  return { content: new Uint8Array(await readFile(path)), extension, type }
}
