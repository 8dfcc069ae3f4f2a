import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { type ServerType, serve } from '@hono/node-server'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { JwtManager } from '../guard/jwt-manager.ts'
import type { Authenticated } from '../guard/options/guard-options.ts'
import { generateKey } from '../token/keys/import-key.ts'
import { KeySet } from '../token/keys/key-set.ts'
import {
  handleTokenErrors,
  jwtRequired,
  setAccessCookies,
  setRefreshCookies,
  unsetAccessCookies,
  unsetJwtCookies,
  unsetRefreshCookies,
} from './hono.ts'

const keys = new KeySet([generateKey('HS256')])
const jwt = new JwtManager({ keys, tokenLocation: ['headers', 'cookies', 'query_string', 'json'], csrfCheckForm: true })
const token = jwt.createAccessToken('alice')

const app = new Hono<{ Variables: { jwt?: Authenticated } }>()
app.use('/guarded/*', jwtRequired(jwt))
app.all('/guarded/*', (c) => c.json({ location: c.var.jwt?.location ?? null }))
app.all('/optional', jwtRequired(jwt, { optional: true }), (c) => c.json({ identity: c.var.jwt?.identity ?? null }))
app.post('/json', jwtRequired(jwt, { locations: 'json' }), async (c) => c.json(await c.req.json()))
app.post('/form', jwtRequired(jwt, { locations: 'cookies' }), async (c) => c.json(await c.req.parseBody()))
app.get('/decode/:token', (c) => c.json(jwt.decodeToken(c.req.param('token'))))
app.get('/broken', () => {
  throw new Error('not a TokenError')
})
app.onError((error, c) => {
  if (error.message === 'not a TokenError') return c.text('other', 500)
  return handleTokenErrors(jwt)(error, c)
})

describe('jwtRequired answers', () => {
  it('a refusal with status, challenge and code, never to be kept by a cache', async () => {
    const response = await app.request('/guarded/x', { headers: { authorization: 'Bearer a.b.c' } })
    expect(response.status).toBe(401)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(response.headers.get('www-authenticate')).toMatch(
      /^Bearer error="invalid_token", error_description="[^"\\]+"$/,
    )
    expect(await response.json()).toMatchObject({ code: 'token_malformed' })
  })

  it('nobody with a bare challenge', async () => {
    expect((await app.request('/guarded/x')).headers.get('www-authenticate')).toBe('Bearer')
  })

  it('HEAD as GET, without a body', async () => {
    const response = await app.request('/guarded/x', { method: 'HEAD' })
    expect([response.status, await response.text()]).toEqual([401, ''])
  })

  it('as the application words it', async () => {
    const own = new JwtManager({
      keys,
      answerFor: ({ code, token: refused }, standard) => ({
        ...standard,
        status: 418,
        body: { error: code, who: refused?.claims.sub ?? null },
      }),
    })
    const route = new Hono().get('/', jwtRequired(own), (c) => c.text('in'))
    const expired = own.createAccessToken('alice', { expiresInSeconds: -5 })
    const response = await route.request('/', { headers: { authorization: `Bearer ${expired}` } })
    expect([response.status, await response.json()]).toEqual([418, { error: 'token_expired', who: 'alice' }])
  })

  it('with the cause at hand for the operator, and not for the client', async () => {
    const failing = new JwtManager({
      keys,
      isRevoked: () => {
        throw new Error('database secret')
      },
    })
    const seen: unknown[] = []
    const route = new Hono()
    route.use(async (c, next) => {
      await next()
      seen.push((c.error?.cause as Error | undefined)?.message)
    })
    route.get('/', jwtRequired(failing), (c) => c.text('in'))
    const response = await route.request('/', { headers: { authorization: `Bearer ${token}` } })
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1'])
    expect(await response.text()).not.toContain('database')
    expect(seen).toEqual(['database secret'])
  })
})

