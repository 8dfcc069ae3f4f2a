import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { openAccounts } from 'hallpass/auth'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RawRequest, sendRaw } from '../adapters/raw.ts'
import { eventually, type Node, password, startNode } from '../nodes/node.ts'
import { makeFolder } from '../server/process.ts'
import { page, startAskingProxy } from './asking.ts'
import { documented } from './documented.ts'
import { askHttp2, type Http2Headers } from './http2.ts'
import { proxyNames, type RunningProxy, startProxy } from './proxy.ts'
import { identity, type Line, spellings, written } from './spellings.ts'
import { almostPreflights, preflight, strangers } from './strangers.ts'
import { startWsgiApp, type WsgiApp } from './wsgi.ts'

const folder = makeFolder()
const running = new Map<string, RunningProxy>()
let app: WsgiApp
let node: Node
/** Tokens of a user without roles, and of one with two. */
let alice: string
let bob: string
let cookies: readonly string[]

beforeAll(async () => {
  const database = `sqlite:${join(folder.path, 'test.db')}`
  app = await startWsgiApp()
  node = await startNode(database, ['--trust-proxy', '1'], { HALLPASS_COOKIE_SECURE: 'false' })
  const accounts = await openAccounts({ database, passwords: { memoryKiB: 1024, passes: 1 } })
  await accounts.users.add({ username: 'alice', password })
  await accounts.users.add({ username: 'bob', password, roles: ['staff', 'ö,x'] })
  await accounts.close()
  alice = (await node.login('alice')).access_token
  bob = (await node.login('bob')).access_token
  const login = await node.send('/auth/login', { username: 'alice', password, cookies: true })
  cookies = login.headers.getSetCookie().map((cookie) => cookie.split(';')[0] as string)
  const behind = { hallpass: Number(new URL(node.url).port), app: app.port }
  await Promise.all(
    proxyNames.map(async (name) => running.set(name, await startAskingProxy(name, behind, folder.path))),
  )
})
afterAll(async () => {
  for (const proxy of running.values()) await proxy.stop()
  await app?.stop()
  await node?.stop()
  folder.remove()
})

const bearer = (token: string): Line => ['Authorization', `Bearer ${token}`]
const claims = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString())

