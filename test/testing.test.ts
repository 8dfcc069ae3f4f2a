import { importKey, JwtManager } from 'hallpass'
import { jwtRequired } from 'hallpass/hono'
import { createTestAuth, type TestAuth, testToken } from 'hallpass/testing'
import { Hono } from 'hono'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

const secret = 'a secret of more than thirty-two bytes, for tests alone'

describe('testToken', () => {
  const jwt = new JwtManager({ secret, tokenLocation: ['headers', 'cookies'], issuer: 'me', audience: 'api' })
  const app = new Hono()
  app.get('/', jwtRequired(jwt), (c) => c.json(c.var.jwt))
  app.get('/fresh', jwtRequired(jwt, { fresh: true }), (c) => c.json(c.var.jwt))
  app.get('/refresh', jwtRequired(jwt, { refresh: true }), (c) => c.json(c.var.jwt))
  app.get('/admin', jwtRequired(jwt, { roles: 'admin', scopes: 'all' }), (c) => c.json(c.var.jwt))
  const ask = async (path: string, token: string) => {
    const response = await app.request(path, { headers: { authorization: `Bearer ${token}` } })
    const body = (await response.json()) as { code?: string; identity?: string }
    return body.code ?? body.identity
  }

  it('issues what the manager issues', async () => {
    expect(await ask('/', testToken(jwt, { identity: 'alice' }))).toBe('alice')
    expect(await ask('/fresh', testToken(jwt, { identity: 'alice', fresh: true }))).toBe('alice')
    expect(await ask('/fresh', testToken(jwt, { identity: 'alice' }))).toBe('token_not_fresh')
    expect(await ask('/refresh', testToken(jwt, { identity: 'alice', refresh: true }))).toBe('alice')
    expect(await ask('/admin', testToken(jwt, { identity: 'a', roles: ['admin'], scope: 'all' }))).toBe('a')
    expect(await ask('/admin', testToken(jwt, { identity: 'a', roles: ['admin'] }))).toBe('insufficient_scope')
    const { claims } = jwt.verify(testToken(jwt, { identity: 'alice', claims: { tenant: 't' } }))
    expect(claims).toMatchObject({ sub: 'alice', iss: 'me', aud: 'api', tenant: 't' })
  })

  it.each([0, 1, 10_000, 100_000_000])(
    'issues one that expired %d seconds ago, and is otherwise valid',
    async (ago) => {
      for (const path of ['/', '/refresh']) {
        const token = testToken(jwt, { identity: 'alice', refresh: path === '/refresh', expiredSecondsAgo: ago })
        expect(await ask(path, token)).toBe('token_expired')
        expect(jwt.decodeToken(token, { allowExpired: true })).toMatchObject({ sub: 'alice', iss: 'me' })
      }
    },
  )
})

describe('testToken, of a manager of another kind', () => {
  it('can expire even if tokens never do, or if each identity has its own key', async () => {
    const own = importKey({ secret: 'another secret of more than thirty-two bytes' })
    for (const options of [
      { secret, accessTokenSeconds: false as const, requireExp: false },
      { secret, signingKeyFor: () => own, verifyingKeyFor: () => own },
    ]) {
      const jwt = new JwtManager(options)
      const app = new Hono()
      app.get('/', jwtRequired(jwt), (c) => c.json(c.var.jwt))
      const token = testToken(jwt, { identity: 'alice', expiredSecondsAgo: 60 })
      const response = await app.request('/', { headers: { authorization: `Bearer ${token}` } })
      expect(await response.json()).toMatchObject({ code: 'token_expired' })
    }
  })
})

