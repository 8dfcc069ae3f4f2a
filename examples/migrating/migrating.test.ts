import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { serve } from '@hono/node-server'
import type { Express } from 'express'
import type { FastifyInstance } from 'fastify'
import { JwtManager } from 'hallpass'
import type { Auth } from 'hallpass/auth'
import type { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureDebianPackages } from '../../test/debian.ts'
import { freePort } from '../../test/postgres.ts'
import { makeFolder } from '../../test/server/process.ts'
import * as newBetterAuth from './better-auth-after.ts'
import * as oldBetterAuth from './better-auth-before.ts'
import * as newFastify from './fastify-jwt-after.ts'
import * as oldFastify from './fastify-jwt-before.ts'
import * as newFlask from './flask-after.ts'
import * as newHono from './hono-jwt-after.ts'
import * as oldHono from './hono-jwt-before.ts'
import * as newExpress from './jsonwebtoken-after.ts'
import * as oldExpress from './jsonwebtoken-before.ts'
import * as newPassport from './passport-jwt-after.ts'
import * as oldPassport from './passport-jwt-before.ts'

const secret = randomBytes(32).toString('base64url')
const password = 'wonderland at tea time'
const running: (() => unknown)[] = []
afterAll(async () => {
  for (const close of running.splice(0)) await close()
})

// biome-ignore lint/suspicious/noExplicitAny: whatever its variables are
type App = Express | FastifyInstance | Hono<any>

