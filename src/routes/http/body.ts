import type { Context } from 'hono'
import type { z } from 'zod'
import { RequestError } from '../../errors.ts'
import { parseStrictJson } from '../../token/strict-json.ts'

/** Names, a password, a token: nothing here is longer. */
export const maxBodyBytes: number = 16 * 1024

/**
 * Reads the JSON body of a request.
 * @throws {RequestError} `unsupported_media_type`, `invalid_json`, and `invalid_request` with every member that does not fit
 */
export async function readBody<Schema extends z.ZodType>(c: Context, schema: Schema): Promise<z.output<Schema>> {
  return checked(parse(c, await readBytes(c)), schema)
}

/** The same, for routes that take a body and do without one: no body is an empty object. */
export async function readOptionalBody<Schema extends z.ZodType>(
  c: Context,
  schema: Schema,
): Promise<z.output<Schema>> {
  const bytes = await readBytes(c)
  return checked(bytes.length === 0 ? {} : parse(c, bytes), schema)
}

/**
 * Reads the body. Its stated length was checked before; what comes without one is counted as it comes.
 * @throws {RequestError} `body_too_large`; `invalid_request` where the client went away before it was through
 */
export async function readBytes(c: Context): Promise<Buffer> {
  try {
    return await readAll(c)
  } catch (error) {
    const { code, name } = error as NodeJS.ErrnoException
    if (code !== 'ECONNRESET' && name !== 'AbortError') throw error
    throw new RequestError('invalid_request', 'The body ended before it was complete')
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

/** What the client says of its body, which the server holds it to. */
export function statedLength(c: Context): number | undefined {
  const length = c.req.header('content-length')
  if (length === undefined || c.req.header('transfer-encoding') !== undefined) return undefined
  // Not a number is not a bound.
  return /^\d+$/.test(length) ? Number(length) : undefined
}

export function bodyTooLarge(): RequestError {
  return new RequestError('body_too_large', `The body has more than ${maxBodyBytes} bytes`)
}

/** The type is required: a form of another site can send JSON as text, but not as JSON. */
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

function checked<Schema extends z.ZodType>(value: unknown, schema: Schema): z.output<Schema> {
  const { success, data, error } = schema.safeParse(value)
  if (success) return data
  const members = error.issues.map(({ path, message }) => ({ member: path.join('.'), msg: message }))
  throw new RequestError('invalid_request', 'The body is invalid', { members })
}
