/** The same with hallpass. */

import { JwtManager } from 'hallpass'
import { jwtRequired } from 'hallpass/hono'
import { Hono } from 'hono'

export function makeApp(secret: string): Hono {
  const jwt = new JwtManager({ secret, preset: 'plain', accessTokenSeconds: 60 * 60 })
  const app = new Hono()
  app.post('/login', async (c) => {
    const { username } = await c.req.json() // its password is checked here
    return c.json({ token: jwt.createAccessToken(username) })
  })
  app.get('/protected', jwtRequired(jwt), (c) => c.json({ user: c.var.jwt.identity }))
  return app
}
