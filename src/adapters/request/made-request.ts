import type { IncomingMessage } from 'node:http'

/**
 * Completes a request that Node did not parse. Wrappers for Lambda and test mocks build requests from what they have:
 * without raw header lines, with numbers as values, or without a stream. Everything that reads requests later relies on
 * all three.
 * @returns Whether the request is a stream.
 */
export function completeRequest(incoming: IncomingMessage): boolean {
  const { headers, rawHeaders } = incoming as { headers: IncomingMessage['headers']; rawHeaders?: unknown[] }
  const isWhole = rawHeaders?.every((one) => typeof one === 'string') && (rawHeaders.length > 0 || isEmpty(headers))
  if (!isWhole) setRawHeaders(incoming, linesFrom(headers))
  const isStream = typeof incoming.read === 'function' && typeof incoming.resume === 'function'
  // The listener reads this property first, and some applications set it themselves.
  const { rawBody } = incoming as { rawBody?: unknown }
  const body = Buffer.isBuffer(rawBody) ? undefined : bodyOf(incoming, isStream)
  if (body !== undefined) Object.assign(incoming, { rawBody: body })
  return isStream
}

/** The body, if a parser has read it or if it has arrived completely; `undefined` if it is still to come. */
function bodyOf(incoming: IncomingMessage, isStream: boolean): Buffer | undefined {
  if (incoming.readableDidRead || !isStream) return writtenAgain(incoming)
  if (!incoming.complete || incoming.readableEncoding !== null) return undefined
  // Read now, because some wrappers end the stream as soon as the application has the request, and a later read never
  // ends.
  const chunks: Buffer[] = []
  for (let chunk = incoming.read(); chunk !== null; chunk = incoming.read()) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

/** The values of a header, one for each line received. */
export function linesOf(rawHeaders: readonly string[] = [], name: string): string[] {
  const lines: string[] = []
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const rawName = rawHeaders[i] as string
    if (rawName.length === name.length && rawName.toLowerCase() === name) lines.push(rawHeaders[i + 1] as string)
  }
  return lines
}

/** Redefined, because HTTP/2 has a getter for it. */
export function setRawHeaders(incoming: IncomingMessage, value: readonly string[]): void {
  Object.defineProperty(incoming, 'rawHeaders', { value, configurable: true })
}

function linesFrom(headers: IncomingMessage['headers']): string[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().flatMap((one) => [name, String(one)]),
  )
}

function isEmpty(headers: object): boolean {
  return Object.keys(headers).length === 0
}

/** Serializes what a parser made of the body. */
function writtenAgain(incoming: IncomingMessage & { readonly body?: unknown }): Buffer {
  const { body, headers } = incoming
  if (Buffer.isBuffer(body)) return body
  if (typeof body === 'string') return Buffer.from(body)
  if (body === undefined) return Buffer.alloc(0)
  const isForm = /^application\/x-www-form-urlencoded/i.test(headers['content-type'] ?? '')
  const pairs = isForm && new URLSearchParams(Object.entries(body ?? {}).flatMap(fields))
  return Buffer.from(pairs ? pairs.toString() : JSON.stringify(body))
}

function fields([name, value]: [string, unknown]): [string, string][] {
  return [value].flat().map((one) => [name, String(one)])
}
