import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { serve } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { JwtManager } from 'hallpass'
import * as onExpress from 'hallpass/express'
import * as onFastify from 'hallpass/fastify'
import * as onHono from 'hallpass/hono'
import * as onNode from 'hallpass/node'
import { testToken } from 'hallpass/testing'
import * as onWeb from 'hallpass/web'
import { Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sendRaw } from './raw.ts'

const jwt = new JwtManager({
  secret: 'a secret of more than thirty-two bytes, for tests alone',
  tokenLocation: ['headers', 'cookies'],
  renewCookiesWithinSeconds: 100_000,
  isRevoked: () => sleep(1).then(() => false),
})
const token = testToken(jwt, { identity: 'alice' })
const cookie: [string, string] = ['Cookie', `__Host-access_token=${token}`]
const statusIn = (path = '') => Number(path.slice(1))

/** Each server answers `/404` with 404 and so on, behind a guard that renews. */
const servers: Record<string, () => Promise<Server> | Server> = {
  hono() {
    const app = new Hono()
    app.get('/:status', onHono.jwtRequired(jwt), (c) => c.text('in', statusIn(c.req.path) as ContentfulStatusCode))
    return serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server
  },
  web() {
    const handle = onWeb.jwtRequired(jwt)(({ url }) => new Response('in', { status: statusIn(new URL(url).pathname) }))
    return serve({ fetch: handle, port: 0, hostname: '127.0.0.1' }) as Server
  },
  express() {
    const app = express()
    app.get('/:status', onExpress.jwtRequired(jwt), (req, res) => res.status(statusIn(req.path)).send('in'))
    return app.listen(0, '127.0.0.1')
  },
  async fastify() {
    const app = fastify()
    await app.register(onFastify.hallpass, { jwt })
    app.get('/:status', { onRequest: app.jwtRequired() }, (request, reply) =>
      reply.code(statusIn(request.url)).send('in'),
    )
    await app.listen({ port: 0, host: '127.0.0.1' })
    return app.server
  },
  node() {
    const guard = onNode.requestGuard(jwt)
    return createServer(async (req, res) => {
      const known = await guard(req)
      if (known instanceof onNode.Refusal) return known.send(res)
      res.statusCode = statusIn(req.url)
      await onNode.renewCookies(res, jwt, known)
      res.end('in')
    }).listen(0, '127.0.0.1')
  },
}

describe.each(Object.entries(servers))('%s', (_name, start) => {
  let server: Server
  let port = 0
  beforeAll(async () => {
    server = await start()
    if (!server.listening) await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  })
  afterAll(() => server.close().closeAllConnections())

  it.each([
    [200, 2],
    [201, 2],
    [299, 2],
    [302, 0],
    [400, 0],
    [401, 0],
    [404, 0],
    [500, 0],
    [503, 0],
  ])('renews only with a successful answer: %d', async (status, cookies) => {
    const answer = await sendRaw(port, { path: `/${status}`, headers: [cookie] })
    expect([answer.status, answer.cookies.length]).toEqual([status, cookies])
  })

  it('reads no token from a trailer after the body', async () => {
    const socket = connect(port, '127.0.0.1')
    const head = ['GET /200 HTTP/1.1', 'Host: x', 'Connection: close', 'Transfer-Encoding: chunked']
    socket.write([...head, 'Trailer: Authorization, Cookie', '', '0', ''].join('\r\n'))
    socket.write([`Authorization: Bearer ${token}`, cookie.join(': '), '', ''].join('\r\n'))
    expect(await text(socket)).toMatch(/^HTTP\/1.1 401 /)
  })
})

describe('a response of express that waits for its cookies', () => {
  let server: Server
  let port = 0
  const unhandled: unknown[] = []
  const note = (reason: unknown) => void unhandled.push(reason)
  beforeAll(async () => {
    const app = express()
    app.use(onExpress.jwtRequired(jwt))
    app.get('/trailers', (_req, res) => {
      res.setHeader('Trailer', 'x-sum')
      res.setHeader('Transfer-Encoding', 'chunked')
      res.addTrailers({ 'x-sum': '42' })
      res.end('in')
    })
    app.get('/wrong', (_req, res) => {
      res.end(42 as never)
    })
    server = app.listen(0, '127.0.0.1')
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
    process.on('unhandledRejection', note)
  })
  afterAll(() => {
    process.off('unhandledRejection', note)
    server.close().closeAllConnections()
  })

  it('keeps its trailers', async () => {
    const socket = connect(port, '127.0.0.1')
    socket.write(['GET /trailers HTTP/1.1', 'Host: x', cookie.join(': '), 'Connection: close', '', ''].join('\r\n'))
    const answer = await text(socket)
    expect(answer).toMatch(/\r\n0\r\nx-sum: 42\r\n\r\n$/)
    expect(answer).toContain('Set-Cookie: __Host-access_token=')
  })

  it('closes the connection if its body cannot be sent, and nothing else', async () => {
    // The client receives nothing, or a reset.
    const outcome = await sendRaw(port, { path: '/wrong', headers: [cookie] }).then(
      ({ body }) => body,
      ({ code }) => code,
    )
    expect(['', 'ECONNRESET']).toContain(outcome)
    // An unhandled rejection would arrive by now.
    await sleep(1)
    expect(unhandled).toEqual([])
    expect((await sendRaw(port, { path: '/trailers', headers: [cookie] })).status).toBe(200)
  })
})