async function listen(app: App, port = 0): Promise<string> {
  if ('inject' in app) {
    await app.listen({ port, host: '127.0.0.1' })
    running.push(() => app.close())
    return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  }
  const server =
    'fetch' in app
      ? (serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }) as Server)
      : (app as Express).listen(port, '127.0.0.1')
  if (!server.listening) await once(server, 'listening')
  running.push(
    () => server.closeAllConnections(),
    () => server.close(),
  )
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function postJson(url: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  const type = { 'content-type': 'application/json', ...headers }
  return fetch(url, { method: 'POST', headers: type, body: JSON.stringify(body), redirect: 'manual' })
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const cookieHeader = (response: Response) =>
  response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')

type MakeApp = (secret: string) => App | Promise<App>

const programs: [library: string, before: MakeApp, after: MakeApp][] = [
  ['jsonwebtoken and express-jwt', oldExpress.makeApp, newExpress.makeApp],
  ['Passport-JWT', oldPassport.makeApp, newPassport.makeApp],
  ['@fastify/jwt', oldFastify.makeApp, newFastify.makeApp],
  ['hono/jwt', oldHono.makeApp, newHono.makeApp],
]

describe.each(programs)('from %s', (_library, before, after) => {
  let urls: string[]
  beforeAll(async () => {
    urls = [await listen(await before(secret)), await listen(await after(secret))]
  })

  it('takes the tokens of either on both sides, so that nobody has to log in again', async () => {
    const seen: unknown[] = []
    for (const url of urls) {
      const login = (await (await postJson(`${url}/login`, { username: 'alice' })).json()) as { token: string }
      for (const other of urls) {
        const response = await fetch(`${other}/protected`, { headers: bearer(login.token) })
        expect(response.status).toBe(200)
        seen.push(await response.json())
      }
    }
    expect(new Set(seen.map((body) => JSON.stringify(body))).size).toBe(1)
    expect(seen[0]).toMatchObject({ user: 'alice' })
  })

  it('refuses what the other refused', async () => {
    const forged = new JwtManager({ secret: randomBytes(32), preset: 'plain' }).createAccessToken('alice')
    for (const url of urls) {
      for (const headers of [{}, bearer('x'), bearer(forged)]) {
        expect((await fetch(`${url}/protected`, { headers })).status).toBeGreaterThanOrEqual(400)
      }
    }
  })
})

describe('from better-auth', () => {
  const folder = makeFolder()
  const oldPath = join(folder.path, 'better-auth.db')
  let before: string
  let after: string
  let auth: Auth
  let cookie: string
  let userId: string
  afterAll(async () => {
    await auth?.close()
    folder.remove()
  })

  beforeAll(async () => {
    const port = await freePort()
    before = `http://127.0.0.1:${port}`
    await listen(await oldBetterAuth.makeApp(secret, oldPath, before), port)
    const origin = { origin: before }
    const member = { email: 'alice@example.com', password, name: 'Alice' }
    expect((await postJson(`${before}/api/auth/sign-up/email`, member, origin)).status).toBe(200)
    const login = await postJson(`${before}/api/auth/sign-in/email`, member, origin)
    cookie = cookieHeader(login)
    userId = ((await (await fetch(`${before}/protected`, { headers: { cookie } })).json()) as { user: string }).user
    const made = await newBetterAuth.makeApp(secret, oldPath, `sqlite:${join(folder.path, 'new.db')}`)
    auth = made.auth
    after = await listen(made.app)
  })

  it('keeps a browser logged in, under the same id', async () => {
    const first = await fetch(`${after}/protected`, { headers: { cookie }, redirect: 'manual' })
    expect([first.status, first.headers.get('location')]).toEqual([307, '/protected'])
    const next = cookieHeader(first)
    const second = await fetch(`${after}/protected`, { headers: { cookie: next } })
    expect([second.status, await second.json()]).toEqual([200, { user: userId }])
  })

  it('takes the password, and makes it argon2id', async () => {
    const login = await postJson(`${after}/auth/login`, { username: 'alice@example.com', password })
    const { access_token } = (await login.json()) as { access_token: string }
    expect(await (await fetch(`${after}/protected`, { headers: bearer(access_token) })).json()).toEqual({
      user: userId,
    })
    const wrong = await postJson(`${after}/auth/login`, { username: 'alice@example.com', password: `${password}!` })
    expect(wrong.status).toBe(401)
  })

  it('takes no session that is forged, unknown or over', async () => {
    const [name, value = ''] = cookie.split('=') as [string, string]
    const [token] = decodeURIComponent(value).split('.') as [string]
    for (const forged of [`${token}.${'A'.repeat(43)}=`, `x.${value.split('.')[1]}`, token, '']) {
      const response = await fetch(`${after}/protected`, {
        headers: { cookie: `${name}=${encodeURIComponent(forged)}` },
        redirect: 'manual',
      })
      expect(response.status).toBe(401)
    }
    await postJson(`${before}/api/auth/sign-out`, {}, { cookie, origin: before })
    expect((await fetch(`${after}/protected`, { headers: { cookie }, redirect: 'manual' })).status).toBe(401)
  })
})

describe('from Flask-JWT-Extended', () => {
  const folder = makeFolder()
  const oldPath = join(folder.path, 'flask.db')
  let flask: ChildProcess
  let before: string
  let after: string
  let auth: Auth
  afterAll(async () => {
    flask?.kill('SIGKILL')
    await auth?.close()
    folder.remove()
  })

  beforeAll(async () => {
    await ensureDebianPackages(
      ['python3-python-flask-jwt-extended', 'python3-jwt', 'python3-cryptography'],
      ['/usr/bin/python3', '-c', 'import flask_jwt_extended, jwt, cryptography'],
    )
    const program = new URL('flask-before.py', import.meta.url).pathname
    flask = spawn('/usr/bin/python3', [program, oldPath], {
      env: { JWT_SECRET_KEY: secret },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const [line] = await once(flask.stdout as NonNullable<typeof flask.stdout>, 'data')
    before = `http://127.0.0.1:${String(line).trim()}`
    const made = await newFlask.makeApp(secret, oldPath, `sqlite:${join(folder.path, 'new.db')}`)
    auth = made.auth
    after = await listen(made.app)
  }, 60_000)

  const alice = { username: 'alice', password }
  const csrfOf = (cookies: string) => ({ 'x-csrf-token': /csrf_access_token=([^;]+)/.exec(cookies)?.[1] ?? '' })

  it('takes the tokens of either on both sides, under the same id', async () => {
    const old = (await (await postJson(`${before}/login`, alice)).json()) as { access_token: string }
    const login = (await (await postJson(`${after}/auth/login`, alice)).json()) as { access_token: string }
    for (const { access_token } of [old, login]) {
      for (const url of [before, after]) {
        const response = await fetch(`${url}/protected`, { headers: bearer(access_token) })
        expect([response.status, await response.json()]).toEqual([200, { user: '1' }])
      }
    }
  })

  it('lets a browser move between them, either way, with the double submit on both', async () => {
    const login = (await (await postJson(`${after}/auth/login`, alice)).json()) as { access_token: string }
    const made = await postJson(`${after}/session`, {}, bearer(login.access_token))
    for (const cookie of [cookieHeader(await postJson(`${before}/login`, alice)), cookieHeader(made)]) {
      for (const url of [before, after]) {
        expect((await fetch(`${url}/protected`, { headers: { cookie } })).status).toBe(200)
        const send = (headers: Record<string, string>) =>
          fetch(`${url}/protected`, { method: 'POST', headers: { cookie, ...headers } })
        expect((await send(csrfOf(cookie))).status).toBe(200)
        expect([(await send({})).status, (await send({ 'x-csrf-token': 'x' })).status]).toEqual([401, 401])
      }
    }
  })

  it('refuses on its own side what was taken back there', async () => {
    const login = (await (await postJson(`${after}/auth/login`, alice)).json()) as { access_token: string }
    await postJson(`${after}/auth/logout`, {}, bearer(login.access_token))
    expect((await fetch(`${after}/protected`, { headers: bearer(login.access_token) })).status).toBe(401)
  })
})
