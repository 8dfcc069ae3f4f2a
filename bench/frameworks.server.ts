// The servers of frameworks.bench.ts, in a process of their own: prints their ports and the path of a folder of tokens.
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fastifyJwt from '@fastify/jwt'
import { serve } from '@hono/node-server'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import express from 'express'
import { expressjwt } from 'express-jwt'
import fastify from 'fastify'
import { createAuth } from 'hallpass/auth'
import * as onExpress from 'hallpass/express'
import * as onFastify from 'hallpass/fastify'
import { Hono } from 'hono'

const secret = randomBytes(32).toString('base64url')
const folder = mkdtempSync(join(tmpdir(), 'hallpass-bench-'))
const { jwt } = await createAuth({ secret, database: `sqlite:${join(folder, 'hallpass.db')}` })
const body = { msg: 'Hello!' }

async function startExpress(): Promise<number> {
  const app = express()
  app.disable('etag')
  const answer: express.RequestHandler = (_req, res) => {
    res.json(body)
  }
  app.get('/nothing', (_req, _res, next) => next(), answer)
  app.get('/hallpass', onExpress.jwtRequired(jwt), answer)
  app.get('/peer', expressjwt({ secret, algorithms: ['HS256'] }), answer)
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function startFastify(): Promise<number> {
  const app = fastify()
  await app.register(onFastify.hallpass, { jwt })
  await app.register(fastifyJwt, { secret, verify: { cache: true } })
  const answer = async () => body
  app.get('/nothing', { onRequest: (_request, _reply, done) => done() }, answer)
  app.get('/hallpass', { onRequest: app.jwtRequired() }, answer)
  app.get('/peer', { onRequest: (request) => request.jwtVerify() }, answer)
  await app.listen({ port: 0, host: '127.0.0.1' })
  return (app.server.address() as AddressInfo).port
}

/** better-auth in its fastest configuration: the session is in a signed cookie, and its database is not queried. */
async function startBetterAuth(): Promise<{ port: number; cookie: string }> {
  const options = {
    secret,
    baseURL: 'http://127.0.0.1',
    database: new DatabaseSync(join(folder, 'better-auth.db')),
    emailAndPassword: { enabled: true },
    session: { cookieCache: { enabled: true, maxAge: 3600 } },
  }
  await (await getMigrations(options)).runMigrations()
  const auth = betterAuth(options)
  const app = new Hono()
  app.get(
    '/nothing',
    (_c, next) => next(),
    (c) => c.json(body),
  )
  app.get(
    '/peer',
    async (c, next) => {
      const session = await auth.api.getSession({ headers: c.req.raw.headers })
      return session === null ? c.json({}, 401) : next()
    },
    (c) => c.json(body),
  )
  const member = { email: 'alice@example.com', password: 'wonderland at tea time', name: 'Alice' }
  const response = await auth.api.signUpEmail({ body: member, asResponse: true })
  const cookie = response.headers.getSetCookie().map((line) => line.split(';')[0])
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, cookie: cookie.join('; ') }
}

const tokens = Array.from({ length: 10_000 }, () =>
  jwt.createAccessToken(randomUUID(), { additionalClaims: { sid: randomUUID(), gen: 1 } }),
)
const auth = await startBetterAuth()
const lines = tokens.map((token) => `Authorization: Bearer ${token}\n`)
writeFileSync(join(folder, 'one'), lines[0] as string)
writeFileSync(join(folder, 'many'), lines.join(''))
writeFileSync(join(folder, 'cookie'), `Cookie: ${auth.cookie}\n`)
const ports = { Express: await startExpress(), Fastify: await startFastify(), 'better-auth': auth.port }
console.log(JSON.stringify({ ports, folder, secret }))
