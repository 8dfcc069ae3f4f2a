import type { Context } from 'hono'
import { RequestError } from '../../../errors.ts'
import { parseStrictJson } from '../../../token/strict-json.ts'

/** Bodies contain names, a password or a token, and none of these is longer. */
export const maxBodyBytes: number = 16 * 1024

/**
 * Reads the JSON body of a request. If it is not required, a missing body is an empty object.
 * @throws {RequestError} `unsupported_media_type`, `invalid_json`, `body_too_large`
 */
export async function readJson(c: Context, { required }: { readonly required: boolean }): Promise<unknown> {
  const bytes = await readBytes(c, 'invalid_request')
  return bytes.length === 0 && !required ? {} : parse(c, bytes)
}

/**
 * Reads the body. A stated length was checked before; without one, the bytes are counted as they arrive.
 * @param incomplete The code for a client that disconnects before the end.
 * @throws {RequestError} `body_too_large`, and `incomplete`
 */
export async function readBytes(c: Context, incomplete: 'invalid_request' | 'form_invalid'): Promise<Buffer> {
  try {
    return await readAll(c)
  } catch (error) {
    const { code, name } = error as NodeJS.ErrnoException
    if (code !== 'ECONNRESET' && name !== 'AbortError') throw error
    throw new RequestError(incomplete, 'The body ended before it was complete')
  }
}

async function readAll(c: Context): Promise<Buffer> {
  if (statedLength(c) !== undefined) return Buffer.from(await c.req.arrayBuffer())
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of c.req.raw.body ?? []) {
    length += chunk.length
    if (length > maxBodyBytes) throw bodyTooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** The length that the client states, which the server holds it to. */
export function statedLength(c: Context): number | undefined {
  const length = c.req.header('content-length')
  if (length === undefined || c.req.header('transfer-encoding') !== undefined) return undefined
  // Text that is no number states no length.
  return /^\d+$/.test(length) ? Number(length) : undefined
}

export function bodyTooLarge(): RequestError {
  return new RequestError('body_too_large', `The body has more than ${maxBodyBytes} bytes`)
}

/** The media type is required: a form on another site can send JSON as text, but not as JSON. */
function parse(c: Context, bytes: Buffer): unknown {
  if (!/^application\/json\s*(?:;\s*charset="?utf-8"?\s*)?$/i.test(c.req.header('content-type') ?? '')) {
    throw new RequestError('unsupported_media_type', 'Send JSON, with Content-Type: application/json')
  }
  const encoding = c.req.header('content-encoding')
  if (encoding !== undefined && encoding !== 'identity') {
    throw new RequestError('unsupported_media_type', 'Send the body without a Content-Encoding')
  }
  return parseStrictJson(bytes, (why) => new RequestError('invalid_json', `The body cannot be read as JSON: ${why}`))
}
