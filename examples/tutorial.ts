/**
 * The tutorial: users in a SQL table, POST /register, POST /login, and GET /protected behind a token.
 *
 *   node examples/tutorial.ts
 *
 * This file has everything that a small app with its own table needs. The secret comes from JWT_SECRET_KEY; without it, this run
 * uses a random one, except with NODE_ENV=production, where the app does not start.
 */

import { randomBytes } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { serve } from '@hono/node-server'
import { hash, verify } from '@node-rs/argon2'
import { ConfigurationError, JwtManager } from 'hallpass'
import { jwtRequired } from 'hallpass/hono'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { z } from 'zod'

/** argon2id as OWASP recommends it: 19 MiB, two passes, about 10 ms. */
const argon2id = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** Compared with if the user does not exist, so that both answers take equally long. */
const decoyHash = await hash(randomBytes(16), argon2id)

const Credentials = z.object({
  username: z.string().normalize('NFKC').trim().toLowerCase().min(1).max(64),
  password: z.string().min(8).max(128),
})

/** The app on a SQLite file; `:memory:` for a test. */
export function makeApp(databasePath: string, secret: string | undefined): Hono {
  const jwt = new JwtManager({ secret })
  const database = new DatabaseSync(databasePath)
  database.exec(`CREATE TABLE IF NOT EXISTS users (
    id INTEGER PRIMARY KEY,
    username TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL
  ) STRICT`)
  const addUser = database.prepare('INSERT OR IGNORE INTO users (username, password_hash) VALUES (?, ?)')
  const findUser = database.prepare('SELECT id, password_hash FROM users WHERE username = ?')

  const app = new Hono()
  app.use(bodyLimit({ maxSize: 10_000, onError: (c) => c.json({ msg: 'The body is too large' }, 413) }))

  app.post('/register', async (c) => {
    const credentials = Credentials.safeParse(await c.req.json().catch(() => undefined))
    if (!credentials.success) {
      return c.json({ msg: 'Send {"username", "password"} as JSON; the password has 8 to 128 characters' }, 422)
    }
    const { username, password } = credentials.data
    const { changes } = addUser.run(username, await hash(password, argon2id))
    return changes === 0 ? c.json({ msg: 'This username is already taken' }, 409) : c.json({ username }, 201)
  })

  app.post('/login', async (c) => {
    const credentials = Credentials.safeParse(await c.req.json().catch(() => undefined))
    const user = credentials.success ? findUser.get(credentials.data.username) : undefined
    const matches = await verify(String(user?.password_hash ?? decoyHash), credentials.data?.password ?? '')
    if (user === undefined || !matches) return c.json({ msg: 'Bad username or password' }, 401)
    const access_token = jwt.createAccessToken(String(user.id))
    return c.json({ access_token }, 200, { 'Cache-Control': 'no-store' })
  })

  app.get('/protected', jwtRequired(jwt), (c) => c.json({ msg: `Hello, user ${c.var.jwt.identity}!` }))

  return app
}

if (import.meta.main) {
  try {
    start(process.env)
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    console.error(error.message)
    process.exitCode = 78 // EX_CONFIG
  }
}

function start({ JWT_SECRET_KEY, NODE_ENV, PORT = '3000' }: NodeJS.ProcessEnv): void {
  const isMadeUp = JWT_SECRET_KEY === undefined && NODE_ENV !== 'production'
  const port = Number(PORT)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new ConfigurationError('option_invalid', 'PORT must be a port')
  const app = makeApp('tutorial.db', isMadeUp ? randomBytes(32).toString('base64url') : JWT_SECRET_KEY)
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port }, (address) => {
    const url = `http://127.0.0.1:${address.port}`
    const json = `-H 'Content-Type: application/json' -d '{"username": "alice", "password": "correct horse"}'`
    console.log(`The tutorial runs on ${url}. Try it in another terminal:

  curl ${url}/register ${json}
  curl ${url}/login ${json}
  curl ${url}/protected -H "Authorization: Bearer <the access_token>"
`)
    if (isMadeUp) console.log('JWT_SECRET_KEY is not set: this run uses a random secret, and its tokens end with it.')
  })
  server.on('error', (error) => {
    console.error(`Cannot listen on 127.0.0.1:${PORT}: ${error.message}`)
    process.exitCode = 1
  })
}
