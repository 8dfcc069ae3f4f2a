import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { endpoints } from '../../src/routes/index.ts'
import { type Call, password, refusal, type Service, startService } from './service.ts'

const namesIn = (list: string | null) => (list ?? '').split(',').map((name) => name.trim().toLowerCase())

describe('the routes', () => {
  let service: Service
  beforeAll(async () => {
    service = await startService('sqlite::memory:', { corsOrigins: ['https://app.example'] })
  })
  afterAll(() => service.auth.close())

  const alice = { username: 'alice', password }
  const json = { 'content-type': 'application/json' }

  const refused: [what: string, method: string, path: string, call: Call, expected: string][] = [
    ['no body', 'POST', '/auth/login', { headers: json }, '400 invalid_json'],
    ['half of one', 'POST', '/auth/login', { body: '{"username":' }, '400 invalid_json'],
    ['more than one', 'POST', '/auth/login', { body: '{"username":"a","password":"b"} {}' }, '400 invalid_json'],
    [
      'a member twice',
      'POST',
      '/auth/login',
      { body: '{"username":"a","username":"b","password":"c"}' },
      '400 invalid_json',
    ],
    ['a byte order mark', 'POST', '/auth/login', { body: `\ufeff${JSON.stringify(alice)}` }, '400 invalid_json'],
    ['a lone surrogate', 'POST', '/auth/login', { body: '{"username":"\\ud800","password":"x"}' }, '400 invalid_json'],
    ['a deep one', 'POST', '/auth/login', { body: `${'['.repeat(5000)}${']'.repeat(5000)}` }, '400 invalid_json'],
    ['a list', 'POST', '/auth/login', { body: [] }, '422 invalid_request'],
    ['text', 'POST', '/auth/login', { body: '"alice"' }, '422 invalid_request'],
    ['null', 'POST', '/auth/login', { body: 'null' }, '422 invalid_request'],
    ['no members', 'POST', '/auth/login', { body: {} }, '422 invalid_request'],
    ['20 kB', 'POST', '/auth/login', { body: { username: 'x'.repeat(20_000), password } }, '413 body_too_large'],
    [
      'a form',
      'POST',
      '/auth/login',
      { body: 'username=alice', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      '415 unsupported_media_type',
    ],
    [
      'JSON as text',
      'POST',
      '/auth/login',
      { body: alice, headers: { 'content-type': 'text/plain' } },
      '415 unsupported_media_type',
    ],
    [
      'JSON in UTF-16',
      'POST',
      '/auth/login',
      { body: alice, headers: { 'content-type': 'application/json; charset=utf-16' } },
      '415 unsupported_media_type',
    ],
    [
      'a compressed one',
      'POST',
      '/auth/login',
      { body: alice, headers: { ...json, 'content-encoding': 'gzip' } },
      '415 unsupported_media_type',
    ],
    ['another method', 'PUT', '/auth/login', { body: alice }, '405 method_not_allowed'],
    ['another path', 'POST', '/auth/log-in', { body: alice }, '404 not_found'],
    ['a doubled slash', 'POST', '/auth//login', { body: alice }, '404 not_found'],
    ['two slashes in front', 'POST', '//auth/login', { body: alice }, '404 not_found'],
    ['a slash behind', 'POST', '/auth/login/', { body: alice }, '404 not_found'],
    ['an encoded slash', 'POST', '/auth%2flogin', { body: alice }, '404 not_found'],
    ['a dot inside', 'POST', '/auth/%2e/login%2f..', { body: alice }, '404 not_found'],
    ['a dot behind', 'POST', '/auth/login.', { body: alice }, '404 not_found'],
    ['capitals', 'POST', '/AUTH/LOGIN', { body: alice }, '404 not_found'],
    ['a matrix parameter', 'GET', '/auth/me;x=1', {}, '404 not_found'],
    ['nothing', 'GET', '/', {}, '404 not_found'],
  ]
  it.each(refused)('refuse %s', async (_what, method, path, call, expected) => {
    const reply = await service.call(method, path, call)
    expect(refusal(reply)).toBe(expected)
    expect(Object.keys(reply.body).sort()).toEqual(
      expected === '422 invalid_request' ? ['code', 'members', 'msg'] : ['code', 'msg'],
    )
  })

  const strange: unknown[] = [1, true, null, [], ['alice'], {}, { $gt: '' }, { toString: 'alice' }]
  it.each(strange)('want text and not %j', async (value) => {
    for (const member of ['username', 'password', 'email']) {
      const reply = await service.call('POST', '/auth/register', { body: { ...alice, [member]: value } })
      expect([refusal(reply), reply.body.members]).toMatchObject(['422 invalid_request', [{ member }]])
    }
  })

  it('say every member that does not fit at once', async () => {
    const { body } = await service.call('POST', '/auth/login', { body: { username: 1 } })
    expect(body.members).toMatchObject([{ member: 'username' }, { member: 'password' }])
  })

  it('take nothing that was not asked for', async () => {
    const body = {
      ...alice,
      id: 'x',
      roles: ['admin'],
      disabled: true,
      password_hash: 'x',
      __proto__: { roles: ['admin'] },
    }
    const { status } = await service.call('POST', '/auth/register', { body })
    expect(status).toBe(201)
    const user = await service.auth.users.findByUsername('alice')
    expect(user).toMatchObject({ roles: [], disabledAt: null })
    expect(user?.id).not.toBe('x')
  })

  it('say which methods a path has', async () => {
    const reply = await service.call('PATCH', '/auth/sessions')
    expect([refusal(reply), reply.headers.get('allow')]).toEqual(['405 method_not_allowed', 'GET, DELETE'])
  })

  it('carry headers that keep them out of caches, frames and other sites', async () => {
    for (const reply of [
      await service.call('GET', '/auth/me'),
      await service.call('POST', '/auth/login', { body: alice }),
    ]) {
      expect(Object.fromEntries(reply.headers)).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      })
    }
  })

  const origins: [origin: string, allowed: string | null][] = [
    ['https://app.example', 'https://app.example'],
    ['https://app.example.evil', null],
    ['https://evil-app.example', null],
    ['http://app.example', null],
    ['https://app.example:8443', null],
    ['null', null],
  ]
  it.each(origins)('answer a page of %s with %s', async (origin, allowed) => {
    const { headers } = await service.call('GET', '/auth/me', { headers: { origin } })
    expect(headers.get('access-control-allow-origin')).toBe(allowed)
    const preflight = { origin, 'access-control-request-method': 'POST' }
    const reply = await service.call('OPTIONS', '/auth/login', { headers: preflight })
    expect(reply.headers.get('access-control-allow-origin')).toBe(allowed)
  })

  const exposed = ['Retry-After', 'X-Request-Id', 'WWW-Authenticate']
  const read: [what: string, method: string, path: string, status: number][] = [
    ['a refusal', 'GET', '/auth/me', 401],
    ['a path that is not there', 'GET', '/auth/nothing', 404],
    ['one outside of the routes', 'POST', '/nothing', 404],
    ['one beside the documents', 'GET', '/.well-known/nothing', 404],
    ['nothing at all', 'GET', '/', 404],
    ['another method', 'PUT', '/auth/login', 405],
    ['the document', 'GET', '/openapi.json', 200],
  ]
  it.each(read)('let a listed page read %s, and what to do about it', async (_what, method, path, status) => {
    for (const [origin, allowed] of origins) {
      const { headers, ...reply } = await service.call(method, path, { headers: { origin } })
      expect([reply.status, headers.get('access-control-allow-origin')]).toEqual([status, allowed])
      if (allowed === null) continue
      expect(headers.get('access-control-expose-headers')?.split(',')).toEqual(exposed)
      expect(headers.get('access-control-allow-credentials')).toBe('true')
      expect(headers.get('vary')).toBe('Origin')
    }
  })

  const requests = endpoints.map(({ method, path }) => [method.toUpperCase(), path.replace(/:\w+/g, 'any')] as const)
  it.each(requests)('let a listed page send %s %s, with all that the client sends', async (method, path) => {
    const sent = ['authorization', 'content-type', 'x-csrf-token']
    const { status, headers } = await service.call('OPTIONS', `/auth${path}`, {
      headers: {
        origin: 'https://app.example',
        'access-control-request-method': method,
        'access-control-request-headers': sent.join(),
      },
    })
    expect([status, headers.get('access-control-allow-origin')]).toEqual([204, 'https://app.example'])
    expect(headers.get('access-control-allow-credentials')).toBe('true')
    expect(namesIn(headers.get('access-control-allow-methods'))).toContain(method.toLowerCase())
    expect(namesIn(headers.get('access-control-allow-headers'))).toEqual(expect.arrayContaining(sent))
  })

  it('answer the preflight of a path that is not there, so that its 404 can be read', async () => {
    const headers = { origin: 'https://app.example', 'access-control-request-method': 'POST' }
    const reply = await service.call('OPTIONS', '/auth/nothing', { headers })
    expect([reply.status, reply.headers.get('access-control-allow-origin')]).toEqual([204, 'https://app.example'])
  })

  it('let a listed page read what is mounted elsewhere', async () => {
    const handle = service.auth.handlerAt('/api/auth')
    for (const path of ['/api/auth/me', '/api/auth/nothing']) {
      const request = new Request(`http://localhost${path}`, { headers: { origin: 'https://app.example' } })
      const { headers } = await handle(request)
      expect([path, headers.get('access-control-allow-origin')]).toEqual([path, 'https://app.example'])
    }
  })

  it('are described by a document that names every one of them, and a page that loads nothing', async () => {
    const { body } = await service.call('GET', '/openapi.json')
    expect(body.openapi).toBe('3.1.0')
    expect(Object.entries(body.paths as object).map(([path, methods]) => [path, Object.keys(methods)])).toEqual([
      ['/auth/register', ['post']],
      ['/auth/me', ['get', 'delete']],
      ['/auth/username', ['post']],
      ['/auth/email/change', ['post']],
      ['/auth/email/change/confirm', ['post']],
      ['/auth/email/change/cancel', ['post']],
      ['/auth/email/change/undo', ['post']],
      ['/auth/one-time-link', ['post']],
      ['/auth/login', ['post']],
      ['/auth/refresh', ['post']],
      ['/auth/logout', ['post']],
      ['/auth/reauthenticate', ['post']],
      ['/auth/password', ['post', 'delete']],
      ['/auth/sessions', ['get', 'delete']],
      ['/auth/sessions/{id}', ['delete']],
      ['/auth/mfa/verify', ['post']],
      ['/auth/mfa', ['get']],
      ['/auth/mfa/totp', ['post']],
      ['/auth/mfa/totp/{id}/confirm', ['post']],
      ['/auth/mfa/totp/{id}', ['delete']],
      ['/auth/mfa/recovery_codes', ['post']],
      ['/auth/passkeys', ['get', 'post']],
      ['/auth/passkeys/options', ['post']],
      ['/auth/passkeys/{id}', ['patch', 'delete']],
      ['/auth/login/passkey/options', ['post']],
      ['/auth/login/passkey', ['post']],
      ['/auth/mfa/passkey/options', ['post']],
      ['/auth/reauthenticate/passkey/options', ['post']],
      ['/auth/devices', ['get', 'delete']],
      ['/auth/devices/{id}', ['delete']],
      ['/auth/email/verification', ['post']],
      ['/auth/email/verify', ['post']],
      ['/auth/password/forgot', ['post']],
      ['/auth/password/reset', ['post']],
      ['/auth/login/email', ['post']],
      ['/auth/login/email/verify', ['post']],
      ['/auth/providers', ['get']],
      ['/auth/oauth/outcome', ['post']],
      ['/auth/oauth/{provider}', ['get']],
      ['/auth/oauth/{provider}/callback', ['get', 'post']],
      ['/auth/identities', ['get']],
      ['/auth/identities/{id}', ['post', 'delete']],
      ['/auth/verify', ['get']],
      ['/auth/introspect', ['post']],
      ['/auth/revoke', ['post']],
      ['/auth/revocations', ['get']],
      ['/auth/revocations/check', ['post']],
    ])
    type Form = { readonly post: { readonly requestBody: { readonly content: object } } }
    const introspect = (body.paths as Record<string, Form>)['/auth/introspect'] as Form
    expect(Object.keys(introspect.post.requestBody.content)).toEqual(['application/x-www-form-urlencoded'])
    const page = await service.auth.handler(new Request('http://localhost/docs'))
    const html = await page.text()
    for (const text of ['/auth/register', 'token_type_hint', '<code>after</code>']) expect(html).toContain(text)
    expect(html.match(/Needs an access token/g)).toHaveLength(24)
    expect(html).not.toContain('undefined')
    expect(html).not.toMatch(/<script|https?:\/\/|@import|url\(/)
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  })
})
