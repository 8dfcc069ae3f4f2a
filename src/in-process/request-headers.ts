import { optionInvalid } from '../errors.ts'
import type { RequestView } from '../guard/request/request-view.ts'

/** Headers of a request: `Headers`, `await headers()` of Next.js, or an object such as `request.headers` of `node:http`. */
export type RequestHeaders =
  | Pick<Headers, 'get'>
  | Readonly<Record<string, string | number | readonly string[] | undefined>>

/**
 * A request of which the application passes only the headers. It counts as one that changes nothing: whether a page may
 * make a change is for the framework to decide, which has the whole request.
 */
export function viewOfHeaders(headers: RequestHeaders): RequestView {
  return {
    method: 'GET',
    header: makeReader(headers),
    query: () => undefined,
    json: async () => undefined,
    formField: async () => undefined,
  }
}

function makeReader(headers: RequestHeaders): RequestView['header'] {
  if (typeof headers !== 'object' || headers === null) throw optionInvalid('Pass the headers of the request')
  if (isHeaders(headers)) return (name) => headers.get(name) ?? undefined
  const entries = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const)
  return function readHeader(name) {
    const values = entries.flatMap(([key, value]) => (key === name ? value : [])).filter(isText)
    return values.length === 0 ? undefined : values.join(name === 'cookie' ? '; ' : ', ')
  }
}

function isHeaders(headers: RequestHeaders): headers is Pick<Headers, 'get'> {
  return typeof headers.get === 'function'
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
