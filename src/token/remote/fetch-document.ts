import { boundedFetch, type Fetched } from '../../outbound/bounded-fetch.ts'

/** A document of another server, and how long it may be cached. */
export interface FetchedDocument {
  /** `undefined` if it still has the entity tag that was sent. */
  readonly body: Buffer | undefined
  readonly etag: string | undefined
  readonly lifetimeSeconds: number
}

const maxBytes = 256 * 1024
/** Limits for the `max-age` of `Cache-Control` (RFC 9111 section 5.2.2.1). */
const shortestSeconds = 5
const longestSeconds = 24 * 60 * 60
const fallbackSeconds = 300

/** Fetches a JWK Set. */
export async function fetchDocument(
  address: string,
  etag: string | undefined,
  limits: Pick<Fetched, 'seconds' | 'signal'>,
): Promise<FetchedDocument> {
  const accept = 'application/jwk-set+json, application/json'
  const { body, headers } = await boundedFetch(address, {
    what: 'keys',
    maxBytes,
    ...limits,
    headers: etag === undefined ? { accept } : { accept, 'if-none-match': etag },
  })
  return { body, etag: headers.get('etag') ?? undefined, lifetimeSeconds: lifetimeOf(headers) }
}

function lifetimeOf(headers: Headers): number {
  const control = headers.get('cache-control') ?? ''
  const [, maxAge] = /(?:^|[,\s])max-age=(\d{1,9})(?:$|[,\s])/i.exec(control) ?? []
  const seconds = maxAge === undefined ? fallbackSeconds : Number(maxAge)
  return Math.min(Math.max(seconds, shortestSeconds), longestSeconds)
}
