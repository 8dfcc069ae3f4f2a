import type { Context } from 'hono'
import { checkClient } from '../../accounts/services/clients.ts'
import { RequestError } from '../../errors.ts'
import type { RegisteredClient } from '../../store/clients.ts'
import { readBytes } from './body.ts'
import type { RouteParts } from './endpoint.ts'

/** The form of a request, as OAuth's endpoints take it. */
export type Form = ReadonlyMap<string, string>

/**
 * Reads a form (RFC 6749 appendix B). A parameter that comes twice is refused (section 3.1).
 * @throws {RequestError} `unsupported_media_type`, `form_invalid`
 */
export async function readForm(c: Context, required: readonly string[]): Promise<Form> {
  if (
    !/^application\/x-www-form-urlencoded\s*(?:;\s*charset="?utf-8"?\s*)?$/i.test(c.req.header('content-type') ?? '')
  ) {
    throw new RequestError(
      'unsupported_media_type',
      'Send a form, with Content-Type: application/x-www-form-urlencoded',
    )
  }
  const entries = [...new URLSearchParams((await readBytes(c)).toString())]
  const form = new Map(entries)
  if (form.size < entries.length) throw new RequestError('form_invalid', 'A parameter is repeated')
  const missing = required.filter((name) => !form.get(name))
  if (missing.length > 0) throw new RequestError('form_invalid', `${missing.join(', ')} is missing`)
  return form
}

/**
 * The service that a request comes from: by HTTP Basic, or by `client_id` and `client_secret` in the form
 * (RFC 6749 section 2.3.1). `undefined` where it says nothing of itself.
 * @throws {RequestError} `invalid_client`, `form_invalid` for both at once
 */
export async function clientOfRequest(
  c: Context,
  parts: Pick<RouteParts, 'database'>,
  form: Form = new Map(),
): Promise<RegisteredClient | undefined> {
  const header = c.req.header('authorization')
  const id = form.get('client_id')
  const secret = form.get('client_secret')
  if (header !== undefined) {
    if (secret !== undefined) throw new RequestError('form_invalid', 'The client is identified in two ways: use one')
    return checkClient(parts, readBasic(header))
  }
  return id === undefined || secret === undefined ? undefined : checkClient(parts, { id, secret })
}

/** @throws {RequestError} `invalid_client`, also where the request says nothing of itself */
export async function requireClient(
  c: Context,
  parts: Pick<RouteParts, 'database'>,
  form?: Form,
): Promise<RegisteredClient> {
  const client = await clientOfRequest(c, parts, form)
  if (client === undefined) throw new RequestError('invalid_client', 'This endpoint requires client credentials')
  return client
}

function readBasic(header: string): { id: string; secret: string } {
  const [, encoded] = /^Basic +([A-Za-z0-9+/]+=*)$/i.exec(header) ?? []
  const text = Buffer.from(encoded ?? '', 'base64').toString()
  const colon = text.indexOf(':')
  if (colon < 0)
    throw new RequestError('invalid_client', 'The Authorization header does not contain client credentials')
  return { id: unescaped(text.slice(0, colon)), secret: unescaped(text.slice(colon + 1)) }
}

/** Both are encoded as in a form before they are joined; most clients leave that out, where it changes nothing. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
