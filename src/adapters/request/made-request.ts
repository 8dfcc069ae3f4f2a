import type { IncomingMessage } from 'node:http'

/**
 * Completes a request that Node did not parse: wrappers for Lambda and mocks of tests make one of what they have, without the
 * lines of its headers, with numbers among them, or without a stream. What reads requests further on relies on all three.
 * @returns Whether it is a stream.
 */
export function completeRequest(incoming: IncomingMessage): boolean {
  const { headers, rawHeaders } = incoming as { headers: IncomingMessage['headers']; rawHeaders?: unknown[] }
  const isWhole = rawHeaders?.every((one) => typeof one === 'string') && (rawHeaders.length > 0 || isEmpty(headers))
  if (!isWhole) setRawHeaders(incoming, linesFrom(headers))
  const isStream = typeof incoming.read === 'function' && typeof incoming.resume === 'function'
  // The listener looks here first, and some applications keep the body here themselves.
  const { rawBody } = incoming as { rawBody?: unknown }
  const body = Buffer.isBuffer(rawBody) ? undefined : bodyOf(incoming, isStream)
  if (body !== undefined) Object.assign(incoming, { rawBody: body })
  return isStream
}

/** Of a body that a parser has read, or that is there already; `undefined` of one that is still to come. */
function bodyOf(incoming: IncomingMessage, isStream: boolean): Buffer | undefined {
  if (incoming.readableDidRead || !isStream) return writtenAgain(incoming)
  if (!incoming.complete || incoming.readableEncoding !== null) return undefined
  // Not later: some wrappers end the stream as soon as the application has the request, and reading it then never ends.
  const chunks: Buffer[] = []
  for (let chunk = incoming.read(); chunk !== null; chunk = incoming.read()) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

/** The values of a header, line by line as they came. */
export function linesOf(rawHeaders: readonly string[] = [], name: string): string[] {
  const lines: string[] = []
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const rawName = rawHeaders[i] as string
    if (rawName.length === name.length && rawName.toLowerCase() === name) lines.push(rawHeaders[i + 1] as string)
  }
  return lines
}

/** Those of HTTP/2 are read through a getter. */
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

/** What a parser made of the body, as bytes once more. */
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
