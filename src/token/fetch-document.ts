/** A document of another server, and how long it is good for. */
export interface FetchedDocument {
  /** `undefined` where it has not changed since the tag that was sent. */
  readonly body: Buffer | undefined
  readonly etag: string | undefined
  readonly lifetimeSeconds: number
}

const maxBytes = 256 * 1024
/** Bounds of what `Cache-Control` says (RFC 9111 section 5.2.2.1). */
const shortestSeconds = 5
const longestSeconds = 24 * 60 * 60
const fallbackSeconds = 300
const notModified = 304

/** Fetches a JWK Set. A redirect is an error: it would be the way to another issuer. */
export async function fetchDocument(
  address: string,
  etag: string | undefined,
  signal: AbortSignal,
): Promise<FetchedDocument> {
  const response = await fetch(address, {
    redirect: 'error',
    headers: {
      accept: 'application/jwk-set+json, application/json',
      ...(etag !== undefined && { 'if-none-match': etag }),
    },
    signal,
  })
  const isUnchanged = response.status === notModified && etag !== undefined
  if (isUnchanged) await response.body?.cancel()
  return {
    body: isUnchanged ? undefined : await readBody(response),
    etag: response.headers.get('etag') ?? undefined,
    lifetimeSeconds: lifetimeOf(response),
  }
}

/** Stops reading where it is too much, whatever length was announced. */
async function readBody(response: Response): Promise<Buffer> {
  if (!response.ok) {
    await response.body?.cancel()
    throw new Error(`The request for keys was answered with status ${response.status}`)
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > maxBytes) throw new Error(`The keys have more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function lifetimeOf({ headers }: Response): number {
  const control = headers.get('cache-control') ?? ''
  const [, maxAge] = /(?:^|[,\s])max-age=(\d{1,9})(?:$|[,\s])/i.exec(control) ?? []
  const seconds = maxAge === undefined ? fallbackSeconds : Number(maxAge)
  return Math.min(Math.max(seconds, shortestSeconds), longestSeconds)
}
