import { z } from 'zod'
import { isPublicUrl } from '../core/settings/options.ts'
import type { SettingRows } from '../core/settings/setting.ts'

/** The pages to sign in and to manage an account, and how they look. */
export interface PageSettings {
  /**
   * Path of the pages, such as `/`, or the URL of your own pages, which mails then link to. `off` by default; `/` for
   * `hallpass serve`.
   */
  readonly pages: string
  /** Name on the pages. `hallpass` by default. */
  readonly brandName: string
  /** Colour of buttons and links on the pages, in hexadecimal. `#4353d6` by default. */
  readonly brandColor: string
  /** File of the logo on the pages: SVG, PNG or WebP, at most 100 kB. None by default. */
  readonly brandLogo?: string
}

export const pageSettings: SettingRows<PageSettings> = {
  pages: {
    about:
      'Path of the built-in pages to sign in and to manage an account; or the URL of your own pages, for links in mails; or off',
    unit: 'PATH|URL|off',
    schema: z
      .string()
      .refine(
        (text) => text === 'off' || isPath(text) || isPublicUrl(text),
        'must be a path such as /id that nothing else has, a URL, or off',
      ),
    default: 'off',
  },
  brandName: {
    about: 'Name on the pages',
    unit: 'TEXT',
    schema: z.string().regex(/^[^\p{C}]{1,64}$/u, 'must have 1 to 64 characters, and no control or invisible ones'),
    default: 'hallpass',
  },
  brandColor: {
    about: 'Colour of buttons and links on the pages',
    unit: 'TEXT',
    schema: z.string().regex(/^#[\da-f]{6}$/i, 'must be a colour such as #4353d6'),
    default: '#4353d6',
  },
  brandLogo: {
    about: 'File of the logo on the pages: SVG, PNG or WebP, at most 100 kB',
    unit: 'PATH',
    schema: z.string().regex(/\.(?:svg|png|webp)$/i, 'must be the path of an SVG, PNG or WebP file'),
  },
}

/** Path of our pages, such as `/` or `/id`; `undefined` if there are none. */
export function pagesPathOf({ pages }: Pick<PageSettings, 'pages'>): string | undefined {
  return isPath(pages) ? pages.replace(/(?<=.)\/$/, '') : undefined
}

/**
 * The URL that the links in mails begin with: of our pages, or of the application's own. Without either they lead to
 * `/auth/pages`, where an application can answer them.
 */
export function pagesUrlOf({ pages }: Pick<PageSettings, 'pages'>, base: string): string {
  return isPublicUrl(pages) ? pages : base + (pagesPathOf({ pages }) ?? '/auth/pages')
}

/** Paths that the server itself answers. */
const taken = /^\/(?:auth|docs|openapi\.json|\.well-known|healthz|readyz|metrics)(?:\/|$)/

/** Whether a path needs no encoding, and has no parameter or pattern of a router in it. */
function isPath(text: string): boolean {
  const isPlain = /^\/(?:[\w.~-]+(?:\/[\w.~-]+)*\/?)?$/.test(text)
  return isPlain && !/\/\.{1,2}(?:\/|$)/.test(text) && !taken.test(text)
}
