import { randomBytes } from 'node:crypto'
import { createAuth } from 'hallpass/auth'
import type { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually, type Node, password, secret, startNode } from '../test/nodes/node.ts'
import { freePort } from '../test/postgres.ts'
import { makeFolder, runHallpass } from '../test/server/process.ts'
import { makeApp as makeAuthApp } from './auth-in-your-app.ts'
import { makeApp as makeBlocklistApp } from './blocklist.ts'
import { app as cookieApp } from './cookies-csrf.ts'
import { app as claimsApp } from './custom-claims.ts'
import { app as freshApp } from './fresh-tokens.ts'
import { app as refreshApp } from './refresh.ts'
import { rotate, app as rotatingApp, withdraw } from './rotating-keys.ts'
import { makeService } from './service.ts'
import { makeApp as makeTutorialApp } from './tutorial.ts'

interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
}

async function logIn(app: Hono, path = '/login'): Promise<Tokens> {
  return (await (await app.request(path, { method: 'POST' })).json()) as Tokens
}

function send(app: Hono, method: string, path: string, token?: string): Promise<Response> | Response {
  return app.request(path, { method, headers: token === undefined ? {} : { Authorization: `Bearer ${token}` } })
}

async function codeOf(response: Response | Promise<Response>): Promise<unknown> {
  return ((await (await response).json()) as { code?: unknown }).code
}

describe('examples/tutorial', () => {
  const app = makeTutorialApp(':memory:', randomBytes(32).toString('base64url'))
  const alice = { username: 'alice', password: 'correct horse' }

  function post(path: string, body: unknown, type = 'application/json') {
    return app.request(path, { method: 'POST', headers: { 'Content-Type': type }, body: JSON.stringify(body) })
  }

  it('registers a name once, however it is written', async () => {
    expect((await post('/register', alice)).status).toBe(201)
    expect((await post('/register', alice)).status).toBe(409)
    expect((await post('/register', { ...alice, username: ' ALICE ' })).status).toBe(409)
  })

  it('answers the right password with a token for /protected', async () => {
    const response = await post('/login', alice)
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store'])
    const { access_token } = (await response.json()) as Tokens
    const guarded = await send(app, 'GET', '/protected', access_token)
    expect([guarded.status, await guarded.json()]).toEqual([200, { msg: 'Hello, user 1!' }])
  })

  const refused: [why: string, body: unknown][] = [
    ['a wrong password', { ...alice, password: 'wrong horse' }],
    ['an unknown user', { ...alice, username: 'mallory' }],
    ['a number as a password', { ...alice, password: 12345678 }],
    ['a password that is too long to be one', { ...alice, password: 'x'.repeat(129) }],
    ['no object', ['alice', 'correct horse']],
    ['SQL', { ...alice, username: "alice' OR '1'='1" }],
  ]
  it.each(refused)('answers %s with 401 and the same text', async (_why, body) => {
    const response = await post('/login', body)
    expect([response.status, await response.json()]).toEqual([401, { msg: 'Bad username or password' }])
  })

  it.each([
    ['a short password', { username: 'bob', password: 'short' }, 422],
    ['no name', { password: 'correct horse' }, 422],
    ['20 kB', { username: 'bob', password: 'x'.repeat(20_000) }, 413],
  ])('answers a registration with %s by saying so', async (_why, body, status) => {
    expect((await post('/register', body)).status).toBe(status)
  })

  it('answers a body that is no JSON with 422, not 500', async () => {
    expect((await app.request('/register', { method: 'POST', body: '{"username":' })).status).toBe(422)
  })

  it('refuses /protected without a token', async () => {
    const response = await send(app, 'GET', '/protected')
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    expect(await codeOf(response)).toBe('token_missing')
  })

  it('does not start without a strong secret', () => {
    expect(() => makeTutorialApp(':memory:', undefined)).toThrow(expect.objectContaining({ code: 'key_invalid' }))
    expect(() => makeTutorialApp(':memory:', 'super-secret')).toThrow(expect.objectContaining({ code: 'key_too_weak' }))
  })
})

