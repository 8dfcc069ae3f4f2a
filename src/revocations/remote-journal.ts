import { boundedFetch, type Fetched } from '../outbound/bounded-fetch.ts'
import type { RevocableClaims } from './judge.ts'
import type { RemoteRevocationsOptions } from './remote-options.ts'
import { type JournalEntry, type JournalPage, revocationKinds, type TokenLife } from './revocation.ts'
import type { RevocationSource } from './revocation-feed.ts'

/** Far more than a page of the server has, which is 2,000 entries. */
const maxBytes = 8 * 1024 * 1024
const marginSeconds = 3

/** The journal of a hallpass server. */
export interface RemoteJournal extends RevocationSource {
  /** Asks the server about a token that the journal does not cover. */
  isRevoked(claims: RevocableClaims, header: { readonly kid?: unknown }): Promise<boolean>
}

/**
 * Reads the journal over HTTP by long polling: each request waits a while for new entries, and the next one follows at
 * once.
 */
export function openRemoteJournal(options: RemoteRevocationsOptions): RemoteJournal {
  // Both are present: a manager rejects options without credentials.
  const { clientId = '', clientSecret = '' } = options
  const credentials = [clientId, clientSecret].map(encodeURIComponent).join(':')
  const headers = { accept: 'application/json', authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }
  const closing = new AbortController()
  let cursor = ''
  let rewinds = 0

  async function ask(address: URL, sent: Pick<Fetched, 'headers' | 'body' | 'seconds'>): Promise<string> {
    const { signal } = closing
    return `${(await boundedFetch(address, { what: 'revocations', maxBytes, signal, ...sent })).body}`
  }
  return {
    async read(waitSeconds) {
      const begun = rewinds
      const address = new URL(options.url)
      address.searchParams.set('kinds', revocationKinds.join(','))
      address.searchParams.set('after', cursor)
      address.searchParams.set('wait', String(waitSeconds))
      const page = readPage(await ask(address, { headers, seconds: waitSeconds + marginSeconds }))
      // A read that began before a rewind would continue where it was.
      if (begun === rewinds) cursor = page.cursor
      return page
    },
    async isRevoked({ jti, sid, gen, sub, iat, exp }, { kid }) {
      const address = new URL(options.url)
      address.pathname = `${address.pathname.replace(/\/$/, '')}/check`
      const answer = await ask(address, {
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ jti, sid, gen, sub, iat, exp, kid }),
        seconds: marginSeconds,
      })
      const { revoked } = JSON.parse(answer) as Record<string, unknown>
      if (typeof revoked !== 'boolean') throw unfit()
      return revoked
    },
    rewind() {
      cursor = ''
      rewinds++
    },
    // New entries arrive with the pending answer.
    listen() {},
    close: () => closing.abort(),
  }
}

/** Accepts a page only if all of it is valid, because a revocation that was not understood must not be skipped. */
function readPage(text: string): JournalPage & { readonly cursor: string } {
  const { revocations, now, token_lives, cursor, complete } = JSON.parse(text) as Record<string, unknown>
  if (!Array.isArray(revocations) || typeof cursor !== 'string' || typeof complete !== 'boolean') throw unfit()
  if (!Array.isArray(token_lives) || typeof now !== 'number') {
    throw new Error('The hallpass server is older than this package: upgrade it first')
  }
  return {
    revocations: revocations.map(readEntry),
    now: readTime(now),
    lives: token_lives.map(readLife),
    cursor,
    isComplete: complete,
  }
}

function readLife(life: unknown): TokenLife {
  const { seconds, since } = (life ?? {}) as Record<string, unknown>
  if (typeof seconds !== 'number' || typeof since !== 'number') throw unfit()
  return { seconds, since }
}

function readEntry(entry: unknown): JournalEntry {
  const { kind, id, valid_from, expires_at } = (entry ?? {}) as Record<string, unknown>
  const known = revocationKinds.find((one) => one === kind)
  const isValid = valid_from === null || (typeof valid_from === 'number' && valid_from >= 0)
  if (known === undefined || typeof id !== 'string' || !isValid || typeof expires_at !== 'number') throw unfit()
  return { kind: known, id, validFrom: valid_from as number | null, expiresAt: readTime(expires_at) }
}

/** A number that no date can express would become a date without a time, and its entry would be forgotten at once. */
function readTime(milliseconds: number): Date {
  const date = new Date(milliseconds)
  if (Number.isNaN(date.getTime())) throw unfit()
  return date
}

function unfit(): Error {
  return new Error('The answer to the request for revocations cannot be read')
}
