import type { Context } from 'hono'
import { RequestError, TokenError } from '../../errors.ts'
import { readBytes } from '../../routes/http/read/body.ts'

/** What a person has filled in. */
export interface Form {
  /** The text of a field; empty if the form has no field of that name. */
  readonly text: (name: string) => string
  readonly isChecked: (name: string) => boolean
}

/**
 * Reads the form of a page. Only our own pages may post: a form of another site must neither change anything nor log a
 * user into an account of its own. Browsers state where a form comes from in `Sec-Fetch-Site`, older ones in `Origin`.
 * A request with neither is rejected.
 * @throws {TokenError} `cross_site_refused`
 * @throws {RequestError} `unsupported_media_type`, `form_invalid`, `body_too_large`
 */
export async function readOwnForm(c: Context, ownOrigin: string | undefined): Promise<Form> {
  if (!isFromOwnPage(c, ownOrigin)) throw new TokenError('cross_site_refused', 'Only forms of these pages are accepted')
  const type = c.req.header('content-type') ?? ''
  if (!/^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(type)) {
    throw new RequestError('unsupported_media_type', 'Send a form')
  }
  const fields = new URLSearchParams((await readBytes(c, 'form_invalid')).toString('utf8'))
  return { text: (name) => fields.get(name) ?? '', isChecked: (name) => fields.has(name) }
}

function isFromOwnPage(c: Context, ownOrigin: string | undefined): boolean {
  const site = c.req.header('sec-fetch-site')
  if (site !== undefined) return site === 'same-origin'
  const origin = c.req.header('origin')
  if (origin === undefined || !URL.canParse(origin)) return false
  return origin === ownOrigin || new URL(origin).host === c.req.header('host')
}
