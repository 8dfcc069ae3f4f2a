import { EventEmitter } from 'node:events'
import { connect, createServer, type Http2Server } from 'node:http2'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import express5, { type Express, type Request, type Response } from 'express'
import fastify from 'fastify'
import { JwtManager } from 'hallpass'
import { authRoutes, jwtRequired } from 'hallpass/express'
import * as onFastify from 'hallpass/fastify'
import { authRoutes as onNode } from 'hallpass/node'
import { createTestAuth, type TestAuth, testToken } from 'hallpass/testing'
import { createMocks } from 'node-mocks-http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

// These packages have no types, or those of Express 5 are close enough.
const load = createRequire(import.meta.url)
const express4: typeof express5 = load('express4')
type Lambda = (event: object, context: object) => Promise<{ statusCode: number; body: string }>
const serverlessHttp: (app: Express) => Lambda = load('serverless-http')
const { configure }: { configure: (options: { app: Express }) => Lambda } = load('@codegenie/serverless-express')

const alice = { username: 'alice', password: 'wonderland at tea time' }
let auth: TestAuth
beforeAll(async () => {
  auth = await createTestAuth()
  await auth.users.add(alice)
})
afterAll(() => auth.close())

const jwt = new JwtManager({
  secret: 'a secret of more than thirty-two bytes, for tests alone',
  tokenLocation: ['headers', 'cookies', 'json'],
  csrfCheckForm: true,
})
const token = testToken(jwt, { identity: 'alice' })
const csrf = jwt.getCsrfToken(token)
const json = { 'content-type': 'application/json' }

function makeApp(express: typeof express5, parsers: 'none' | 'before'): Express {
  const app = express()
  if (parsers === 'before') app.use(express.json(), express.urlencoded({ extended: false }))
  app.use('/auth', authRoutes(auth))
  app.all('/guarded', jwtRequired(jwt), (req, res) => {
    res.json({ identity: req.jwt.identity })
  })
  return app
}

/** Events of both versions of API Gateway. */
const events: Readonly<Record<string, (method: string, path: string, headers: object, body?: string) => object>> = {
  'REST API': (httpMethod, path, headers, body) => ({
    httpMethod,
    path,
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    body: body ?? null,
    requestContext: { identity: { sourceIp: '192.0.2.1' } },
  }),
  'HTTP API': (method, rawPath, headers, body) => ({
    version: '2.0',
    rawPath,
    rawQueryString: '',
    headers,
    body: body ?? null,
    isBase64Encoded: false,
    requestContext: { http: { method, path: rawPath, sourceIp: '192.0.2.1' } },
  }),
}
const wrappers: Readonly<Record<string, (app: Express) => Lambda>> = {
  'serverless-http': serverlessHttp,
  '@codegenie/serverless-express': (app) => configure({ app }),
}
const versions: [string, typeof express5, 'none' | 'before'][] = [
  ['Express 5', express5, 'none'],
  ['Express 5, parsers before', express5, 'before'],
  ['Express 4', express4, 'none'],
  ['Express 4, parsers before', express4, 'before'],
]

describe.each(Object.entries(wrappers))('%s', (_name, wrap) => {
  describe.each(Object.entries(events))('with events of a %s', (_version, event) => {
    it.each(versions)('brings requests to %s', async (_which, express, parsers) => {
      const lambda = wrap(makeApp(express, parsers))
      const host = { host: 'app.example' }
      const send = async (method: string, path: string, headers: object = {}, body?: string) => {
        const answer = await lambda(event(method, path, { ...host, ...headers }, body), {})
        return [answer.statusCode, answer.body === '' ? null : JSON.parse(answer.body)] as const
      }
      const [status, tokens] = await send('POST', '/auth/login', json, JSON.stringify(alice))
      expect([status, tokens]).toEqual([200, expect.objectContaining({ token_type: 'Bearer' })])
      const bearer = { authorization: `Bearer ${tokens.access_token}` }
      expect((await send('GET', '/auth/me', bearer))[0]).toBe(200)
      expect((await send('POST', '/auth/login', json, '{"username":"alice"}'))[1]).toMatchObject({
        code: 'invalid_request',
      })
      expect((await send('POST', '/auth/login'))[0]).toBe(415)
      expect(await send('GET', '/guarded', { authorization: `Bearer ${token}` })).toEqual([200, { identity: 'alice' }])
      expect((await send('GET', '/guarded'))[0]).toBe(401)
      expect((await send('POST', '/guarded', json, JSON.stringify({ access_token: token })))[0]).toBe(200)
      const form = { cookie: `__Host-access_token=${token}`, 'content-type': 'application/x-www-form-urlencoded' }
      expect((await send('POST', '/guarded', form, `csrf_token=${csrf}`))[0]).toBe(200)
      expect((await send('POST', '/guarded', form, 'csrf_token=x'))[0]).toBe(403)
      const [, { sessions }] = await send('GET', '/auth/sessions', bearer)
      expect(sessions[0].address).toBe('192.0.2.1')
      // Without a body: with a length of 0, and without a length.
      expect((await send('POST', '/auth/login', { ...json, 'content-length': '0' }))[1]).toMatchObject({
        code: 'invalid_json',
      })
      const { authorization } = bearer
      expect((await send('POST', '/auth/logout', { authorization }))[0]).toBe(204)
      expect((await send('GET', '/auth/me', bearer))[0]).toBe(401)
    })
  })
})

