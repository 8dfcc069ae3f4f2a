import { randomBytes } from 'node:crypto'
import { signJws } from 'hallpass'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases, type TestDatabase } from '../databases.ts'
import { eventually } from '../nodes/node.ts'
import { password, type Reply, refusal, type Service, secret, startService, type Tokens } from './service.ts'

describe.each(databases)('for other services, on $name', ({ open }) => {
  let test: TestDatabase
  let service: Service
  let client: { id: string; secret: string }
  let count = 0
  beforeAll(async () => {
    test = await open()
    service = await startService(test.url, {
      secret: undefined,
      keyRing: { encryptionSecret: secret },
      issuer: 'https://id.example',
      audience: 'shop',
    })
    client = await service.auth.clients.add('shop')
  })
  afterAll(async () => {
    await service.auth.close()
    await test.drop()
  })

  const newcomer = (): Promise<Tokens> => service.newcomer(`user${count++}`)
  const basic = (id: string, key: string) => `Basic ${Buffer.from(`${id}:${key}`).toString('base64')}`

  function send(
    path: string,
    form: Record<string, string> | string,
    headers: Record<string, string> = { authorization: basic(client.id, client.secret) },
  ): Promise<Reply> {
    const body = typeof form === 'string' ? form : new URLSearchParams(form).toString()
    return service.call('POST', path, {
      body,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    })
  }
  const introspect = async (token: string) => (await send('/auth/introspect', { token })).body

  describe('POST /auth/introspect', () => {
    it('tells the claims of a good token, but not what belongs to a browser', async () => {
      const { access_token } = await newcomer()
      const told = await introspect(access_token)
      const { csrf: _, ...claims } = service.auth.jwt.decodeToken(access_token)
      expect(told).toEqual({ active: true, token_type: 'Bearer', ...claims })
      expect(told).toMatchObject({ iss: 'https://id.example', aud: 'shop', client_id: 'hallpass' })
    })

    it('says itself that a token is active, and of which type, whatever the claims of the application are called', async () => {
      const additionalClaims = { active: false, token_type: 7 }
      const { sub } = service.auth.jwt.decodeToken((await newcomer()).access_token)
      const own = service.auth.jwt.createAccessToken(sub as string, { additionalClaims })
      expect(await introspect(own)).toMatchObject({ active: true, token_type: 'Bearer', sub })
    })

    it('leaves out a claim that programs would read as a prototype', async () => {
      const additionalClaims = JSON.parse('{"__proto__":{"admin":true}}')
      const token = service.auth.jwt.createAccessToken('anna', { additionalClaims })
      const reply = await send('/auth/introspect', { token })
      expect(reply.body).toMatchObject({ active: true, sub: 'anna' })
      expect(reply.text).not.toContain('admin')
    })

    it('refuses a form that ended before it was complete in the words of OAuth', async () => {
      const body = new ReadableStream({
        pull(controller) {
          controller.error(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }))
        },
      })
      const headers = {
        authorization: basic(client.id, client.secret),
        'content-type': 'application/x-www-form-urlencoded',
      }
      const init = { method: 'POST', headers, body, duplex: 'half' } as RequestInit
      const answer = await service.auth.handler(new Request('http://localhost/auth/introspect', init))
      expect([answer.status, await answer.json()]).toMatchObject([
        400,
        { code: 'form_invalid', error: 'invalid_request' },
      ])
    })

    it('tells of a refresh token whose it is, and spends nothing', async () => {
      const { refresh_token } = await newcomer()
      const told = await introspect(refresh_token)
      expect(told).toMatchObject({ active: true, token_type: 'refresh_token', sub: expect.any(String) })
      expect((await service.call('POST', '/auth/refresh', { body: { refresh_token } })).status).toBe(200)
      expect(await introspect(refresh_token)).toEqual({ active: false })
    })

    it('tells no more than that it is not good of any other', async () => {
      const tokens = await newcomer()
      const [header, payload] = tokens.access_token.split('.')
      const other = await newcomer()
      await service.call('POST', '/auth/logout', { token: other.access_token })
      const cases = [
        'x',
        'a.b.c',
        '😀',
        '\0',
        'x'.repeat(9000),
        `${header}.${payload}.${'A'.repeat(86)}`,
        `${tokens.refresh_token.slice(0, -1)}${tokens.refresh_token.endsWith('x') ? 'y' : 'x'}`,
        other.access_token,
        other.refresh_token,
        service.auth.jwt.createAccessToken('alice', { expiresInSeconds: -1 }),
        service.auth.jwt.createRefreshToken('alice'),
      ]
      for (const token of cases)
        expect([token.slice(0, 20), await introspect(token)]).toEqual([token.slice(0, 20), { active: false }])
    })

    it('asks the database, not the memory', async () => {
      const { access_token } = await newcomer()
      const options = { secret: undefined, keyRing: { encryptionSecret: secret }, issuer: 'https://id.example' }
      const other = await startService(test.url, { ...options, audience: 'shop' }, service.elapsed)
      await other.call('POST', '/auth/logout', { token: access_token })
      expect(await introspect(access_token)).toEqual({ active: false })
      await other.auth.close()
    })

    const strangers: [what: string, headers: () => Record<string, string>, form?: Record<string, string>][] = [
      ['nobody', () => ({})],
      ['a user', () => ({ authorization: 'Bearer x' })],
      ['a wrong secret', () => ({ authorization: basic(client.id, 'hp_cs_wrong') })],
      ['an unknown id', () => ({ authorization: basic('01a20a60-4ee7-7c3d-93f4-6c14a04a224e', client.secret) })],
      ['an id that is none', () => ({ authorization: basic("' OR 1=1 --\0", client.secret) })],
      ['no colon', () => ({ authorization: `Basic ${btoa('x')}` })],
      ['no base64', () => ({ authorization: 'Basic ***' })],
      ['a form without a secret', () => ({}), { client_id: 'x' }],
      ['a form with a wrong secret', () => ({}), { client_id: 'x', client_secret: 'y' }],
    ]
    it.each(strangers)('refuses %s', async (_what, headers, form = {}) => {
      const reply = await send('/auth/introspect', { token: 'x', ...form }, headers())
      expect(refusal(reply)).toBe('401 invalid_client')
      expect(reply.body.error).toBe('invalid_client')
      expect(reply.headers.get('www-authenticate')).toBe('Basic realm="hallpass"')
    })

    it('takes the credentials in the form as well, and not in both', async () => {
      const inForm = { token: 'x', client_id: client.id, client_secret: client.secret }
      expect((await send('/auth/introspect', inForm, {})).body).toEqual({ active: false })
      expect(refusal(await send('/auth/introspect', inForm))).toBe('400 form_invalid')
    })

    const forms: [what: string, form: string, answer: string, type?: string][] = [
      ['no token', '', '400 form_invalid'],
      ['an empty token', 'token=', '400 form_invalid'],
      ['two tokens', 'token=a&token=b', '400 form_invalid'],
      ['JSON', '{"token":"a"}', '415 unsupported_media_type', 'application/json'],
      ['too much', `token=${'a'.repeat(20_000)}`, '413 body_too_large'],
    ]
    it.each(forms)('refuses %s', async (_what, form, answer, type = 'application/x-www-form-urlencoded') => {
      const headers = { authorization: basic(client.id, client.secret), 'content-type': type }
      expect(refusal(await send('/auth/introspect', form, headers))).toBe(answer)
    })

    it('lets a client in no more that was removed', async () => {
      const gone = await service.auth.clients.add('gone')
      const headers = { authorization: basic(gone.id, gone.secret) }
      expect((await send('/auth/introspect', { token: 'x' }, headers)).status).toBe(200)
      expect((await service.auth.clients.list()).map(({ name }) => name)).toEqual(['shop', 'gone'])
      await service.auth.clients.remove(gone.id)
      expect(refusal(await send('/auth/introspect', { token: 'x' }, headers))).toBe('401 invalid_client')
      await expect(service.auth.clients.add('shop')).rejects.toMatchObject({ code: 'invalid_request' })
      await expect(service.auth.clients.add('a\nb')).rejects.toMatchObject({ code: 'invalid_request' })
    })
  })

  describe('POST /auth/revoke', () => {
    it('ends one access token, for whoever holds it', async () => {
      const tokens = await newcomer()
      expect((await send('/auth/revoke', { token: tokens.access_token }, {})).status).toBe(200)
      expect(refusal(await service.call('GET', '/auth/me', { token: tokens.access_token }))).toBe('401 token_revoked')
      const { body } = await service.call('POST', '/auth/refresh', { body: { refresh_token: tokens.refresh_token } })
      expect((await service.call('GET', '/auth/me', { token: body.access_token as string })).status).toBe(200)
    })

    it('ends a session by its refresh token', async () => {
      const tokens = await newcomer()
      const hinted = { token: tokens.refresh_token, token_type_hint: 'access_token' }
      expect((await send('/auth/revoke', hinted)).status).toBe(200)
      expect(refusal(await service.call('GET', '/auth/me', { token: tokens.access_token }))).toBe('401 token_revoked')
      expect(await introspect(tokens.refresh_token)).toEqual({ active: false })
    })

    it('says the same of a token that is none, and refuses who is not who they say', async () => {
      for (const token of ['x', '\0', 'hp_rt_x']) expect((await send('/auth/revoke', { token })).status).toBe(200)
      const { access_token } = await newcomer()
      const wrong = { authorization: basic(client.id, 'wrong') }
      expect(refusal(await send('/auth/revoke', { token: access_token }, wrong))).toBe('401 invalid_client')
      expect((await introspect(access_token)).active).toBe(true)
    })

    /** Random, because PostgreSQL compresses what repeats. */
    const long = randomBytes(3000).toString('base64url')
    const tooLong: [what: string, sub: string, jti: string][] = [
      ['jti', 'anna', long],
      ['sub', long, 'x'],
    ]
    it.each(tooLong)('refuses a token whose %s is too long to be stored', async (_what, sub, jti) => {
      const { jwt } = service.auth
      const sign = (names: object) => {
        const claims = { ...jwt.decodeToken(jwt.createAccessToken('anna')), ...names }
        return signJws(Buffer.from(JSON.stringify(claims)), jwt.keys, { typ: 'at+jwt' })
      }
      expect(refusal(await send('/auth/revoke', { token: sign({ sub, jti }) }))).toBe('400 form_invalid')
      const shorter = sign({ sub: sub.slice(0, 2000), jti: jti.slice(0, 2000) })
      expect((await send('/auth/revoke', { token: shorter })).status).toBe(200)
      expect(await introspect(shorter)).toEqual({ active: false })
    })
  })

  describe('GET /auth/verify', () => {
    const ask = (headers: Record<string, string>) => service.call('GET', '/auth/verify', { headers })

    it('tells a proxy whose a request is', async () => {
      const username = `user${count++}`
      const { id } = await service.auth.users.add({ username, password, roles: ['admin', 'ö,x'] })
      const { body } = await service.call('POST', '/auth/login', { body: { username, password } })
      const reply = await ask({ authorization: `Bearer ${body.access_token}` })
      expect(reply.status).toBe(200)
      expect(reply.headers.get('x-auth-user')).toBe(id)
      expect(reply.headers.get('x-auth-roles')).toBe('admin,%C3%B6%2Cx')
      expect(reply.headers.get('x-auth-session')).toBe(service.auth.jwt.decodeToken(body.access_token as string).sid)
      expect(reply.headers.get('cache-control')).toBe('no-store')
    })

    it('leaves out what is no role', async () => {
      const roles = ['a', 1, null, ['b'], { toString: 'c' }, 'd']
      const token = service.auth.jwt.createAccessToken('anna', { additionalClaims: { roles } })
      const reply = await ask({ authorization: `Bearer ${token}` })
      expect([reply.status, reply.headers.get('x-auth-roles')]).toEqual([200, 'a,1,d'])
    })

    it('says so where there are no roles and no session', async () => {
      const { id } = await service.auth.users.add({ username: `user${count++}`, password })
      const { headers } = await ask({ authorization: `Bearer ${service.auth.jwt.createAccessToken(id)}` })
      expect([headers.get('x-auth-user'), headers.get('x-auth-roles'), headers.get('x-auth-session')]).toEqual([
        id,
        '',
        '',
      ])
    })

    const refused: [what: string, headers: Record<string, string>, answer: string][] = [
      ['nothing', {}, '401 token_missing'],
      ['nothing, by OPTIONS', { 'x-forwarded-method': 'OPTIONS' }, '401 token_missing'],
      ['nothing, by two methods', { 'x-forwarded-method': 'GET', 'x-original-method': 'OPTIONS' }, '401 token_missing'],
      ['no token', { authorization: 'Bearer x' }, '401 token_malformed'],
      ['another scheme', { authorization: 'Basic x' }, '401 token_missing'],
    ]
    it.each(refused)('refuses %s', async (_what, headers, answer) => {
      const reply = await ask(headers)
      expect(refusal(reply)).toBe(answer)
      expect(reply.headers.get('www-authenticate')).toMatch(/^Bearer/)
    })

    it('asks for the double submit where a cookie comes with a method that changes something', async () => {
      const username = `user${count++}`
      await service.auth.users.add({ username, password })
      const reply = await service.call('POST', '/auth/login', { body: { username, password, cookies: true } })
      const cookies = reply.headers.getSetCookie().map((cookie) => cookie.split(';')[0] as string)
      const cookie = cookies.join('; ')
      const csrf = cookies.find((one) => one.includes('csrf_access_token='))?.split('=')[1] as string
      const untold = [
        {},
        { 'x-forwarded-method': '' },
        { 'x-forwarded-method': 'GET, GET' },
        { 'x-forwarded-method': 'GET', 'x-original-method': 'POST' },
        { 'x-http-method-override': 'GET', 'x-original-uri': '/', x_forwarded_method: 'GET' },
      ]
      for (const headers of untold) {
        expect(refusal(await ask({ cookie, ...headers }))).toBe('403 csrf_missing')
        expect((await ask({ cookie, ...headers, 'x-csrf-token': csrf })).status).toBe(200)
      }
      for (const method of ['GET', 'HEAD']) {
        expect((await ask({ cookie, 'x-forwarded-method': method })).status).toBe(200)
        expect((await ask({ cookie, 'x-original-method': method, 'x-forwarded-method': '' })).status).toBe(200)
      }
      for (const name of ['x-forwarded-method', 'x-original-method']) {
        for (const method of ['POST', 'delete', 'PATCH', 'MOVE']) {
          expect(refusal(await ask({ cookie, [name]: method }))).toBe('403 csrf_missing')
          expect((await ask({ cookie, [name]: method, 'x-csrf-token': csrf })).status).toBe(200)
        }
      }
    })
  })

  describe('/.well-known', () => {
    it('publishes the keys, to be kept for as long as the next one waits', async () => {
      const reply = await service.call('GET', '/.well-known/jwks.json')
      expect(reply.status).toBe(200)
      expect(reply.headers.get('content-type')).toBe('application/jwk-set+json')
      expect(reply.headers.get('cache-control')).toBe('public, max-age=300')
      const { keys } = reply.body as { keys: Record<string, string>[] }
      for (const key of keys) {
        expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
      }
      const etag = reply.headers.get('etag') as string
      for (const tag of [etag, `W/${etag}`, `"x", ${etag}`]) {
        expect(
          (await service.call('GET', '/.well-known/jwks.json', { headers: { 'if-none-match': tag } })).status,
        ).toBe(304)
      }
      await service.auth.keyRing?.rotate()
      const changed = await service.call('GET', '/.well-known/jwks.json', { headers: { 'if-none-match': etag } })
      expect(changed.status).toBe(200)
      expect((changed.body as { keys: object[] }).keys).toHaveLength(3)
    })

    it('describes the service by its configured address, whatever Host a request has', async () => {
      const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example' }
      const { body } = await service.call('GET', '/.well-known/oauth-authorization-server', { headers })
      expect(body).toEqual({
        issuer: 'https://id.example',
        jwks_uri: 'https://id.example/.well-known/jwks.json',
        introspection_endpoint: 'https://id.example/auth/introspect',
        introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
        revocation_endpoint: 'https://id.example/auth/revoke',
        revocation_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
      })
    })

    it('lets pages of any origin read it, without credentials', async () => {
      const paths = ['/.well-known/jwks.json', '/.well-known/oauth-authorization-server']
      for (const path of paths) {
        const { headers: tagged } = await service.call('GET', path)
        const ifKnown = { 'if-none-match': tagged.get('etag') as string }
        const calls: [method: string, status: number, headers: Record<string, string>][] = [
          ['GET', 200, {}],
          ['HEAD', 200, {}],
          ['GET', 304, ifKnown],
          ['OPTIONS', 204, { 'access-control-request-method': 'GET' }],
        ]
        for (const [method, status, more] of calls) {
          const { headers, ...reply } = await service.call(method, path, {
            headers: { origin: 'https://page.example', ...more },
          })
          expect([method, reply.status, headers.get('access-control-allow-origin')]).toEqual([method, status, '*'])
          expect(headers.get('access-control-allow-credentials')).toBeNull()
          expect(headers.get('vary')).toBeNull()
        }
      }
    })

    it('has no metadata where nobody said the address', async () => {
      const other = await startService('sqlite::memory:')
      expect((await other.call('GET', '/.well-known/oauth-authorization-server')).status).toBe(404)
      expect((await other.call('GET', '/.well-known/jwks.json')).body).toEqual({ keys: [] })
      await other.auth.close()
    })
  })

  describe('GET /auth/revocations', () => {
    it('tells what was taken back, then what was since, and waits for it', async () => {
      const headers = { authorization: basic(client.id, client.secret) }
      const read = async (query: string) => (await service.call('GET', `/auth/revocations${query}`, { headers })).body
      // A machine may be busy for these seconds, and not each time.
      await eventually(async () => {
        const { access_token } = await newcomer()
        const { sid } = service.auth.jwt.decodeToken(access_token)
        let page = await read('')
        expect(page.complete).toBe(true)
        const cursor = encodeURIComponent(page.cursor as string)
        expect(await read(`?after=${cursor}`)).toMatchObject({ revocations: [], complete: true })
        const start = performance.now()
        const waiting = read(`?after=${cursor}&wait=5`)
        await service.call('POST', '/auth/logout', { token: access_token })
        page = await waiting
        const session = { kind: 'session', id: sid, valid_from: null, expires_at: expect.any(Number) }
        expect(page.revocations).toEqual([session])
        expect(performance.now() - start).toBeLessThan(4000)
      })
    })

    it('minds no strange query', async () => {
      const headers = { authorization: basic(client.id, client.secret) }
      for (const query of [
        '?wait=x',
        '?wait=-1',
        '?wait=NaN',
        '?after=%00',
        `?after=${'1'.repeat(9000)}`,
        '?after=@@',
      ]) {
        expect((await service.call('GET', `/auth/revocations${query}`, { headers })).status).toBe(200)
      }
    })
  })

  describe('a token that the application made itself', () => {
    it('is asked about each time where it lives longer than revocations are kept', async () => {
      const username = `user${count++}`
      const user = await service.auth.users.add({ username, password })
      const long = { expiresInSeconds: 10 * 366 * 24 * 60 * 60 }
      const token = service.auth.jwt.createAccessToken(user.id, long)
      const ofNobody = service.auth.jwt.createAccessToken('nobody', long)
      const short = service.auth.jwt.createAccessToken('nobody')
      const status = async (one: string) => (await service.call('GET', '/auth/verify', { token: one })).status
      expect([await status(token), await status(ofNobody), await status(short)]).toEqual([200, 401, 200])
      await service.auth.users.disable(user.id)
      service.elapsed += 24 * 60 * 60
      expect(await status(token)).toBe(401)
      await service.auth.users.enable(user.id)
      expect(await status(token)).toBe(401)
      expect(await status(service.auth.jwt.createAccessToken(user.id, long))).toBe(200)
      const again = service.auth.jwt.createAccessToken(user.id, long)
      await send('/auth/revoke', { token: again }, {})
      expect(await status(again)).toBe(401)
      await service.auth.users.delete(user.id)
      expect(await status(service.auth.jwt.createAccessToken(user.id, long))).toBe(401)
    })
  })
})

