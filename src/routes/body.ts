import type { Context } from 'hono'
import type { z } from 'zod'
import { RequestError } from '../errors.ts'
import { parseStrictJson } from '../token/strict-json.ts'

/** Names, a password, a token: nothing here is longer. */
export const maxBodyBytes: number = 16 * 1024

/**
 * Reads the JSON body of a request.
 * @throws {RequestError} `unsupported_media_type`, `invalid_json`, and `invalid_request` with every member that does not fit
 */
export async function readBody<Schema extends z.ZodType>(c: Context, schema: Schema): Promise<z.output<Schema>> {
  const bytes = Buffer.from(await c.req.arrayBuffer())
  return checked(parse(c, bytes), schema)
}

/** The same, for routes that take a body and do without one: no body is an empty object. */
export async function readOptionalBody<Schema extends z.ZodType>(
  c: Context,
  schema: Schema,
): Promise<z.output<Schema>> {
  const bytes = Buffer.from(await c.req.arrayBuffer())
  return checked(bytes.length === 0 ? {} : parse(c, bytes), schema)
}

/** The type is demanded: a form of another site can send JSON as text, and cannot send it as JSON. */
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
  throw new RequestError('invalid_request', 'The body does not fit', { members })
}