describe('claimsFor of createAuth', () => {
  it.each(['admin', ['admin'], new Map([['role', 'admin']]), null, undefined])(
    'must answer an object: %o is neither spread nor passed over',
    async (answer) => {
      const auth = await createTestAuth({ claimsFor: async () => answer as never })
      await expect(auth.login('alice')).rejects.toMatchObject({ code: 'claims_invalid' })
      await auth.close()
    },
  )

  it('removes nothing by a claim that is undefined', async () => {
    const auth = await createTestAuth({ claimsFor: () => ({ roles: undefined, tenant: 't' }) })
    const { accessToken } = await auth.login('alice', { roles: ['admin'] })
    expect(auth.jwt.decodeToken(accessToken)).toMatchObject({ roles: ['admin'], tenant: 't' })
    await auth.close()
  })
})

describe('createTestAuth', () => {
  let auth: TestAuth
  beforeEach(async () => {
    auth = await createTestAuth()
  })
  afterEach(() => auth.close())

  const status = async (path: string, init?: RequestInit) =>
    (await auth.handler(new Request(`http://localhost${path}`, init))).status

  it('creates users and logs them in, with the requested roles', async () => {
    const { user, headers, accessToken } = await auth.login('alice', { roles: ['admin'] })
    expect(await status('/auth/me', { headers })).toBe(200)
    expect(auth.jwt.verify(accessToken)).toMatchObject({ identity: user.id, claims: { roles: ['admin'], fresh: true } })
    const again = await auth.login('alice')
    expect([again.user.id, again.user.roles]).toEqual([user.id, ['admin']])
    const changed = await auth.login('alice', { roles: [] })
    expect(auth.jwt.decodeToken(changed.accessToken).roles).toBeUndefined()
    expect(await status('/auth/me', { headers })).toBe(401)
  })

  it('returns a browser’s cookies, with the CSRF value for changes', async () => {
    const { cookieHeaders } = await auth.login('alice')
    const { cookie } = cookieHeaders
    expect(await status('/auth/me', { headers: { cookie } })).toBe(200)
    expect(await status('/auth/sessions', { method: 'DELETE', headers: { cookie } })).toBe(403)
    expect(await status('/auth/sessions', { method: 'DELETE', headers: cookieHeaders })).toBe(204)
  })

  it('returns the cookies with which a browser refreshes', async () => {
    const { cookieHeaders, refreshCookieHeaders } = await auth.login('alice')
    expect(await status('/auth/refresh', { method: 'POST', headers: cookieHeaders })).toBe(403)
    expect(await status('/auth/refresh', { method: 'POST', headers: refreshCookieHeaders })).toBe(200)
  })

  it('has a clock that stands still until it is advanced', async () => {
    const { headers, refreshToken } = await auth.login('alice')
    auth.clock.advance(899)
    expect(await status('/auth/me', { headers })).toBe(200)
    auth.clock.advance(1)
    expect(await status('/auth/me', { headers })).toBe(401)
    const body = JSON.stringify({ refresh_token: refreshToken })
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body }
    expect(await status('/auth/refresh', init)).toBe(200)
    auth.clock.advance(91 * 24 * 60 * 60)
    expect(await status('/auth/refresh', init)).toBe(401)
  })

  it('accepts and refuses the same options as createAuth', async () => {
    const other = await createTestAuth({
      keyRing: { encryptionSecret: secret },
      registration: 'closed',
      accessTokenSeconds: 5,
    })
    const { accessToken } = await other.login('alice')
    expect(other.jwt.getUnverifiedJwtHeaders(accessToken)).toMatchObject({ alg: 'ES256' })
    await other.close()
    await expect(createTestAuth({ registration: 'perhaps' as never })).rejects.toMatchObject({ code: 'option_invalid' })
  })
})

describe('hallpass/testing', () => {
  afterEach(() => vi.unstubAllEnvs())

  it.each([
    ['production', 'option_invalid'],
    ['development', 'loaded'],
    ['test', 'loaded'],
    [undefined, 'loaded'],
  ])('with NODE_ENV=%s: %s', async (environment, outcome) => {
    vi.stubEnv('NODE_ENV', environment)
    vi.resetModules()
    const code = await import('../src/testing.ts').then(
      () => 'loaded',
      (error) => error.code,
    )
    expect(code).toBe(outcome)
  })
})