describe('examples/auth-in-your-app', () => {
  it('guards routes of its own with accounts that it did not write', async () => {
    const auth = await createAuth({ database: 'sqlite::memory:', secret: randomBytes(32).toString('base64url') })
    const app = makeAuthApp(auth)
    const password = 'wonderland at tea time'
    const send = (path: string, body: object | null, token = '') =>
      app.request(path, {
        method: body === null ? 'GET' : 'POST',
        headers: { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) },
        ...(body !== null && { body: JSON.stringify(body) }),
      })
    const enter = async (username: string) =>
      (await (await send('/auth/login', { username, password })).json()) as Tokens
    expect((await send('/auth/register', { username: 'alice', password })).status).toBe(201)
    await auth.users.add({ username: 'root', password, roles: ['admin'] })
    const alice = await enter('alice')
    const root = await enter('root')
    expect(await (await send('/protected', null, alice.access_token)).json()).toEqual({ msg: 'Hello, alice!' })
    expect((await send('/users/root/disable', {}, alice.access_token)).status).toBe(403)
    expect((await send('/users/nobody/disable', {}, root.access_token)).status).toBe(404)
    expect((await send('/users/alice/disable', {}, root.access_token)).status).toBe(204)
    expect(await codeOf(send('/protected', null, alice.access_token))).toBe('token_revoked')
    await auth.close()
  })
})

describe('examples/refresh', () => {
  it('exchanges a refresh token for an access token, and accepts neither in place of the other', async () => {
    const { access_token, refresh_token } = await logIn(refreshApp)
    const refreshed = await send(refreshApp, 'POST', '/refresh', refresh_token)
    const next = (await refreshed.json()) as Tokens
    expect((await send(refreshApp, 'GET', '/protected', next.access_token)).status).toBe(200)
    expect(await codeOf(send(refreshApp, 'POST', '/refresh', access_token))).toBe('token_type_mismatch')
    expect(await codeOf(send(refreshApp, 'GET', '/protected', refresh_token))).toBe('token_type_mismatch')
  })
})

describe('examples/blocklist', () => {
  const app = makeBlocklistApp(':memory:')

  it('refuses a token after its logout, and no other', async () => {
    const { access_token, refresh_token } = await logIn(app)
    const other = await logIn(app)
    expect((await send(app, 'GET', '/protected', access_token)).status).toBe(200)
    expect((await send(app, 'DELETE', '/logout', access_token)).status).toBe(204)
    expect((await send(app, 'DELETE', '/logout', refresh_token)).status).toBe(204)
    expect(await codeOf(send(app, 'GET', '/protected', access_token))).toBe('token_revoked')
    expect(await codeOf(send(app, 'DELETE', '/logout', refresh_token))).toBe('token_revoked')
    expect((await send(app, 'GET', '/protected', other.access_token)).status).toBe(200)
  })
})

describe('examples/cookies-csrf', () => {
  let cookie = ''
  let csrf = ''

  beforeAll(async () => {
    const response = await cookieApp.request('/login', { method: 'POST' })
    const pairs = response.headers.getSetCookie().map((line) => line.split(';')[0] ?? '')
    cookie = pairs.join('; ')
    csrf = pairs.find((pair) => pair.startsWith('__Host-csrf_access_token='))?.split('=')[1] ?? ''
  })

  const requests: [what: string, method: string, headers: Record<string, string>, status: number][] = [
    ['reads with the cookie alone', 'GET', {}, 200],
    ['changes nothing with the cookie alone', 'POST', {}, 403],
    ['changes nothing with a wrong value', 'POST', { 'X-CSRF-TOKEN': 'wrong' }, 403],
  ]
  it.each(requests)('%s', async (_what, method, headers, status) => {
    expect((await cookieApp.request('/protected', { method, headers: { cookie, ...headers } })).status).toBe(status)
  })

  it('changes with the value that the script read', async () => {
    const headers = { cookie, 'X-CSRF-TOKEN': csrf }
    expect((await cookieApp.request('/protected', { method: 'POST', headers })).status).toBe(200)
  })

  it('changes nothing for a page of another site, whatever it sends', async () => {
    const headers = { cookie, 'X-CSRF-TOKEN': csrf, 'Sec-Fetch-Site': 'cross-site' }
    const response = await cookieApp.request('/protected', { method: 'POST', headers })
    expect([response.status, await codeOf(response)]).toEqual([403, 'cross_site_refused'])
  })

  it('removes all four cookies at logout', async () => {
    const lines = (await cookieApp.request('/logout', { method: 'POST' })).headers.getSetCookie()
    expect(lines.map((line) => line.split(';')[0])).toEqual([
      '__Host-access_token=',
      '__Host-csrf_access_token=',
      '__Host-refresh_token=',
      '__Host-csrf_refresh_token=',
    ])
  })
})

