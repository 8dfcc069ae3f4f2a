import { randomBytes } from 'node:crypto'
import { JwtManager } from 'hallpass'
import { jwtRequired } from 'hallpass/hono'
import { Hono } from 'hono'
import jsonwebtoken from 'jsonwebtoken'
import { beforeAll, describe, expect, it } from 'vitest'
import * as newFastify from './fastify-jwt-after.ts'
import * as oldFastify from './fastify-jwt-before.ts'
import * as newHono from './hono-jwt-after.ts'
import * as oldHono from './hono-jwt-before.ts'
import * as newExpress from './jsonwebtoken-after.ts'
import * as oldExpress from './jsonwebtoken-before.ts'
import * as newPassport from './passport-jwt-after.ts'
import * as oldPassport from './passport-jwt-before.ts'
import { type App, bearer, listen, postJson, secret } from './servers.ts'

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

  it('accepts the tokens of either side on both, so that no user has to log in again', async () => {
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

  it('refuses what the other one refused', async () => {
    const forged = new JwtManager({ secret: randomBytes(32), preset: 'plain' }).createAccessToken('alice')
    for (const url of urls) {
      for (const headers of [{}, bearer('x'), bearer(forged)]) {
        expect((await fetch(`${url}/protected`, { headers })).status).toBeGreaterThanOrEqual(400)
      }
    }
  })
})

describe('the cookie of an old program', () => {
  const guarded = (options: object) => {
    const jwt = new JwtManager({
      secret,
      preset: 'plain',
      tokenLocation: 'cookies',
      accessCookieName: 'token',
      ...options,
    })
    return new Hono().all('/', jwtRequired(jwt), (c) => c.text(c.var.jwt.identity))
  }
  const rows: [options: object, statuses: number[]][] = [
    [{}, [200, 403, 403, 403, 403]],
    [{ cookieCsrfProtect: false }, [200, 200, 200, 200, 200]],
  ]
  it.each(rows)('is read with %o, with the statuses %o', async (options, statuses) => {
    const cookie = `token=${jsonwebtoken.sign({ sub: 'alice' }, secret, { expiresIn: '1h' })}`
    const app = guarded(options)
    const answers = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) =>
      app.request('/', { method, headers: { cookie } }),
    )
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(statuses)
  })
})

describe('the end of the move', () => {
  const plain = new JwtManager({ secret, preset: 'plain' })
  const standard = new JwtManager({ secret })

  it('logs no one out if tokens are issued without the preset before they are required without it', () => {
    const [old, next] = [plain.createAccessToken('alice'), standard.createAccessToken('alice')]
    expect([plain.verify(old).identity, plain.verify(next).identity]).toEqual(['alice', 'alice'])
    expect(standard.verify(next).identity).toBe('alice')
    expect(() => standard.verify(old)).toThrow(expect.objectContaining({ code: 'token_typ_mismatch' }))
  })
})
