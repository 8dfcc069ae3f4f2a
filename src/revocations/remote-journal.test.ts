import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Issuer } from '../../test/issuer.ts'
import { openRemoteJournal, type RemoteJournal } from './remote-journal.ts'

const page = { revocations: [], token_lives: [], now: 1_800_000_000_000, cursor: 'next', complete: true }
const entry = { kind: 'user', id: 'u', valid_from: 1_799_999_999_000, expires_at: 1_800_000_900_000 }

let server: Issuer
let journal: RemoteJournal
let url: string
let asked: { method?: string | undefined; url: URL; headers: NodeJS.Dict<string | string[]>; body: string }[]

beforeEach(async () => {
  server = new Issuer()
  asked = []
  url = (await server.start()).replace('jwks.json', 'auth/revocations')
  journal = openRemoteJournal({ url, clientId: 'shop:1', clientSecret: 'ä secret' })
})

afterEach(async () => {
  await journal.close()
  server.stop()
})

/** Every request from now on is answered with this, and noted. */
function answer(body: unknown): void {
  server.handler = async (request, response) => {
    const { method, headers } = request
    asked.push({ method, url: new URL(`${request.url}`, url), headers, body: await text(request) })
    response.end(JSON.stringify(body))
  }
}

describe('a page of another server’s journal', () => {
  it('is asked for with the credentials, all kinds, and where the last one ended', async () => {
    answer(page)
    await journal.read(0)
    await journal.read(2)
    journal.rewind()
    await journal.read(0)
    const kinds = 'token,session,user,key,disabled'
    expect(asked.map(({ method, url }) => [method, url.pathname, Object.fromEntries(url.searchParams)])).toEqual([
      ['GET', '/auth/revocations', { kinds, after: '', wait: '0' }],
      ['GET', '/auth/revocations', { kinds, after: 'next', wait: '2' }],
      ['GET', '/auth/revocations', { kinds, after: '', wait: '0' }],
    ])
    const credentials = Buffer.from('shop%3A1:%C3%A4%20secret').toString('base64')
    expect(asked[0]?.headers).toMatchObject({ authorization: `Basic ${credentials}`, accept: 'application/json' })
  })

  it('is read from the beginning after a rewind, whatever a read that began before it returns', async () => {
    answer({ ...page, cursor: 'end' })
    await journal.read(0)
    asked = []
    const [arrived, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    server.handler = async (request, response) => {
      const after = new URL(`${request.url}`, url).searchParams.get('after')
      asked.push({ method: request.method, url: new URL(`${request.url}`, url), headers: {}, body: '' })
      arrived.resolve()
      if (asked.length === 1) await held.promise
      response.end(JSON.stringify({ ...page, cursor: `${after}+`, complete: false }))
    }
    const early = journal.read(0)
    await arrived.promise
    journal.rewind()
    await journal.read(0)
    held.resolve()
    await early
    await journal.read(0)
    expect(asked.map((request) => request.url.searchParams.get('after'))).toEqual(['end', '', '+'])
  })

  it('is read, times as dates', async () => {
    const never = { ...entry, kind: 'key', id: 'k', valid_from: null }
    answer({ ...page, revocations: [entry, never], token_lives: [{ seconds: 900, since: 5 }], complete: false })
    const expiresAt = new Date(entry.expires_at)
    expect(await journal.read(0)).toMatchObject({
      revocations: [
        { kind: 'user', id: 'u', validFrom: entry.valid_from, expiresAt },
        { kind: 'key', id: 'k', validFrom: null, expiresAt },
      ],
      lives: [{ seconds: 900, since: 5 }],
      now: new Date(page.now),
      isComplete: false,
    })
  })

  const refused: [what: string, page: unknown][] = [
    ['no object', null],
    ['no list of revocations', { ...page, revocations: {} }],
    ['no cursor', { ...page, cursor: undefined }],
    ['a cursor of a number', { ...page, cursor: 5 }],
    ['no word whether it is the last', { ...page, complete: undefined }],
    ['no list of lives', { ...page, token_lives: undefined }],
    ['no time', { ...page, now: undefined }],
    ['a time that no date can express', { ...page, now: 1e300 }],
    ['a life of null', { ...page, token_lives: [null] }],
    ['a life without a length', { ...page, token_lives: [{ since: 0 }] }],
    ['a life without a beginning', { ...page, token_lives: [{ seconds: 900 }] }],
    ...[
      null,
      { ...entry, kind: 'device' },
      { ...entry, kind: undefined },
      { ...entry, id: 5 },
      { ...entry, valid_from: '5' },
      { ...entry, valid_from: -1 },
      { ...entry, valid_from: undefined },
      { ...entry, expires_at: null },
      { ...entry, expires_at: 8.64e15 + 1 },
    ].map((one): [string, unknown] => [`an entry ${JSON.stringify(one)}`, { ...page, revocations: [entry, one] }]),
  ]
  it.each(refused)('is refused as a whole, and asked for again, with %s', async (_what, unfit) => {
    answer(unfit)
    await expect(journal.read(0)).rejects.toThrow()
    answer(page)
    await journal.read(0)
    expect(asked.map(({ url }) => url.searchParams.get('after'))).toEqual(['', ''])
  })

  it('is read with any time to wait, in fractions of a second too', async () => {
    answer(page)
    // The maximum ages of 1.7 and 73 seconds lead to these.
    for (const waitSeconds of [0.68, 29.2]) expect(await journal.read(waitSeconds)).toMatchObject({ cursor: 'next' })
  })

  it('is read from a generation of 0 on', async () => {
    answer({ ...page, revocations: [{ ...entry, kind: 'session', valid_from: 0 }] })
    expect((await journal.read(0)).revocations).toHaveLength(1)
  })
})

describe('a token that the server judges', () => {
  const claims = { jti: 't', sid: 's', gen: 1, sub: 'u', iat: 5, exp: 6 }

  it.each([true, false])('is or is not revoked: %s', async (revoked) => {
    answer({ revoked })
    expect(await journal.isRevoked({ ...claims, roles: ['admin'] } as typeof claims, { kid: 'k' })).toBe(revoked)
    const [{ method, url: address, headers, body } = expect.unreachable()] = asked
    expect([method, address.pathname, headers['content-type']]).toEqual([
      'POST',
      '/auth/revocations/check',
      'application/json',
    ])
    expect(headers.authorization).toMatch(/^Basic /)
    expect(JSON.parse(body)).toEqual({ ...claims, kid: 'k' })
  })

  it('is judged at the same address where that ends in a slash', async () => {
    answer({ revoked: false })
    await openRemoteJournal({ url: `${url}/`, clientId: 'shop', clientSecret: 'secret' }).isRevoked(claims, {})
    expect(asked[0]?.url.pathname).toBe('/auth/revocations/check')
  })

  it.each([{}, { revoked: 'false' }, { revoked: 0 }, { revoked: null }])('is not let in by %j', async (unfit) => {
    answer(unfit)
    await expect(journal.isRevoked(claims, {})).rejects.toThrow()
  })
})
