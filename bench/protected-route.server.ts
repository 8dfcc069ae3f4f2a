// The servers of protected-route.bench.ts, in a process of their own: prints the port and the folder of the token
// files.
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serve } from '@hono/node-server'
import { createAuth } from 'hallpass/auth'
import { jwtRequired } from 'hallpass/hono'
import { Hono, type MiddlewareHandler } from 'hono'
import { jwt as honoJwt } from 'hono/jwt'
import { fillRevocations } from './fill.ts'

const secret = randomBytes(32).toString('base64url')
const folder = mkdtempSync(join(tmpdir(), 'hallpass-bench-'))
const million = `sqlite:${join(folder, 'million.db')}`
await fillRevocations(million, 1_000_000)

const { jwt: open } = await createAuth({ secret, database: `sqlite:${join(folder, 'none.db')}` })
const { jwt: busy } = await createAuth({ secret, database: million })
const nothing: MiddlewareHandler = (_c, next) => next()

const app = new Hono()
const body = { msg: 'Hello!' }
app.get('/nothing', nothing, (c) => c.json(body))
app.get('/hallpass', jwtRequired(open), (c) => c.json(body))
app.get('/hallpass-million', jwtRequired(busy), (c) => c.json(body))
app.get('/hono-jwt', honoJwt({ secret, alg: 'HS256', verification: { typ: 'at+jwt' } }), (c) => c.json(body))

// The claims that a login writes: the session and its generation, which the revocation check reads.
const tokens = Array.from({ length: 10_000 }, () =>
  open.createAccessToken(randomUUID(), { additionalClaims: { sid: randomUUID(), gen: 1 } }),
)
const lines = tokens.map((token) => `Authorization: Bearer ${token}\n`)
writeFileSync(join(folder, 'one'), lines[0] as string)
writeFileSync(join(folder, 'many'), lines.join(''))

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => console.log(JSON.stringify({ port, folder })))