describe('a body that held the token', () => {
  it('is still there for the route, as JSON', async () => {
    const body = JSON.stringify({ access_token: token, x: 1 })
    const response = await app.request('/json', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    })
    expect(await response.json()).toMatchObject({ x: 1 })
  })

  it('is still there for the route, as a form', async () => {
    const body = new URLSearchParams({ csrf_token: jwt.getCsrfToken(token), x: '1' })
    const headers = { cookie: `__Host-access_token=${token}`, 'content-type': 'application/x-www-form-urlencoded' }
    const response = await app.request('/form', { method: 'POST', body, headers })
    expect(await response.json()).toMatchObject({ x: '1' })
  })

  it.each(['{', '[1]', '"x"', 'null', '', '{"access_token":""}', '{"__proto__":{"access_token":"x"}}'])(
    'is refused and nothing worse, as %s',
    async (body) => {
      const response = await app.request('/json', {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json' },
      })
      expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([401, 'token_missing'])
    },
  )

  it('is refused where it is no text', async () => {
    for (const value of [5, true, ['x'], { a: 1 }]) {
      const body = JSON.stringify({ access_token: value })
      const response = await app.request('/json', {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json' },
      })
      expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([401, 'token_malformed'])
    }
  })
})

describe('the cookie helpers', () => {
  const cookies = new Hono()
  cookies.get('/set', (c) => {
    setAccessCookies(c, jwt, jwt.createAccessToken('alice'), { maxAgeSeconds: 60 })
    setRefreshCookies(c, jwt, jwt.createRefreshToken('alice'))
    return c.text('set')
  })
  cookies.get('/unset-access', (c) => {
    unsetAccessCookies(c, jwt)
    return c.text('unset')
  })
  cookies.get('/unset-refresh', (c) => {
    unsetRefreshCookies(c, jwt)
    return c.text('unset')
  })
  cookies.get('/unset', (c) => {
    c.header('Set-Cookie', 'theme=dark')
    unsetJwtCookies(c, jwt)
    return c.text('unset')
  })

  const table: [path: string, names: string[]][] = [
    ['/set', ['__Host-access_token', '__Host-csrf_access_token', '__Host-refresh_token', '__Host-csrf_refresh_token']],
    ['/unset-access', ['__Host-access_token', '__Host-csrf_access_token']],
    ['/unset-refresh', ['__Host-refresh_token', '__Host-csrf_refresh_token']],
    [
      '/unset',
      ['theme', '__Host-access_token', '__Host-csrf_access_token', '__Host-refresh_token', '__Host-csrf_refresh_token'],
    ],
  ]
  it.each(table)('of %s write these cookies, and forbid caches', async (path, names) => {
    const response = await cookies.request(path)
    expect(response.headers.getSetCookie().map((line) => line.split('=')[0])).toEqual(names)
    expect(response.headers.get('cache-control')).toBe('no-store')
    const own = response.headers.getSetCookie().filter((line) => line.startsWith('__Host-'))
    expect(own.every((line) => / Secure;.* Path=\/; SameSite=Lax$/.test(line))).toBe(true)
    expect(own.every((line) => line.includes('HttpOnly') !== line.includes('csrf_'))).toBe(true)
  })

  it('renew a cookie near its end on a response that succeeded, and on no other', async () => {
    const renewing = new JwtManager({ keys, tokenLocation: 'cookies', renewCookiesWithinSeconds: 1000 })
    const route = new Hono()
    route.get('/:status', jwtRequired(renewing), (c) => c.body(null, Number(c.req.param('status')) as 200))
    const headers = { cookie: `__Host-access_token=${renewing.createAccessToken('alice')}` }
    expect((await route.request('/200', { headers })).headers.getSetCookie()).toHaveLength(2)
    expect((await route.request('/404', { headers })).headers.getSetCookie()).toHaveLength(0)
    expect((await route.request('/200')).headers.getSetCookie()).toHaveLength(0)
  })
})

