import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeGuardedFetch } from './guarded-fetch.ts'

describe('a guarded fetch', () => {
  let server: Server
  let base: string
  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === '/slow') return
      if (request.url === '/drips') {
        response.write('a')
        return
      }
      if (request.url === '/elsewhere') response.writeHead(302, { location: '/' })
      if (request.url === '/nothing') response.writeHead(204)
      response.end(request.url === '/long' ? 'x'.repeat(2000) : request.method)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  const fetchIt = makeGuardedFetch({ what: 'provider', maxBytes: 1000, milliseconds: 60_000 })
  const hasty = makeGuardedFetch({ what: 'provider', maxBytes: 1000, milliseconds: 50 })

  it('reads an answer within its limits, and follows no redirect', async () => {
    expect(await (await fetchIt(base, { method: 'POST', body: 'x' })).text()).toBe('POST')
    expect((await fetchIt(`${base}/elsewhere`, {})).status).toBe(302)
    expect(await (await fetchIt(`${base}/nothing`, {})).text()).toBe('')
  })

  it.each(['/slow', '/drips'])('ends within its time limit: %s', async (path) => {
    await expect(hasty(base + path, {})).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  it('fails if an answer is too large', async () => {
    await expect(fetchIt(`${base}/long`, {})).rejects.toThrow('more than 1000 bytes')
  })

  it.each([
    'http://provider.example',
    'file:///etc/passwd',
    'https://a:b@provider.example',
    'http://127.0.0.1.example',
  ])('does not ask %s', async (address) => {
    await expect(fetchIt(address, {})).rejects.toMatchObject({ code: 'option_invalid' })
  })
})