describe('the metadata of RFC 8414', () => {
  const issuers: [issuer: string, url: string | undefined, paths: Record<string, number>][] = [
    [
      'https://id.example/tenant/one',
      undefined,
      {
        '/.well-known/oauth-authorization-server/tenant/one': 200,
        '/tenant/one/.well-known/oauth-authorization-server': 200,
        '/tenant/one/.well-known/jwks.json': 200,
        '/.well-known/oauth-authorization-server': 200,
        '/.well-known/oauth-authorization-server/tenant': 404,
        '/.well-known/oauth-authorization-server/tenant/one/': 404,
        '/.well-known/oauth-authorization-server/tenant/one/two': 404,
        '/tenant/.well-known/oauth-authorization-server': 404,
      },
    ],
    [
      'https://id.example/tenant/',
      undefined,
      {
        '/.well-known/oauth-authorization-server/tenant': 200,
        '/tenant/.well-known/oauth-authorization-server': 200,
      },
    ],
    [
      'https://id.example/auth',
      undefined,
      { '/.well-known/oauth-authorization-server/auth': 200, '/auth/.well-known/oauth-authorization-server': 200 },
    ],
    [
      'https://id.example/',
      undefined,
      { '/.well-known/oauth-authorization-server': 200, '/.well-known/oauth-authorization-server/': 404 },
    ],
    // Each is a pattern to a router.
    [
      'https://id.example/:any/*',
      undefined,
      { '/.well-known/oauth-authorization-server': 200, '/.well-known/oauth-authorization-server/x/y': 404 },
    ],
    ['shop', undefined, { '/.well-known/oauth-authorization-server': 404, '/.well-known/jwks.json': 200 }],
    ['urn:example:shop', undefined, { '/.well-known/oauth-authorization-server': 404 }],
    ['shop', 'https://id.example/base', { '/.well-known/oauth-authorization-server': 200 }],
  ]
  it.each(issuers)('describes the issuer %s where its clients look', async (issuer, url, paths) => {
    const other = await startService('sqlite::memory:', { issuer, ...(url !== undefined && { url }) })
    const base = (url ?? issuer).replace(/\/$/, '')
    for (const [path, status] of Object.entries(paths)) {
      const reply = await other.call('GET', path)
      expect([path, reply.status]).toEqual([path, status])
      if (status !== 200 || !path.includes('oauth')) continue
      expect(reply.body).toMatchObject({ issuer, jwks_uri: `${base}/.well-known/jwks.json` })
      expect(Object.values(reply.body).filter((value) => Array.isArray(value) && value.length === 0)).toEqual([])
    }
    await other.auth.close()
  })
})