describe.each(proxyNames)('%s, as docs/services.md configures it', (name) => {
  let port: number
  beforeAll(() => {
    port = (running.get(name) as RunningProxy).port
  })

  const ask = (headers: readonly Line[], request: Partial<RawRequest> = {}) =>
    sendRaw(port, { path: '/orders', headers, ...request })

  it('states the user, with roles and without', async () => {
    const none = identity((await ask([bearer(alice)])).body)
    const { sub, sid } = claims(alice)
    expect({ ...none, roles: none.roles ?? '' }).toEqual({ user: sub, session: sid, roles: '' })
    // Only nginx omits empty headers.
    expect(none.roles).toBe(name === 'nginx' ? undefined : '')
    const some = identity((await ask([bearer(bob)])).body)
    expect(some).toEqual({ user: claims(bob).sub, session: claims(bob).sid, roles: 'staff,%C3%B6%2Cx' })
  })

  it.each([
    ['a user', []],
    ['an anonymous preflight', preflight],
  ])('lets %s open no tunnel to the application', async (_what, headers) => {
    const isPreflight = headers.length > 0
    const sent: Line[] = [
      ['Connection', 'Upgrade'],
      ['Upgrade', 'other/1'],
      ...(isPreflight ? headers : [bearer(alice)]),
    ]
    const { status, body } = await ask(sent, isPreflight ? { method: 'OPTIONS' } : {})
    expect(status).toBe(200)
    expect(JSON.parse(body)).not.toHaveProperty('UPGRADE')
  })

  it.each(spellings)('lets no client set the headers: %s', async (_what, spell) => {
    const { status, body } = await ask([['X-First', 'a'], ...written.flatMap(spell), bearer(alice)])
    // A request that cannot be parsed may be refused. One that is passed on must state the real user.
    expect([200, 400]).toContain(status)
    if (status !== 200) return
    const { sub, sid } = claims(alice)
    const found = identity(body)
    expect({ ...found, roles: found.roles ?? '' }).toEqual({ user: sub, session: sid, roles: '' })
  })

  it.each(strangers)('rejects a request with %s, which does not reach the application', async (_what, headers) => {
    const before = app.received.length
    const answer = await ask(headers)
    expect(answer.status).toBe(401)
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer/)
    expect(app.received.length).toBe(before)
  })

  it('rejects two tokens in two lines, whichever is valid', async () => {
    const before = app.received.length
    const bad: Line = ['Authorization', 'Bearer x']
    for (const headers of [
      [bearer(alice), bad],
      [bad, bearer(alice)],
      [bearer(alice), bearer(bob)],
    ]) {
      expect([400, 401]).toContain((await ask(headers)).status)
    }
    expect(app.received.length).toBe(before)
  })

  it('makes hallpass log where a request really comes from, not what the client claims', async () => {
    const lies: Line[] = [
      ['X-Forwarded-For', '203.0.113.7'],
      ['Forwarded', 'for=203.0.113.7'],
      ['X-Real-IP', '203.0.113.7'],
      ['X-Request-Id', 'chosen-by-me'],
    ]
    expect((await ask([bearer(alice), ...lies])).status).toBe(200)
    await fetch(`${node.url}/after-${name}`)
    const log = await eventually(async () => {
      if (!node.output.stdout.includes(`/after-${name}`)) throw new Error('it is not logged yet')
      return node.output.stdout
    })
    expect(log).toContain('"path":"/auth/verify"')
    expect(log).not.toMatch(/203\.0\.113\.7|chosen-by-me/)
  })

  it('passes on the rest of a request', async () => {
    const posted = await ask([bearer(alice), ['Content-Type', 'text/plain']], { method: 'POST', body: 'a body' })
    expect([posted.status, JSON.parse(posted.body)]).toMatchObject([200, { BODY: 'a body', HOST: 'localhost' }])
    expect((await ask([bearer(alice)], { version: '1.0' })).status, 'HTTP/1.0 without Host').toBe(200)
    const others: (readonly Line[])[] = [
      [
        ['Connection', 'Upgrade'],
        ['Upgrade', 'websocket'],
        ['Sec-WebSocket-Version', '13'],
        ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
      ],
      [
        ['Range', 'bytes=0-1'],
        ['If-None-Match', '*'],
        ['If-Modified-Since', 'Thu, 01 Jan 2026 00:00:00 GMT'],
      ],
      [
        ['Accept-Encoding', 'gzip'],
        ['Accept', 'text/event-stream'],
        ['TE', 'trailers'],
      ],
      [['Cookie', `other=${'x'.repeat(6000)}`]],
    ]
    for (const headers of others) expect((await ask([bearer(alice), ...headers])).status, headers[0]?.[0]).toBe(200)
  })

  it('lets a preflight pass as anonymous', async () => {
    const spoofed = spellings.slice(0, 24).flatMap(([, spell]) => written.flatMap(spell))
    for (const headers of [preflight, [...preflight, ...spoofed.slice(0, 60)]]) {
      const answer = await ask(headers, { method: 'OPTIONS' })
      expect([answer.status, identity(answer.body)]).toEqual([200, {}])
      expect(app.received.at(-1)).toBe('OPTIONS')
    }
  })

  it.each(almostPreflights)('does not treat as a preflight: %s', async (_what, method, headers) => {
    const before = app.received.length
    expect((await ask(headers, { method })).status).toBe(401)
    expect(app.received.length).toBe(before)
  })

  describe('with cookies', () => {
    const cookie = (): Line => ['Cookie', cookies.join('; ')]
    const csrf = () => cookies.find((one) => /^[^=]*csrf_access/.test(one))?.split('=')[1] as string

    it('accepts those of a request that changes nothing', async () => {
      expect(cookies.length).toBeGreaterThan(0)
      for (const method of ['GET', 'HEAD']) expect((await ask([cookie()], { method })).status, method).toBe(200)
    })

    it.each(['POST', 'PUT', 'DELETE', 'PATCH'])('requires their CSRF value for the method %s', async (method) => {
      const length: Line = ['Content-Length', '0']
      expect((await ask([cookie(), length], { method })).status).toBe(403)
      expect((await ask([cookie(), length, ['X-CSRF-TOKEN', csrf()]], { method })).status).toBe(200)
      // Only the proxy may state the method.
      for (const lie of ['X-Original-Method', 'X-Forwarded-Method', 'X_Forwarded_Method', 'X-HTTP-Method-Override']) {
        expect((await ask([cookie(), length, [lie, 'GET']], { method })).status, lie).toBe(403)
        expect((await ask([cookie(), length, [lie, 'GET'], [lie, 'GET']], { method })).status, lie).toBe(403)
      }
    })

    it('rejects requests from pages of other sites', async () => {
      const headers: Line[] = [cookie(), ['Content-Length', '0'], ['X-CSRF-TOKEN', csrf()]]
      const cases: Line[] = [
        ['Sec-Fetch-Site', 'cross-site'],
        ['Origin', 'https://evil.example'],
      ]
      for (const line of cases) expect((await ask([...headers, line], { method: 'POST' })).status, line[1]).toBe(403)
      const own: Line[] = [
        ['Origin', 'https://app.example:8443'],
        ['X-Forwarded-Host', 'evil.example'],
      ]
      expect((await ask([...headers, ...own], { method: 'POST', host: 'app.example:8443' })).status).toBe(200)
    })
  })

  describe('over HTTP/2', () => {
    const ask2 = (headers: Http2Headers) => askHttp2((running.get(name) as RunningProxy).http2Port, headers)

    it('states the user, whatever the client claims', async () => {
      const { sub, sid } = claims(alice)
      for (const [, spell] of spellings.slice(0, 24)) {
        const lines = written.flatMap(spell).map(([line, value]) => [line.toLowerCase(), value])
        const [status, body] = await ask2({ ...Object.fromEntries(lines), authorization: `Bearer ${alice}` })
        const found = identity(body)
        expect([status, { ...found, roles: found.roles ?? '' }]).toEqual([200, { user: sub, session: sid, roles: '' }])
      }
      expect((await ask2({ 'x-auth-user': 'admin' }))[0]).toBe(401)
    })

    it('accepts cookies in several fields', async () => {
      expect((await ask2({ cookie: [...cookies] }))[0]).toBe(200)
      expect((await ask2({ ':method': 'DELETE', cookie: [...cookies] }))[0]).toBe(403)
    })
  })

  if (name === 'nginx') {
    it('lets no client request the check itself', async () => {
      expect((await sendRaw(port, { path: '/_verify', headers: [bearer(alice)] })).status).toBe(404)
    })

    it('serves a page of its own to users who are logged in', async () => {
      expect((await sendRaw(port, { path: '/page.html' })).status).toBe(401)
      const { access_token } = await node.login('alice')
      const shown = () => sendRaw(port, { path: '/page.html', headers: [bearer(access_token)] })
      expect((await sendRaw(port, { path: '/page.html', headers: [bearer(`${access_token}x`)] })).status).toBe(401)
      expect(await shown()).toMatchObject({ status: 200, body: page })
      expect((await node.send('/auth/logout', {}, access_token)).status).toBe(204)
      expect((await shown()).status).toBe(401)
    })
  }
})

