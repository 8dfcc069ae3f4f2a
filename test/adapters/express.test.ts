import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PassThrough } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import express, { type Express, type RequestHandler } from 'express'
import { JwtManager } from 'hallpass'
import { jwtRequired } from 'hallpass/express'
import { testToken } from 'hallpass/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { sendRaw } from './raw.ts'

const secret = 'a secret of more than thirty-two bytes, for tests alone'
const running: Server[] = []
afterEach(() => {
  for (const server of running.splice(0)) server.close().closeAllConnections()
})

async function listen(app: Express): Promise<number> {
  const server = app.listen(0, '127.0.0.1')
  running.push(server)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const answerError: express.ErrorRequestHandler = (error, _req, res, _next) => {
  res.status(error.status ?? 500).json({ error: error.type ?? error.message })
}

it('the first of two CSRF values counts, however the application has read the form', async () => {
  const jwt = new JwtManager({ secret, tokenLocation: 'cookies', csrfCheckForm: true })
  const token = testToken(jwt, { identity: 'alice' })
  const csrf = jwt.getCsrfToken(token)
  const type = 'application/x-www-form-urlencoded'
  const parsers = [express.text({ type }), express.raw({ type }), express.urlencoded(), undefined]
  for (const parser of parsers) {
    const app = express()
    if (parser !== undefined) app.use(parser)
    app.post('/', jwtRequired(jwt), (_req, res) => {
      res.end()
    })
    const port = await listen(app)
    const headers: [string, string][] = [
      ['Content-Type', type],
      ['Cookie', `__Host-access_token=${token}`],
    ]
    const statuses: number[] = []
    for (const body of [`csrf_token=${csrf}&csrf_token=x`, `csrf_token=x&csrf_token=${csrf}`]) {
      statuses.push((await sendRaw(port, { method: 'POST', path: '/', headers, body })).status)
    }
    expect(statuses).toEqual([200, 403])
  }
})

describe('a body that the guard had to read', () => {
  const jwt = new JwtManager({ secret, tokenLocation: ['headers', 'json'] })
  const token = testToken(jwt, { identity: 'alice' })
  const app = express()
  const tell: RequestHandler = (req, res) => res.json(req.body.a)
  app.post('/optional', jwtRequired(jwt, { optional: true, locations: 'json' }), express.json(), tell)
  app.post('/either', jwtRequired(jwt, { locations: ['json', 'headers'] }), express.json(), tell)
  app.use(answerError)
  const send = async (path: string, body: string, headers: [string, string][] = []) =>
    sendRaw(await listen(app), {
      method: 'POST',
      path,
      headers: [['Content-Type', 'application/json'], ...headers],
      body,
    })

  const rows: [what: string, path: string, body: string, status: number, answer: string][] = [
    ['is there for the route', '/optional', '{"a":1}', 200, '1'],
    ['is there for the route, the token elsewhere', '/either', '{"a":1}', 200, '1'],
    ['is refused by the application if it is not JSON', '/optional', '{"a":', 400, '{"error":"entity.parse.failed"}'],
    ['is refused likewise if the token is elsewhere', '/either', '{"a":', 400, '{"error":"entity.parse.failed"}'],
    ['is refused by the application if it is too large', '/either', `"${'x'.repeat(1_100_000)}"`, 413, ''],
  ]
  it.each(rows)('%s', async (_what, path, body, status, answer) => {
    const found = await send(path, body, [['Authorization', `Bearer ${token}`]])
    expect([found.status, found.body]).toEqual([status, answer === '' ? '{"error":"entity.too.large"}' : answer])
  })

  it('does not matter if there is no token either', async () => {
    expect((await send('/either', '{"a":')).status).toBe(401)
  })
})

describe('a response that other code has sent meanwhile', () => {
  it('stays as it is', async () => {
    const isRevoked = async () => {
      await sleep(20)
      return true
    }
    const jwt = new JwtManager({ secret, isRevoked })
    const app = express()
    app.use((_req, res, next) => {
      setTimeout(() => res.status(503).end('late'), 5)
      next()
    })
    app.get('/', jwtRequired(jwt), (_req, res) => res.json('in'))
    const headers: [string, string][] = [['Authorization', `Bearer ${testToken(jwt, { identity: 'alice' })}`]]
    const { status, body } = await sendRaw(await listen(app), { path: '/', headers })
    expect([status, body]).toEqual([503, 'late'])
    // An unhandled rejection would arrive by now.
    await sleep(30)
  })
})

describe.each([false, true])('cookies that renew themselves, with an asynchronous isRevoked: %s', (isLater) => {
  const jwt = new JwtManager({
    secret,
    tokenLocation: 'cookies',
    renewCookiesWithinSeconds: 100_000,
    isRevoked: isLater ? () => sleep(5).then(() => false) : () => false,
  })
  const headers: [string, string][] = [['Cookie', `__Host-access_token=${testToken(jwt, { identity: 'alice' })}`]]

  const routes: [what: string, route: RequestHandler, body: string][] = [
    ['sends JSON', (_req, res) => res.json({ a: 1 }), '{"a":1}'],
    ['ends twice', (_req, res) => res.json({ a: 1 }).end(), '{"a":1}'],
    ['sends twice', (_req, res) => void res.json({ a: 1 }).json({ b: 2 }), '{"a":1}'],
    [
      'changes its mind',
      (_req, res) => void res.json({ a: 1 }).status(500).set('x-late', '1').flushHeaders(),
      '{"a":1}',
    ],
    [
      'fails behind its end',
      (_req, res) => {
        res.json({ a: 1 })
        throw new Error('late')
      },
      '{"a":1}',
    ],
    [
      'answers a second time if nothing seems to be sent',
      (_req, res) => {
        res.json({ a: 1 })
        if (!res.headersSent) res.writeHead(500).end('b')
      },
      '{"a":1}',
    ],
  ]
  it.each(routes)('are on the answer of a route that %s', async (_what, route, body) => {
    const app = express().disable('etag')
    app.get('/', jwtRequired(jwt), route)
    app.use(((error, _req, res, next) => (res.headersSent ? next(error) : res.status(500).end())) as typeof answerError)
    const answer = await sendRaw(await listen(app), { path: '/', headers })
    expect([answer.status, answer.body, answer.headers['x-late']]).toEqual([200, body, undefined])
    expect(answer.cookies).toHaveLength(2)
    await sleep(10)
  })

  it('are left for a later response if this one has begun', async () => {
    const app = express()
    app.get('/', jwtRequired(jwt), (_req, res) => {
      const stream = new PassThrough()
      stream.pipe(res)
      stream.write('x')
      setTimeout(() => stream.end('y'), 5)
    })
    const answer = await sendRaw(await listen(app), { path: '/', headers })
    expect([answer.status, answer.body, answer.cookies]).toEqual([200, 'xy', []])
  })
})
