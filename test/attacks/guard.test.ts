import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { type ServerType, serve } from '@hono/node-server'
import { generateKey, JwtManager, type JwtManagerOptions, KeySet, signToken } from 'hallpass'
import { jwtRequired, setAccessCookies, unsetJwtCookies } from 'hallpass/hono'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dice, now } from './ways.ts'

// Requests as attackers send them, to an application and, if bytes and repeated lines matter, to a real server.

const keys = new KeySet([generateKey('HS256')])
const make = (options: JwtManagerOptions = {}) => new JwtManager({ keys, clock: () => now, ...options })

/** An application whose one route counts how often it is reached. */
function guarded(jwt: JwtManager, options: Parameters<typeof jwtRequired>[1] = {}) {
  const reached: string[] = []
  const app = new Hono()
  app.all('/', jwtRequired(jwt, options), (c) => {
    reached.push(c.var.jwt?.identity ?? 'nobody')
    return c.text('in')
  })
  return { app, reached }
}

async function answer(response: Response): Promise<string> {
  const text = await response.text()
  return `${response.status} ${/"code":"(\w+)"/.exec(text)?.[1] ?? text}`
}

describe('T24: a token in a location that is not configured', () => {
  const jwt = make()
  const token = jwt.createAccessToken('alice')
  const json = { method: 'POST', body: JSON.stringify({ access_token: token }) }
  const places: [where: string, path: string, init: RequestInit][] = [
    ['the query', `/?jwt=${token}&access_token=${token}&token=${token}`, {}],
    ['a cookie', '/', { headers: { cookie: `__Host-access_token=${token}; access_token_cookie=${token}` } }],
    ['a JSON body', '/', { ...json, headers: { 'content-type': 'application/json' } }],
    ['a form, as RFC 6750 §2.2 has it', '/', { method: 'POST', body: new URLSearchParams({ access_token: token }) }],
    ['another header', '/', { headers: { 'x-access-token': token, 'proxy-authorization': `Bearer ${token}` } }],
    ['a header of a proxy', '/', { headers: { 'x-forwarded-authorization': `Bearer ${token}` } }],
  ]
  it.each(places)('is ignored: %s', async (_where, path, init) => {
    expect(await answer(await guarded(jwt).app.request(path, init))).toBe('401 token_missing')
    const optional = guarded(jwt, { optional: true })
    await optional.app.request(path, init)
    expect(optional.reached).toEqual(['nobody'])
  })
})

describe('T25: a route for fresh tokens', () => {
  it('states in its challenge that a new login is required (RFC 9470)', async () => {
    const jwt = make()
    const { app, reached } = guarded(jwt, { fresh: true })
    for (const fresh of [false, undefined, null, 'true', 0, now - 1, [true]]) {
      const token = signToken({ sub: 'a', jti: 'j', exp: now + 60, fresh }, keys, { typ: 'at+jwt' })
      const response = await app.request('/', { headers: { authorization: `Bearer ${token}` } })
      expect(response.headers.get('www-authenticate')).toContain('error="insufficient_user_authentication"')
      expect(await answer(response)).toBe('401 token_not_fresh')
    }
    expect(reached).toEqual([])
  })
})

