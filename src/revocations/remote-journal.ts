import type { RemoteRevocationsOptions } from './remote-options.ts'
import { type Revocation, revocationKinds } from './revocation.ts'
import type { RevocationSource } from './revocation-feed.ts'

/** A page has 10,000 entries at most. */
const maxBytes = 8 * 1024 * 1024
const marginSeconds = 3

/** The journal of a hallpass server, read over HTTP: each request waits a little for news, and the next follows at once. */
export function openRemoteJournal(options: RemoteRevocationsOptions): RevocationSource {
  const credentials = [options.clientId, options.clientSecret].map(encodeURIComponent).join(':')
  const headers = { accept: 'application/json', authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }
  const closing = new AbortController()
  let cursor = ''
  return {
    async read(waitSeconds) {
      const address = new URL(options.url)
      address.searchParams.set('after', cursor)
      address.searchParams.set('wait', String(waitSeconds))
      const response = await fetch(address, {
        headers,
        redirect: 'error',
        signal: AbortSignal.any([closing.signal, AbortSignal.timeout((waitSeconds + marginSeconds) * 1000)]),
      })
      const page = readPage(await readBody(response))
      cursor = page.cursor
      return page
    },
    // It is told by the answer that it waits for.
    listen() {},
    close: () => closing.abort(),
  }
}

async function readBody(response: Response): Promise<string> {
  if (!response.ok) {
    await response.body?.cancel()
    throw new Error(`The revocations were answered with ${response.status}`)
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > maxBytes) throw new Error(`The revocations have more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

/** All of it fits, or none is taken: a revocation that was not understood must not be passed over. */
function readPage(text: string): { revocations: Revocation[]; cursor: string; isComplete: boolean } {
  const { revocations, cursor, complete } = JSON.parse(text) as Record<string, unknown>
  if (!Array.isArray(revocations) || typeof cursor !== 'string' || typeof complete !== 'boolean') throw unfit()
  return { revocations: revocations.map(readEntry), cursor, isComplete: complete }
}

function readEntry(entry: unknown): Revocation {
  const { kind, id, valid_from, expires_at } = (entry ?? {}) as Record<string, unknown>
  const known = revocationKinds.find((one) => one === kind)
  const isValid = valid_from === null || (typeof valid_from === 'number' && valid_from >= 0)
  if (known === undefined || typeof id !== 'string' || !isValid || typeof expires_at !== 'number') throw unfit()
  return { kind: known, id, validFrom: valid_from as number | null, expiresAt: new Date(expires_at) }
}

function unfit(): Error {
  return new Error('The revocations cannot be read')
}