describe('examples/fresh-tokens', () => {
  it('lets a new login change the password, but not a refreshed token', async () => {
    const { access_token, refresh_token } = await logIn(freshApp)
    expect((await send(freshApp, 'POST', '/password', access_token)).status).toBe(200)
    const refreshed = (await (await send(freshApp, 'POST', '/refresh', refresh_token)).json()) as Tokens
    expect((await send(freshApp, 'GET', '/protected', refreshed.access_token)).status).toBe(200)
    expect(await codeOf(send(freshApp, 'POST', '/password', refreshed.access_token))).toBe('token_not_fresh')
  })
})

describe('examples/custom-claims', () => {
  it('decides by the role in the token, and refuses a deleted user', async () => {
    const alice = await logIn(claimsApp, '/login/1')
    const bob = await logIn(claimsApp, '/login/2')
    expect(await (await send(claimsApp, 'GET', '/me', bob.access_token)).json()).toEqual({
      name: 'Bob',
      role: 'reader',
    })
    expect((await send(claimsApp, 'DELETE', '/users/1', bob.access_token)).status).toBe(403)
    expect((await send(claimsApp, 'DELETE', '/users/2', alice.access_token)).status).toBe(204)
    expect(await codeOf(send(claimsApp, 'GET', '/me', bob.access_token))).toBe('user_not_found')
  })
})

describe('examples/rotating-keys', () => {
  it('keeps working during a rotation, and refuses tokens of a withdrawn key', async () => {
    const old = await logIn(rotatingApp)
    rotate('2026-11')
    const recent = await logIn(rotatingApp)
    expect(await (await send(rotatingApp, 'GET', '/protected', old.access_token)).json()).toMatchObject({
      kid: '2026-10',
    })
    expect(await (await send(rotatingApp, 'GET', '/protected', recent.access_token)).json()).toMatchObject({
      kid: '2026-11',
    })
    withdraw('2026-10')
    expect(await codeOf(send(rotatingApp, 'GET', '/protected', old.access_token))).toBe('token_key_unknown')
    expect((await send(rotatingApp, 'GET', '/protected', recent.access_token)).status).toBe(200)
    const { keys } = (await (await rotatingApp.request('/.well-known/jwks.json')).json()) as { keys: object[] }
    expect(keys).toEqual([expect.objectContaining({ kid: '2026-11', alg: 'ES256', use: 'sig' })])
    expect(JSON.stringify(keys)).not.toContain('"d"')
  })
})

describe('examples/service', () => {
  const folder = makeFolder()
  const database = `sqlite:${folder.path}/test.db`
  let node: Node
  let service: ReturnType<typeof makeService>

  beforeAll(async () => {
    const port = await freePort()
    const server = `http://127.0.0.1:${port}`
    node = await startNode(database, ['--port', `${port}`], { HALLPASS_ISSUER: server })
    const env = { HALLPASS_ENCRYPTION_SECRET: secret }
    const added = await runHallpass(['clients', 'add', 'shop', '--json', '--database', database], { env })
    const { client_id, client_secret } = JSON.parse(added.stdout)
    service = makeService(server, { clientId: client_id, clientSecret: client_secret })
    await node.send('/auth/register', { username: 'alice', password })
  })
  afterAll(async () => {
    await service?.jwt.close()
    await node?.stop()
    folder.remove()
  })

  it('accepts the tokens of the server until they are revoked', async () => {
    const { app } = service
    const { access_token } = await node.login('alice')
    expect((await send(app, 'GET', '/orders')).status).toBe(401)
    expect((await send(app, 'GET', '/orders', access_token)).status).toBe(200)
    expect((await send(app, 'POST', '/orders', access_token)).status).toBe(201)
    await node.send('/auth/logout', {}, access_token)
    expect(await codeOf(send(app, 'POST', '/orders', access_token))).toBe('token_revoked')
    await eventually(async () => expect((await send(app, 'GET', '/orders', access_token)).status).toBe(401))
  })
})