describe('T26 and T27: a callback that fails', () => {
  const fail = () => {
    throw new Error('a secret of the database')
  }
  const reject = async () => fail()
  const hang = () => new Promise<never>(() => {})
  const table: [what: string, options: object, status: number][] = [
    ['isRevoked throws', { isRevoked: fail }, 503],
    ['isRevoked rejects', { isRevoked: reject }, 503],
    ['isRevoked hangs', { isRevoked: hang, revocationTimeoutSeconds: 1 }, 503],
    ['isRevoked answers undefined', { isRevoked: () => undefined }, 503],
    ['isRevoked answers null', { isRevoked: async () => null }, 503],
    ['isRevoked answers 0', { isRevoked: () => 0 }, 503],
    ['isRevoked answers an empty list', { isRevoked: () => [] }, 503],
    ['isRevoked answers an object of false', { isRevoked: () => new Boolean(false) }, 503],
    ['isRevoked answers a promise of a promise', { isRevoked: async () => Promise.resolve(true) }, 401],
    ['verifyClaims throws', { verifyClaims: fail }, 500],
    ['verifyClaims rejects', { verifyClaims: reject }, 500],
    ['verifyClaims answers undefined', { verifyClaims: () => undefined }, 403],
    ['verifyClaims answers 1', { verifyClaims: async () => 1 }, 403],
    ['loadUser throws', { loadUser: fail }, 500],
    ['loadUser rejects', { loadUser: reject }, 500],
    ['loadUser answers undefined', { loadUser: () => undefined }, 401],
    ['loadUser answers null, later', { loadUser: async () => null }, 401],
    ['verifyingKeyFor throws', { verifyingKeyFor: fail }, 500],
    ['verifyingKeyFor answers a promise', { verifyingKeyFor: async () => keys }, 401],
    ['answerFor throws', { isRevoked: () => true, answerFor: fail }, 500],
    ['answerFor answers a promise', { isRevoked: () => true, answerFor: async () => ({ status: 200 }) }, 500],
    ['the clock throws', { clock: fail }, 500],
    ['the clock answers NaN', { clock: () => Number.NaN }, 401],
    ['the clock answers undefined', { clock: () => undefined }, 401],
  ]
  it.each(table)('rejects the request and reveals nothing: %s', async (_what, options, status) => {
    const token = make().createAccessToken('alice')
    for (const optional of [false, true]) {
      const { app, reached } = guarded(make(options as JwtManagerOptions), { optional })
      app.onError((_error, c) => c.text('error', 500))
      const response = await app.request('/', { headers: { authorization: `Bearer ${token}` } })
      expect([response.status, reached]).toEqual([status, []])
      expect(await response.text()).not.toContain('secret')
    }
  })
})

describe('S50: another site makes the browser send a request', () => {
  const options: Partial<JwtManagerOptions> = { tokenLocation: ['cookies'], csrfCheckForm: true }
  const jwt = make(options)
  const token = jwt.createAccessToken('alice')
  const cookie = `__Host-access_token=${token}; __Host-csrf_access_token=${jwt.getCsrfToken(token)}`
  const attackers = jwt.createAccessToken('mallory')
  const theirs = jwt.getCsrfToken(attackers)
  const form = 'application/x-www-form-urlencoded'
  const types = [
    undefined,
    'text/plain',
    form,
    'multipart/form-data; boundary=x',
    'APPLICATION/JSON',
    ';',
    'application/json, text/plain',
  ]
  const table: [what: string, headers: Record<string, string>, body: string][] = [
    ['with no value', {}, 'a=1'],
    ['with an empty value', { 'x-csrf-token': '' }, 'csrf_token='],
    ['with its own value', { 'x-csrf-token': theirs }, `csrf_token=${theirs}`],
    ['with two values, one right', { 'x-csrf-token': `${theirs}, ${jwt.getCsrfToken(token)}` }, ''],
    [
      'with its own value cookie, set from a sub-domain',
      { 'x-csrf-token': theirs, cookie: `csrf_access_token=${theirs}; ${cookie}` },
      '',
    ],
    [
      'with its own token cookie, under the bare name',
      { 'x-csrf-token': theirs, cookie: `access_token=${attackers}; ${cookie}` },
      '',
    ],
    ['with another method in a header', { 'x-http-method-override': 'GET', 'x-method-override': 'GET' }, '_method=GET'],
  ]
  it.each(table)('%s, in every content type: nothing happens', async (_what, headers, body) => {
    const { app, reached } = guarded(jwt)
    for (const type of types) {
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
        const all = { cookie, ...(type !== undefined && { 'content-type': type }), ...headers }
        const response = await app.request('/?_method=GET', { method, headers: all, body: Buffer.from(body) })
        expect([type, method, response.status]).toEqual([type, method, 403])
      }
    }
    expect(reached).toEqual([])
  })

  it('with the right value, but its own site in Origin or Sec-Fetch-Site: nothing happens', async () => {
    const { app, reached } = guarded(jwt)
    const value = { cookie, 'x-csrf-token': jwt.getCsrfToken(token), host: 'a.example' }
    const origins = [
      'https://evil.example',
      'null',
      '',
      'https://a.example.evil.example',
      'https://a.example:444',
      'a.example',
      'https://a.example@evil.example',
      'file://',
      'https://a.example\t.evil.example',
    ]
    for (const origin of origins) {
      const response = await app.request('/', { method: 'POST', headers: { ...value, origin } })
      expect([origin, await answer(response)]).toEqual([origin, '403 cross_site_refused'])
    }
    const site = await app.request('/', { method: 'POST', headers: { ...value, 'sec-fetch-site': 'cross-site' } })
    expect(await answer(site)).toBe('403 cross_site_refused')
    expect(reached).toEqual([])
  })

  it('from a listed origin, a form needs no field, but a wrong one is rejected', async () => {
    const { app, reached } = guarded(make({ ...options, trustedOrigins: ['https://page.example'] }))
    const send = (fields: Record<string, string>, origin: string) =>
      app.request('/', { method: 'POST', headers: { cookie, origin }, body: new URLSearchParams(fields) })
    expect((await send({ a: '1' }, 'https://page.example')).status).toBe(200)
    expect((await send({ csrf_token: '' }, 'https://page.example')).status).toBe(200)
    expect(reached.splice(0)).toHaveLength(2)
    expect(await answer(await send({ csrf_token: theirs }, 'https://page.example'))).toBe('403 csrf_mismatch')
    expect(await answer(await send({ a: '1' }, 'https://other.example'))).toBe('403 cross_site_refused')
    expect(reached).toEqual([])
  })

  it('the field of a form is accepted if it is configured, and only as text', async () => {
    const { app, reached } = guarded(jwt)
    const send = (body: FormData | URLSearchParams) => app.request('/', { method: 'POST', headers: { cookie }, body })
    const value = jwt.getCsrfToken(token)
    const file = new FormData()
    file.set('csrf_token', new Blob([value]), 'x')
    expect((await send(file)).status).toBe(403)
    expect(
      (
        await send(
          new URLSearchParams([
            ['csrf_token', theirs],
            ['csrf_token', value],
          ]),
        )
      ).status,
    ).toBe(403)
    expect(reached).toEqual([])
    expect((await send(new URLSearchParams({ csrf_token: value }))).status).toBe(200)
  })
})

