import { createHash } from 'node:crypto'
import type { Hono } from 'hono'
import { accentsOf, type Brand } from './brand.ts'
import { passkeyScript } from './browser/passkeys.js'
import { pageScript } from './browser/script.js'
import { iconFile } from './view/icons.ts'
import { styleSheet } from './view/style.ts'

/** A file that pages load. Its URL contains a hash of its content, so browsers may cache it for good. */
interface Asset {
  readonly path: string
  readonly content: string | Uint8Array<ArrayBuffer>
  readonly type: string
}

export interface Assets {
  readonly style: Asset
  readonly script: Asset
  readonly passkeys: Asset
  readonly icon: Asset
  readonly logo: Asset | undefined
}

export function makeAssets({ color, logo }: Brand): Assets {
  const { accent, onAccent } = accentsOf(color).light
  return {
    style: asset('style.css', styleSheet(color), 'text/css; charset=utf-8'),
    script: asset('pages.js', `${named}(${pageScript})(${load})`, javaScript),
    passkeys: asset('passkeys.js', `${named}export const askForPasskey = (${passkeyScript})(${load})`, javaScript),
    icon: asset('icon.svg', iconFile(accent, onAccent), 'image/svg+xml'),
    logo: logo && asset(`logo.${logo.extension}`, logo.content, logo.type),
  }
}

/** Serves the files. If one is opened by itself, no script in it runs, even if it is an SVG logo with a script. */
export function serveAssets(pages: Hono, assets: Assets): void {
  for (const file of Object.values(assets) as (Asset | undefined)[]) {
    if (file === undefined) continue
    pages.get(file.path, (c) => {
      c.header('Cache-Control', 'public, max-age=31536000, immutable')
      c.header('Content-Type', file.type)
      c.header('X-Content-Type-Options', 'nosniff')
      c.header('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox")
      return c.body(file.content)
    })
  }
}

function asset(name: string, content: Asset['content'], type: string): Asset {
  const hash = createHash('sha256').update(content).digest('base64url').slice(0, 12)
  return { path: `/assets/${hash}/${name}`, content, type }
}

/**
 * Scripts are sent as the text of functions, because a bundled server would lack a separate file. Some bundlers insert
 * calls of `__name` into functions.
 */
const named = 'const __name = (named) => named;\n'
/** Written as text, because bundlers rewrite an `import()` in code. */
const load = '(address) => import(address)'
const javaScript = 'text/javascript; charset=utf-8'
