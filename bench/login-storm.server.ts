// The server of login-storm.bench.ts, in its own process: an application with accounts inside. Prints its port and an
// access token.
import { serve } from '@hono/node-server'
import { createAuth } from 'hallpass/auth'
import { jwtRequired } from 'hallpass/hono'
import { Hono } from 'hono'

const [database = '', secret = ''] = process.argv.slice(2)
const auth = await createAuth({ database, secret })
const app = new Hono()
app.route('/auth', auth.routes)
app.get('/protected', jwtRequired(auth.jwt), (c) => c.json({ msg: 'Hello!' }))

const token = auth.jwt.createAccessToken('user1')
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => console.log(JSON.stringify({ port, token })))