describe('S51: the attributes of cookies', () => {
  const urls = ['http://a.example/', 'https://a.example/', 'https://a.example:8443/', 'http://127.0.0.1:3000/']
  const proxies: Record<string, string>[] = [
    {},
    { 'x-forwarded-proto': 'http', 'x-forwarded-host': 'evil.example', forwarded: 'proto=http' },
  ]
  it('do not depend on what a request says about itself', async () => {
    const jwt = make({ tokenLocation: 'cookies' })
    const app = new Hono()
    app.get('/', (c) => {
      setAccessCookies(c, jwt, jwt.createAccessToken('alice'))
      return c.text('set')
    })
    app.get('/out', (c) => {
      unsetJwtCookies(c, jwt)
      return c.text('unset')
    })
    const shapes = new Set<string>()
    for (const url of urls) {
      for (const headers of proxies) {
        const response = await app.request(url, { headers })
        for (const line of response.headers.getSetCookie()) shapes.add(line.replace(/=[^;]+/, '='))
        const out = await app.request(`${url}out`, { headers })
        expect(out.headers.getSetCookie().every((line) => /^__Host-\w+=; Expires=Thu, 01 Jan 1970/.test(line))).toBe(
          true,
        )
      }
    }
    expect([...shapes]).toEqual([
      '__Host-access_token=; Secure; HttpOnly; Path=/; SameSite=Lax',
      '__Host-csrf_access_token=; Secure; Path=/; SameSite=Lax',
    ])
  })
})