describe('node-mocks-http', () => {
  const mock = (options: object) => createMocks<Request, Response>(options, { eventEmitter: EventEmitter })

  it('brings requests to a guard', () => {
    const rows: [request: object, passes: boolean][] = [
      [{ headers: { authorization: `Bearer ${token}` } }, true],
      [{ headers: { Authorization: `Bearer ${token}` } }, true],
      [{ headers: { cookie: `__Host-access_token=${token}` } }, true],
      [{}, false],
      [{ headers: { authorization: 'Bearer x' } }, false],
    ]
    for (const [request, passes] of rows) {
      const { req, res } = mock({ method: 'GET', url: '/', ...request })
      let passed = false
      jwtRequired(jwt)(req, res, () => {
        passed = true
      })
      expect([passed, passed ? req.jwt.identity : res.statusCode]).toEqual([passes, passes ? 'alice' : 401])
    }
  })

  it('brings bodies to a guard', async () => {
    const request = { method: 'POST', url: '/', headers: json, body: { access_token: token } }
    const { req, res } = mock(request)
    await new Promise<unknown>((next) => jwtRequired(jwt)(req, res, next))
    expect(req.jwt.identity).toBe('alice')
  })

  it('brings requests to the routes of createAuth', async () => {
    const rows: [request: object, status: number][] = [
      [{ method: 'POST', url: '/login', headers: json, body: alice }, 200],
      [{ method: 'POST', url: '/login', headers: json, body: { username: 'alice' } }, 422],
      [{ method: 'GET', url: '/me' }, 401],
    ]
    for (const [request, status] of rows) {
      const { req, res } = mock(request)
      const sent = new Promise((resolve) => res.on('end', resolve))
      authRoutes(auth)(req, res, (error) => expect.fail(String(error)))
      await sent
      expect([res.statusCode, typeof JSON.parse((res as unknown as { _getData(): string })._getData())]).toEqual([
        status,
        'object',
      ])
    }
  })
})

describe('HTTP/2, which has no Host', () => {
  const origin = 'https://app.example'
  const headers = (more: object) => ({ ':authority': 'App.Example:443', ':scheme': 'https', ...more })

  function ask(port: number, all: Record<string, string>, body?: string): Promise<[number, string]> {
    return new Promise((resolve, reject) => {
      const client = connect(`http://127.0.0.1:${port}`)
      client.on('error', reject)
      const stream = client.request(all)
      let status = 0
      let text = ''
      stream.on('response', (answer) => {
        status = Number(answer[':status'])
      })
      stream.on('data', (chunk) => {
        text += chunk
      })
      stream.on('end', () => {
        client.close()
        resolve([status, text])
      })
      stream.on('error', reject)
      stream.end(body)
    })
  }

  const own = { cookie: `__Host-access_token=${token}`, 'x-csrf-token': csrf }
  const login = { ':method': 'POST', ':path': '/auth/login', ...json }
  const body = JSON.stringify({ ...alice, cookies: true })

  it('accepts its own origin and no other, on Fastify', async () => {
    const app = fastify({ http2: true })
    await app.register(onFastify.hallpass as never, { jwt })
    await app.register(onFastify.authRoutes as never, { auth, prefix: '/auth' })
    app.post('/', { onRequest: onFastify.jwtRequired(jwt) as never }, async () => 'in')
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo
    const post = (from: string) => ask(port, headers({ ':method': 'POST', ':path': '/', origin: from, ...own }))
    expect(await post(origin)).toEqual([200, 'in'])
    expect((await post('https://evil.example'))[0]).toBe(403)
    expect((await ask(port, headers({ ...login, origin }), body))[0]).toBe(200)
    expect((await ask(port, headers({ ...login, origin: 'https://evil.example' }), body))[0]).toBe(403)
    await app.close()
  })

  it('accepts its own origin on bare node:http2', async () => {
    const handle = onNode(auth, '/auth')
    const server: Http2Server = createServer((req, res) => handle(req as never, res as never))
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
    const { port } = server.address() as AddressInfo
    expect((await ask(port, headers({ ...login, origin }), body))[0]).toBe(200)
    expect((await ask(port, headers({ ...login, origin: 'https://evil.example' }), body))[0]).toBe(403)
    server.close()
  })
})
