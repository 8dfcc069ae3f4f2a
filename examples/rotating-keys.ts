/** Key rotation: a new key signs, the old one still verifies, and a leaked one is withdrawn while the app runs. */

import { generateKey, JwtManager, KeySet } from 'hallpass'
import { jwtRequired } from 'hallpass/hono'
import { Hono } from 'hono'

const keys = new KeySet([generateKey('ES256', { kid: '2026-10' })])
const jwt = new JwtManager({ keys })

/** From here on, the new key signs. Tokens signed with the old one are valid until they expire. */
export function rotate(kid: string): void {
  keys.add(generateKey('ES256', { kid }))
}

/** For a leaked key: all of its tokens are rejected from the next request on. */
export function withdraw(kid: string): void {
  keys.withdraw(kid)
}

export const app: Hono = new Hono()

app.post('/login', (c) => {
  return c.json({ access_token: jwt.createAccessToken('alice') }, 200, { 'Cache-Control': 'no-store' })
})

app.get('/protected', jwtRequired(jwt), (c) =>
  c.json({ msg: `Hello, ${c.var.jwt.identity}!`, kid: c.var.jwt.header.kid }),
)

// The public halves, for services in any language (RFC 7517 §5).
app.get('/.well-known/jwks.json', (c) => c.json(keys.toJwks(), 200, { 'Cache-Control': 'public, max-age=300' }))
