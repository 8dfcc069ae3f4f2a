import type { Context } from 'hono'
import { RequestError } from '../../../errors.ts'
import { readBytes } from './body.ts'

/**
 * Reads a form, as OAuth endpoints do (RFC 6749 appendix B). A repeated parameter is refused (section 3.1).
 * @throws {RequestError} `unsupported_media_type`, `form_invalid`, `body_too_large`
 */
export async function readForm(c: Context): Promise<Readonly<Record<string, string>>> {
  if (
    !/^application\/x-www-form-urlencoded\s*(?:;\s*charset="?utf-8"?\s*)?$/i.test(c.req.header('content-type') ?? '')
  ) {
    throw new RequestError(
      'unsupported_media_type',
      'Send a form, with Content-Type: application/x-www-form-urlencoded',
    )
  }
  const entries = [...new URLSearchParams((await readBytes(c, 'form_invalid')).toString())]
  const form = new Map(entries)
  if (form.size < entries.length) throw new RequestError('form_invalid', 'A parameter is repeated')
  return Object.fromEntries(form)
}
