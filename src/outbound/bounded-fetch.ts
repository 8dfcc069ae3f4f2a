/** What to fetch from another server, and within which limits. */
export interface Fetched {
  /** A plural for messages: `keys`. */
  readonly what: string
  readonly maxBytes: number
  /** Time limit of the whole request. A fraction is allowed. */
  readonly seconds: number
  /** Ends the request earlier. */
  readonly signal: AbortSignal
  readonly headers: Readonly<Record<string, string>>
  /** Sent by `POST`. Without it the request is a `GET`. */
  readonly body?: string
}

/** A successful answer, or the statement that nothing has changed since the given tag. */
export interface BoundedResponse {
  /** `undefined` if nothing has changed. */
  readonly body: Buffer | undefined
  readonly headers: Headers
}

const notModified = 304
/** Node would treat a longer time as one millisecond. */
const longestMilliseconds = 2 ** 31 - 1

/**
 * Fetches what decides who gets in. A redirect is an error, because it would lead to another server. Reading stops when
 * the answer is too large, whatever length it announced. An unsuccessful answer is an error.
 * @param address As `checkAddress` returned it.
 */
export async function boundedFetch(
  address: string | URL,
  { what, maxBytes, seconds, signal, headers, body }: Fetched,
): Promise<BoundedResponse> {
  const sent = body === undefined ? {} : { method: 'POST', body }
  const time = AbortSignal.timeout(Math.min(Math.ceil(seconds * 1000), longestMilliseconds))
  const response = await fetch(address, {
    redirect: 'error',
    headers,
    signal: AbortSignal.any([time, signal]),
    ...sent,
  })
  const isUnchanged = response.status === notModified && 'if-none-match' in headers
  if (!response.ok) await response.body?.cancel()
  if (isUnchanged) return { body: undefined, headers: response.headers }
  if (!response.ok) throw new Error(`The request for ${what} was answered with status ${response.status}`)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > maxBytes) throw new Error(`The ${what} have more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return { body: Buffer.concat(chunks), headers: response.headers }
}
