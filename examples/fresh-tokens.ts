/** Fresh tokens: a sensitive action, such as a change of password, requires a user who has just authenticated. */

import { generateKey, JwtManager, KeySet } from 'hallpass'
import { jwtRequired } from 'hallpass/hono'
import { Hono } from 'hono'

const jwt = new JwtManager({ keys: new KeySet([generateKey('HS256')]) })

export const app: Hono = new Hono()

app.post('/login', (c) => {
  // Fresh for five minutes, valid for fifteen. `fresh: true` is fresh until the token expires.
  const access_token = jwt.createAccessToken('alice', { fresh: { seconds: 5 * 60 } })
  const refresh_token = jwt.createRefreshToken('alice')
  return c.json({ access_token, refresh_token }, 200, { 'Cache-Control': 'no-store' })
})

app.post('/refresh', jwtRequired(jwt, { refresh: true }), (c) => {
  const access_token = jwt.createAccessToken(c.var.jwt.identity)
  return c.json({ access_token }, 200, { 'Cache-Control': 'no-store' })
})

app.get('/protected', jwtRequired(jwt), (c) => c.json({ msg: `Hello, ${c.var.jwt.identity}!` }))

app.post('/password', jwtRequired(jwt, { fresh: true }), (c) => c.json({ msg: 'The password may be changed now' }))
