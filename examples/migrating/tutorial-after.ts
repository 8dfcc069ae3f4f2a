/**
 * The same with hallpass, on the accounts that `hallpass users import` has moved. Tokens of the old program are
 * accepted and can be renewed until they expire. They identify users by numbers, so identities are strings or numbers
 * here.
 */

import { JwtManager } from 'hallpass'
import { type Auth, createAuth } from 'hallpass/auth'
import { jwtRequired } from 'hallpass/hono'
import { Hono } from 'hono'

export async function makeApp(secret: string | undefined, database: string): Promise<{ app: Hono; auth: Auth }> {
  const auth = await createAuth({ database, secret })

  // Accepts tokens of both programs, and checks what was revoked here.
  const both = new JwtManager({
    secret,
    preset: 'flask',
    verifySub: false,
    leewaySeconds: 5,
    isRevoked: (claims, header, how) => auth.jwt.callbacks.isRevoked?.(claims, header, how) ?? true,
    loadUser: ({ sub }) => auth.users.find(sub ?? ''),
  })
  const app = new Hono()
  app.route('/auth', auth.routes)
  app.get('/protected', jwtRequired(both), (c) => {
    const { identity, user } = c.var.jwt
    return c.json({ id: Number(identity), username: user?.username })
  })
  // For clients with a refresh token of the old program, with the same request and answer as before.
  app.post('/refresh', jwtRequired(both, { refresh: true }), (c) =>
    c.json({ access_token: both.createAccessToken(c.var.jwt.identity) }),
  )
  return { app, auth }
}