describe('handleTokenErrors', () => {
  it('answers as a guard does, and leaves other errors alone', async () => {
    expect((await app.request('/decode/x.y')).status).toBe(401)
    expect((await app.request('/broken')).status).toBe(500)
  })
})

describe('an error of the route itself', () => {
  it.each([true, false])('is left to the application, whether the guard waited or not', async (waits) => {
    const waiting = new JwtManager({ keys, isRevoked: () => (waits ? Promise.resolve(false) : false) })
    const route = new Hono()
    route.get('/', jwtRequired(waiting), () => {
      throw new Error('of the route')
    })
    route.onError((error, c) => c.text(error.message, 500))
    const response = await route.request('/', { headers: { authorization: `Bearer ${token}` } })
    expect([response.status, await response.text()]).toEqual([500, 'of the route'])
  })
})

describe('behind a real server', () => {
  let server: ServerType
  let port = 0

  beforeAll(async () => {
    server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 })
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  })
  afterAll(() => server.close())

  /** Sends bytes as they are and returns the status and the code of the answer. */
  async function send(lines: string[], path = '/guarded/x', version = 'HTTP/1.1'): Promise<string> {
    const socket = connect(port, '127.0.0.1')
    socket.write(
      Buffer.from(
        `GET ${path} ${version}\r\nHost: a.example\r\nConnection: close\r\n${lines.join('\r\n')}\r\n\r\n`,
        'latin1',
      ),
    )
    let answer = ''
    for await (const chunk of socket) answer += chunk
    const status = /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]
    return `${status} ${/"code":"(\w+)"/.exec(answer)?.[1] ?? /"location":"(\w+)"/.exec(answer)?.[1] ?? ''}`.trim()
  }

  const table: [what: string, lines: string[], answer: string][] = [
    ['the token', [`Authorization: Bearer ${token}`], '200 headers'],
    ['the name in other letters', [`aUTHORIZATION: Bearer ${token}`], '200 headers'],
    ['nothing', [], '401 token_missing'],
    [
      'the header twice',
      [`Authorization: Bearer ${token}`, `Authorization: Bearer ${token}`],
      '400 credentials_malformed',
    ],
    [
      'a good one, then a bad one',
      [`Authorization: Bearer ${token}`, 'Authorization: Bearer x'],
      '400 credentials_malformed',
    ],
    [
      'another scheme beside it',
      ['Authorization: Basic eDp5', `Authorization: Bearer ${token}`],
      '400 credentials_malformed',
    ],
    ['bytes beyond ASCII', ['Authorization: Bearer \xff\xfe'], '401 token_malformed'],
    ['a cookie', [`Cookie: __Host-access_token=${token}`], '200 cookies'],
    ['two cookie headers', ['Cookie: x=1', `Cookie: __Host-access_token=${token}`], '200 cookies'],
    ['the cookie twice', [`Cookie: __Host-access_token=${token}`, 'Cookie: __Host-access_token=x'], '200 cookies'],
  ]
  it.each(table)('%s', async (_what, lines, answer) => {
    expect(await send(lines)).toBe(answer)
  })

  it('HTTP/1.0', async () => {
    expect(await send([`Authorization: Bearer ${token}`], '/guarded/x', 'HTTP/1.0')).toBe('200 headers')
  })

  it.each([
    '//guarded/x',
    '/./guarded/x',
    '/guarded//x',
    '/guarded/%2e%2e/x',
    '/guarded%2fx',
    '/GUARDED/x',
    '/guarded/x/',
    '/guarded;a=b/x',
  ])('the path %s opens nothing without a token', async (path) => {
    expect(await send([], path)).not.toMatch(/^200/)
  })

  it.each(['?jwt=%', '?jwt=%00', '?jwt=', '?jwt[]=x', `?jwt=${'x'.repeat(9000)}`])(
    'the query %.20s is refused, no worse',
    async (query) => {
      expect(await send([], `/guarded/x${query}`)).toMatch(/^401 /)
    },
  )
})
