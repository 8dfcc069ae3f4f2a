/** Refresh tokens: a short-lived access token for requests, and a long-lived token that only gets the next one. */

import { generateKey, JwtManager, KeySet } from 'hallpass'
import { jwtRequired } from 'hallpass/hono'
import { Hono } from 'hono'

// A key for this run only. For tokens that survive a restart, set `secret` from the environment.
const jwt = new JwtManager({ keys: new KeySet([generateKey('HS256')]), accessTokenSeconds: 5 * 60 })

export const app: Hono = new Hono()

app.post('/login', (c) => {
  // Your own check of the password goes here: see tutorial.ts.
  const access_token = jwt.createAccessToken('alice', { fresh: true })
  const refresh_token = jwt.createRefreshToken('alice')
  return c.json({ access_token, refresh_token }, 200, { 'Cache-Control': 'no-store' })
})

// `refresh: true` accepts only refresh tokens; every other route rejects them.
app.post('/refresh', jwtRequired(jwt, { refresh: true }), (c) => {
  // Not fresh: the user authenticated at login, not now.
  const access_token = jwt.createAccessToken(c.var.jwt.identity)
  return c.json({ access_token }, 200, { 'Cache-Control': 'no-store' })
})

app.get('/protected', jwtRequired(jwt), (c) => c.json({ msg: `Hello, ${c.var.jwt.identity}!` }))
