import { JwtManager } from 'hallpass'
import { jwtRequired as onHono } from 'hallpass/hono'
import { testToken } from 'hallpass/testing'
import { jwtRequired as onWeb } from 'hallpass/web'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'

const jwt = new JwtManager({
  secret: 'a secret of more than thirty-two bytes, for tests alone',
  tokenLocation: ['headers', 'cookies', 'json'],
  csrfCheckForm: true,
})
const token = testToken(jwt, { identity: 'alice' })
const bearer = { authorization: `Bearer ${token}` }
const cookie = { cookie: `__Host-access_token=${token}` }
const json = { 'content-type': 'application/json' }
const form = { 'content-type': 'application/x-www-form-urlencoded' }
const [kilobyte, mebibyte] = [1024, 1024 * 1024]

type App = (request: Request) => Promise<Response>
/** The route of each app reads the body and answers its length. */
const apps: Readonly<Record<string, (locations: readonly ('headers' | 'cookies' | 'json')[]) => App>> = {
  Hono(locations) {
    const app = new Hono()
    app.post('/', onHono(jwt, { locations }), async (c) => c.text(`${(await c.req.text()).length}`))
    return async (request) => app.fetch(request)
  },
  'Request and Response': (locations) =>
    onWeb(jwt, { locations })(async (request) => new Response(`${(await request.text()).length}`)),
}

/** A body that arrives in chunks. It counts how many bytes were requested. */
function makeBody(
  bytes: number,
  begin = '',
): { readonly stream: ReadableStream<Uint8Array>; readonly read: () => number } {
  let sent = 0
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = new TextEncoder().encode(
        (sent === 0 ? begin : '').padEnd(Math.min(64 * kilobyte, bytes - sent), ' '),
      )
      sent += chunk.length
      controller.enqueue(chunk)
      if (sent >= bytes) controller.close()
    },
  })
  return { stream, read: () => sent }
}

function post(headers: Record<string, string>, body: string | ReadableStream): Request {
  return new Request('https://app.example/', { method: 'POST', headers, body, duplex: 'half' })
}

describe.each(Object.entries(apps))('a body on %s', (_name, make) => {
  it('is not read beyond the limit of a guard, whatever length it states', async () => {
    const rows: [headers: Record<string, string>, locations: ('headers' | 'cookies' | 'json')[], status: number][] = [
      [json, ['json'], 401],
      [{ ...json, 'content-length': '10' }, ['json'], 401],
      [json, ['headers', 'json'], 401],
      [{ ...form, ...cookie }, ['cookies'], 403],
      [{ 'content-type': 'multipart/form-data; boundary=x', ...cookie }, ['cookies'], 403],
    ]
    for (const [headers, locations, status] of rows) {
      const { stream, read } = makeBody(64 * mebibyte)
      expect((await make(locations)(post(headers, stream))).status, JSON.stringify(headers)).toBe(status)
      expect(read()).toBeLessThan(1.5 * mebibyte)
    }
  })

  it('is not read at all if it states a greater length', async () => {
    const { stream, read } = makeBody(2 * mebibyte)
    const headers = { ...json, 'content-length': `${2 * mebibyte}` }
    expect((await make(['json'])(post(headers, stream))).status).toBe(401)
    expect(read()).toBeLessThan(100 * kilobyte)
  })

  it('is complete for the route, whether the token is in it or elsewhere', async () => {
    const body = JSON.stringify({ access_token: token })
    const rows: [headers: Record<string, string>, locations: ('headers' | 'cookies' | 'json')[], bytes: number][] = [
      [json, ['json'], 300 * kilobyte],
      [{ ...json, ...bearer }, ['json', 'headers'], 3 * mebibyte],
      [{ ...json, ...bearer }, ['headers', 'json'], 3 * mebibyte],
    ]
    for (const [headers, locations, bytes] of rows) {
      const answer = await make(locations)(post(headers, makeBody(bytes, body).stream))
      expect([answer.status, await answer.text()], JSON.stringify(headers)).toEqual([200, `${bytes}`])
    }
    const csrf = `csrf_token=${jwt.getCsrfToken(token)}`
    const answer = await make(['cookies'])(post({ ...form, ...cookie }, csrf))
    expect([answer.status, await answer.text()]).toEqual([200, `${csrf.length}`])
  })

  it('that breaks off contains no token', async () => {
    const stream = new ReadableStream({
      pull(controller) {
        controller.error(new Error('gone'))
      },
    })
    expect((await make(['json'])(post(json, stream))).status).toBe(401)
  })
})

it('a body that another middleware of Hono has read is taken from its cache', async () => {
  const app = new Hono()
  app.use(async (c, next) => {
    await c.req.text()
    await next()
  })
  app.post('/json', onHono(jwt, { locations: 'json' }), (c) => c.text(c.var.jwt.identity))
  app.post('/form', onHono(jwt, { locations: 'cookies' }), (c) => c.text(c.var.jwt.identity))
  const send = async (path: string, headers: Record<string, string>, body: string) =>
    (await app.request(path, { method: 'POST', headers, body })).text()
  expect(await send('/json', json, JSON.stringify({ access_token: token }))).toBe('alice')
  expect(await send('/form', { ...form, ...cookie }, `csrf_token=${jwt.getCsrfToken(token)}`)).toBe('alice')
})
