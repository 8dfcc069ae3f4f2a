import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Issuer } from '../../../test/issuer.ts'
import { type FetchedDocument, fetchDocument } from './fetch-document.ts'

const issuer = new Issuer()
let address = ''
beforeAll(async () => {
  address = await issuer.start()
})
afterAll(() => issuer.stop())

const fetchNow = (etag?: string): Promise<FetchedDocument> =>
  fetchDocument(address, etag, { seconds: 60, signal: new AbortController().signal })

describe('how long a key set is good for', () => {
  const cases: [control: string | undefined, seconds: number][] = [
    [undefined, 300],
    ['no-store', 300],
    ['max-age=600', 600],
    ['public, max-age=600, must-revalidate', 600],
    ['public,MAX-AGE=600', 600],
    ['max-age=5', 5],
    ['max-age=0', 5],
    ['max-age=86400', 86_400],
    ['max-age=86401', 86_400],
    ['s-maxage=600', 300],
    ['x-max-age=600', 300],
    ['max-age=600x', 300],
    ['max-age=-1', 300],
    ['max-age=9999999999', 300],
  ]
  it.each(cases)('Cache-Control %s: %i seconds', async (control, seconds) => {
    issuer.answer('{"keys":[]}', control === undefined ? {} : { 'cache-control': control })
    expect((await fetchNow()).lifetimeSeconds).toBe(seconds)
  })
})

describe('a key set', () => {
  it('is asked for by its tag once there is one', async () => {
    const tags: unknown[] = []
    issuer.handler = (request, response) => {
      tags.push(request.headers['if-none-match'])
      response.writeHead(tags.length === 1 ? 200 : 304, tags.length === 1 ? { etag: '"1"' } : {}).end()
    }
    expect(await fetchNow()).toMatchObject({ etag: '"1"', body: Buffer.alloc(0) })
    expect(await fetchNow('"1"')).toMatchObject({ etag: undefined, body: undefined })
    expect(tags).toEqual([undefined, '"1"'])
  })

  it('has at most 256 KiB', async () => {
    issuer.answer('x'.repeat(256 * 1024))
    expect((await fetchNow()).body).toHaveLength(256 * 1024)
    issuer.answer('x'.repeat(256 * 1024 + 1))
    await expect(fetchNow()).rejects.toThrow()
  })
})