describe('refusals reveal nothing', () => {
  it('that the client did not know, and no cache keeps them', async () => {
    const jwt = make({ tokenLocation: ['headers', 'cookies', 'query_string', 'json'] })
    const { app } = guarded(jwt)
    const secretive = 'x-very-private-x'
    const marked = { additionalClaims: { note: secretive }, expiresInSeconds: -5 }
    const expired = jwt.createAccessToken('alice', marked)
    const forged = `${expired.slice(0, -4)}AAAA`
    for (const token of [expired, forged, `${forged}.x`, secretive, `{"${secretive}":1}`]) {
      const requests: [string, RequestInit][] = [
        ['/', { headers: { authorization: `Bearer ${token}` } }],
        ['/', { headers: { cookie: `__Host-access_token=${token}` } }],
        [`/?jwt=${encodeURIComponent(token)}`, {}],
      ]
      for (const [path, init] of requests) {
        const response = await app.request(path, init)
        const text = `${await response.text()} ${[...response.headers].join(' ')}`
        expect(response.status).toBe(401)
        expect(response.headers.get('cache-control')).toBe('no-store')
        for (const part of [secretive, token, ...token.split('.').filter((piece) => piece.length > 8)]) {
          expect(text).not.toContain(part)
        }
      }
    }
  })
})

describe('a refusal that names the user', () => {
  it.each(['a"b\\c', 'a\r\nSet-Cookie: x=y', 'Zoë 😀', '\u0000', '</script>', 'x'.repeat(3000)])(
    'stays one header line and one JSON text: %j',
    async (identity) => {
      const jwt = make({ loadUser: () => null })
      const headers = { authorization: `Bearer ${jwt.createAccessToken(identity)}` }
      const response = await guarded(jwt).app.request('/', { headers })
      expect(response.headers.get('www-authenticate')).toMatch(
        /^Bearer error="invalid_token", error_description="[\x20\x21\x23-\x5b\x5d-\x7e]{1,200}"$/,
      )
      expect(response.headers.getSetCookie()).toEqual([])
      expect(await response.json()).toEqual({ code: 'user_not_found', msg: expect.stringContaining(identity) })
    },
  )
})

describe('no request does worse than be refused', () => {
  it.each([1, 2, 3])('of thousands at random (%i)', async (seed) => {
    const random = dice(seed)
    const jwt = make({ tokenLocation: ['headers', 'cookies', 'json', 'query_string'], csrfCheckForm: true })
    const other = new JwtManager({ keys: new KeySet([generateKey('HS256')]), clock: () => now })
    const forged = other.createAccessToken('mallory')
    const words = [
      'Bearer',
      'bearer',
      'Basic',
      ' ',
      ',',
      '\t',
      '"',
      ';',
      '=',
      '%',
      '%00',
      '%2e',
      forged,
      forged.slice(9),
      'a.b.c',
      '..',
      'e30.e30.',
      '__Host-access_token=',
      'jwt',
      '[]',
      '{',
      '}',
      '"access_token":',
      'null',
      '\u00ff',
      '\u00a0',
      '__proto__',
      'x'.repeat(9000),
    ]
    const text = () =>
      Array.from({ length: random(6) }, () => words[random(words.length)])
        .join('')
        .trim()
    const types = [
      'application/json',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'multipart/form-data',
      'text/plain',
      text().slice(0, 99),
    ]
    const { app, reached } = guarded(jwt)
    for (let i = 0; i < 1500; i++) {
      const headers = {
        authorization: random(2) === 0 ? text() : `Bearer ${text()}`,
        cookie: random(2) === 0 ? text() : `__Host-access_token=${text()}`,
        'x-csrf-token': text(),
        'content-type': types[random(types.length)] as string,
        origin: text(),
        host: text(),
      }
      const body = random(3) === 0 ? `{"access_token":"${text()}"}` : text()
      const method = ['GET', 'POST', 'DELETE'][random(3)] as string
      const path = `/?jwt=${text().replaceAll('#', '')}`
      const response = await app.request(path, {
        method,
        headers,
        ...(method !== 'GET' && { body: Buffer.from(body) }),
      })
      expect([i, response.status < 500 && response.status >= 400]).toEqual([i, true])
    }
    expect(reached).toEqual([])
  })
})