describe('nginx, as docs/browser.md configures it for one origin', () => {
  let proxy: RunningProxy
  beforeAll(async () => {
    const parent = join(folder.path, 'one-origin')
    mkdirSync(parent)
    proxy = await startProxy('nginx', parent, ({ port }) => {
      const address = { '127.0.0.1:3000': new URL(node.url).host }
      return `server {\n  listen 127.0.0.1:${port};\n${documented('nginx', '## 1. One origin', address, 'browser')}}\n`
    })
  })
  afterAll(() => proxy?.stop())

  const logIn = (headers: readonly Line[]) =>
    sendRaw(proxy.port, {
      method: 'POST',
      path: '/auth/login',
      host: 'app.example:8443',
      headers: [['Content-Type', 'application/json'], ...headers],
      body: JSON.stringify({ username: 'alice', password, cookies: true }),
    })

  it('passes on the port, so that pages of this origin log in also with browsers that send Origin alone', async () => {
    const answer = await logIn([['Origin', 'http://app.example:8443']])
    expect([answer.status, answer.cookies.length > 0]).toEqual([200, true])
    for (const other of ['http://app.example', 'http://app.example:8444', 'http://evil.example:8443']) {
      expect((await logIn([['Origin', other]])).status, other).toBe(403)
    }
  })

  it('lets no client choose its address or the id in the log', async () => {
    const lies: Line[] = [
      ['X-Forwarded-For', '203.0.113.9'],
      ['X-Request-Id', 'chosen-in-a-browser'],
    ]
    const { headers } = await logIn(lies)
    expect(headers['x-request-id']).toMatch(/^[\da-f]{32}$/)
    const log = await eventually(async () => {
      if (!node.output.stdout.includes(headers['x-request-id'] as string)) throw new Error('it is not logged yet')
      return node.output.stdout
    })
    expect(log).not.toMatch(/203\.0\.113\.9|chosen-in-a-browser/)
  })
})

describe('without hallpass', () => {
  beforeAll(() => node.stop())

  it.each(proxyNames)('%s lets nothing through', async (name) => {
    const before = app.received.length
    const answer = await sendRaw((running.get(name) as RunningProxy).port, {
      path: '/orders',
      headers: [bearer(alice)],
    })
    expect(answer.status).toBeGreaterThanOrEqual(500)
    expect(app.received.length).toBe(before)
  })
})
