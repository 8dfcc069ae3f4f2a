import { once } from 'node:events'
import type { Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createGunzip } from 'node:zlib'
import express from 'express'
import fastify from 'fastify'
import { authRoutes as onExpress } from 'hallpass/express'
import { authRoutes as onFastify } from 'hallpass/fastify'
import { createTestAuth, type TestAuth } from 'hallpass/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type RawRequest, sendRaw } from './raw.ts'

const alice = { username: 'alice', password: 'wonderland at tea time' }
const closing: (() => unknown)[] = []
const faults: unknown[] = []
let auth: TestAuth

beforeEach(async () => {
  faults.length = 0
  auth = await createTestAuth({ onError: (error) => faults.push(error) })
  await auth.users.add(alice)
})
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
  await auth.close()
})

/** What an application does before our routes are called: it may change the request's headers and set cookies. */
interface Before {
  readonly change?: (headers: Record<string, string | string[] | undefined>) => void
  readonly cookie?: string
}

async function startExpress({ change, cookie }: Before): Promise<number> {
  const app = express()
  app.use((req, res, next) => {
    change?.(req.headers)
    if (cookie !== undefined) res.append('Set-Cookie', cookie)
    next()
  })
  app.use('/auth', onExpress(auth))
  const server: Server = app.listen(0, '127.0.0.1')
  closing.push(() => server.close().closeAllConnections())
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function startFastify({ change, cookie }: Before): Promise<number> {
  const app = fastify()
  app.addHook('onRequest', async (request, reply) => {
    change?.(request.raw.headers)
    if (cookie !== undefined) reply.header('set-cookie', cookie)
  })
  app.addHook('preParsing', async (request, _reply, payload) =>
    request.headers['content-encoding'] === 'gzip' ? payload.pipe(createGunzip()) : payload,
  )
  await app.register(onFastify, { auth, prefix: '/auth' })
  await app.listen({ port: 0, host: '127.0.0.1' })
  closing.push(() => app.close())
  return (app.server.address() as AddressInfo).port
}

const json: [string, string] = ['Content-Type', 'application/json']
const login = (more: object = {}, headers: [string, string][] = []): RawRequest => ({
  method: 'POST',
  path: '/auth/login',
  headers: [json, ...headers],
  body: JSON.stringify({ ...alice, ...more }),
})

describe.each([
  ['Express', startExpress],
  ['Fastify', startFastify],
])('the routes of createAuth on %s', (_name, start) => {
  it('keep the cookies that the application has set before', async () => {
    const port = await start({ cookie: 'sid=1; Path=/' })
    const { status, cookies } = await sendRaw(port, login({ cookies: true }))
    expect(status).toBe(200)
    expect(cookies.map((line) => line.split('=')[0])).toEqual([
      '__Host-access_token',
      '__Host-csrf_access_token',
      '__Host-refresh_token',
      '__Host-csrf_refresh_token',
      '__Host-device_token',
      'sid',
    ])
    expect((await sendRaw(port, { path: '/auth/me' })).cookies).toEqual(['sid=1; Path=/'])
  })

  it('read the credentials that the application has left in the request', async () => {
    const { accessToken, cookieHeaders } = await auth.login('alice')
    const bearer: [string, string] = ['Authorization', `Bearer ${accessToken}`]
    const cookie: [string, string] = ['Cookie', cookieHeaders.cookie]
    const rows: [change: Before['change'], headers: [string, string][], status: number][] = [
      [undefined, [bearer], 200],
      [undefined, [cookie], 200],
      [undefined, [['Cookie', 'a=b'], cookie], 200],
      [(headers) => delete headers.authorization, [bearer], 401],
      [(headers) => delete headers.cookie, [cookie], 401],
      [(headers) => Object.assign(headers, { authorization: bearer[1] }), [], 200],
      [(headers) => Object.assign(headers, { authorization: bearer[1] }), [['Authorization', 'Basic x']], 200],
      [(headers) => Object.assign(headers, { cookie: cookie[1] }), [['Cookie', 'a=b']], 200],
    ]
    for (const [change, headers, status] of rows) {
      const port = await start({ ...(change && { change }) })
      expect((await sendRaw(port, { path: '/auth/me', headers })).status, `${change} ${headers}`).toBe(status)
    }
  })

  it('answer what they cannot read with 4xx, whatever parsed it before, and report no fault', async () => {
    const port = await start({})
    const rows: [request: RawRequest, status: number][] = [
      [login(), 200],
      [login({}, [['Content-Encoding', 'gzip']]), 415],
      [{ ...login(), headers: [['Content-Type', 'garbage']] }, 415],
      [{ ...login(), headers: [['Content-Type', ';']] }, 415],
      [{ ...login(), headers: [] }, 415],
      [{ ...login(), body: '{' }, 400],
      [{ ...login(), body: 'null' }, 422],
      [{ ...login(), body: '{"username":"alice","username":"bob"}' }, 400],
    ]
    for (const [request, status] of rows) {
      const answer = await sendRaw(port, request)
      expect([answer.status, answer.headers['cache-control']], JSON.stringify(request)).toEqual([status, 'no-store'])
    }
    expect(faults).toEqual([])
  })
})

describe('a client that goes away in the middle of its body', () => {
  it.each([
    ['Express', startExpress],
    ['Fastify', startFastify],
  ])('is not reported as a fault on %s', async (_name, start) => {
    const port = await start({})
    for (const length of ['Content-Length: 100', 'Transfer-Encoding: chunked']) {
      const socket = connect(port, '127.0.0.1')
      const lines = ['POST /auth/login HTTP/1.1', 'Host: localhost', 'Content-Type: application/json', length]
      socket.write(`${lines.join('\r\n')}\r\n\r\n5\r\n{"use`)
      await sleep(20)
      socket.destroy()
    }
    await sleep(50)
    expect(faults).toEqual([])
  })
})

describe('behind parsers of Express', () => {
  async function startBehind(...parsers: express.RequestHandler[]): Promise<number> {
    const app = express()
    app.use(parsers)
    app.use('/auth', onExpress(auth))
    const server: Server = app.listen(0, '127.0.0.1')
    closing.push(() => server.close().closeAllConnections())
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }

  it('a form is read as one, however its type is written', async () => {
    const port = await startBehind(express.urlencoded({ extended: true }))
    for (const type of ['application/x-www-form-urlencoded', 'APPLICATION/X-WWW-FORM-URLENCODED']) {
      const request = {
        method: 'POST',
        path: '/auth/revoke',
        headers: [['Content-Type', type] as const],
        body: 'token=x',
      }
      expect((await sendRaw(port, request)).status).toBe(200)
    }
  })

  it('a raw body that the application keeps is read byte for byte', async () => {
    const verify = (req: object, _res: unknown, rawBody: Buffer) => Object.assign(req, { rawBody })
    const port = await startBehind(express.json({ verify, strict: false }))
    const twice = { ...login(), body: '{"username":"alice","username":"bob","password":"x"}' }
    expect((await sendRaw(port, twice)).body).toContain('invalid_json')
    for (const body of ['null', '5', '"x"', '[]']) {
      expect((await sendRaw(port, { ...login(), body })).status).toBe(422)
    }
  })

  it('null is rejected without a raw body too', async () => {
    const port = await startBehind(express.json({ strict: false }))
    expect((await sendRaw(port, { ...login(), body: 'null' })).status).toBe(422)
  })
})

describe('on Fastify', () => {
  it('the application is notified when an answer was sent, and inject works', async () => {
    const sent: number[] = []
    const app = fastify()
    closing.push(() => app.close())
    app.addHook('onResponse', async (_request, reply) => void sent.push(reply.raw.statusCode))
    await app.register(onFastify, { auth, prefix: '/auth' })
    const answer = await app.inject({ method: 'POST', url: '/auth/login', payload: alice })
    expect([answer.statusCode, Object.keys(answer.json())]).toEqual([200, expect.arrayContaining(['access_token'])])
    expect((await app.inject({ url: '/auth/nothing' })).json()).toMatchObject({ code: 'not_found' })
    expect(sent).toEqual([200, 404])
  })

  it.each([undefined, {}, { auth: {} }])('the mount fails if it is given %j', async (options) => {
    const app = fastify()
    closing.push(() => app.close())
    await expect(async () => {
      await app.register(onFastify, options as never)
      await app.ready()
    }).rejects.toMatchObject({ code: 'option_invalid' })
  })
})