describe('T22 and T23: behind a real server', () => {
  const jwt = make({ tokenLocation: ['headers', 'cookies'] })
  const [alice, bob] = ['alice', 'bob'].map((name) => jwt.createAccessToken(name)) as [string, string]
  const app = new Hono()
  app.get('/required', jwtRequired(jwt), (c) => c.json({ code: c.var.jwt.identity }))
  app.get('/optional', jwtRequired(jwt, { optional: true }), (c) => c.json({ code: c.var.jwt?.identity ?? 'nobody' }))
  let server: ServerType
  let port = 0

  beforeAll(async () => {
    server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 })
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  })
  afterAll(() => server.close())

  /** Sends bytes as they are. @returns The status with the code of the refusal, or with the user. */
  async function send(path: string, lines: readonly string[]): Promise<string> {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    // A server that has read enough closes while more data arrives, and its 431 may then be lost.
    socket.on('error', () => {
      text ||= 'HTTP/1.1 431'
    })
    const head = `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n`
    socket.write(Buffer.from(`${head}${lines.join('\r\n')}\r\n\r\n`, 'latin1'))
    await new Promise((resolve) => socket.on('close', resolve))
    return `${/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]} ${/"code":"(\w+)"/.exec(text)?.[1] ?? ''}`.trim()
  }

  const b = (token: string) => `Authorization: Bearer ${token}`
  const c = (token: string) => `Cookie: __Host-access_token=${token}`
  const table: [what: string, lines: string[], required: string, optional: string][] = [
    ['two users in two lines', [b(alice), b(bob)], '400 credentials_malformed', '400 credentials_malformed'],
    ['two users in one line', [`${b(alice)}, Bearer ${bob}`], '400 credentials_malformed', '400 credentials_malformed'],
    [
      'another scheme behind it',
      [b(alice), 'Authorization: Basic eDp5'],
      '400 credentials_malformed',
      '400 credentials_malformed',
    ],
    ['an empty line before it', ['Authorization:', b(alice)], '400 credentials_malformed', '400 credentials_malformed'],
    ['a tab', [`Authorization: Bearer\t${alice}`], '400 credentials_malformed', '400 credentials_malformed'],
    ['blanks around it', [`Authorization: \t Bearer ${alice}\t `], '200 alice', '200 alice'],
    ['two blanks', [`Authorization: Bearer  ${alice}`], '400 credentials_malformed', '400 credentials_malformed'],
    [
      'a blank of another alphabet',
      [`Authorization: Bearer\xa0${alice}`],
      '400 credentials_malformed',
      '400 credentials_malformed',
    ],
    ['the scheme alone', ['Authorization: Bearer'], '400 credentials_malformed', '400 credentials_malformed'],
    ['NUL', [`${b(alice)}\x00`], '400', '400'],
    ['a folded line', [b(alice.slice(0, 20)), ` ${alice.slice(20)}`], '400', '400'],
    ['a blank before the colon', [`Authorization : Bearer ${alice}`], '400', '400'],
    ['a bare line feed in it', [`Authorization: Bearer x\nX: ${alice}`], '400', '400'],
    ['64 kB', [b('x'.repeat(65_536))], '431', '431'],
    ['12 kB', [b('x'.repeat(12_000))], '401 token_too_large', '401 token_too_large'],
    ['another scheme', [`Authorization: Basic ${alice}`], '401 token_missing', '200 nobody'],
    ['the token without a scheme', [`Authorization: ${alice}`], '401 token_missing', '200 nobody'],
    ['nothing in it', ['Authorization:'], '401 token_missing', '200 nobody'],
    ['a cookie of another user', [b(alice), c(bob)], '200 alice', '200 alice'],
    ['a cookie of another user, and a bad header', [b('x'), c(bob)], '401 token_malformed', '401 token_malformed'],
    [
      'a cookie of another user, and two headers',
      [b(alice), b(alice), c(bob)],
      '400 credentials_malformed',
      '400 credentials_malformed',
    ],
    ['two cookies of two users', [`${c(alice)}; __Host-access_token=${bob}`], '200 alice', '200 alice'],
    ['two cookies, the first broken', [`${c('x')}; __Host-access_token=${bob}`], '200 bob', '200 bob'],
    ['two lines of cookies of two users', [c(bob), c(alice)], '200 bob', '200 bob'],
    ['a cookie in other letters', [`Cookie: __host-access_token=${alice}`], '401 token_missing', '200 nobody'],
    [
      'a cookie inside of another',
      [`Cookie: x="; __Host-access_token=${alice}"`],
      '401 token_malformed',
      '401 token_malformed',
    ],
  ]
  it.each(table)('%s', async (_what, lines, required, optional) => {
    expect([await send('/required', lines), await send('/optional', lines)]).toEqual([required, optional])
  })
})
