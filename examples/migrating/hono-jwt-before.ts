/** A program with hono/jwt, as it was. */

import { Hono } from 'hono'
import { type JwtVariables, jwt, sign } from 'hono/jwt'

export function makeApp(secret: string): Hono<{ Variables: JwtVariables }> {
  const app = new Hono<{ Variables: JwtVariables }>()
  app.post('/login', async (c) => {
    const { username } = await c.req.json() // its password was checked here
    const exp = Math.floor(Date.now() / 1000) + 60 * 60
    return c.json({ token: await sign({ sub: username, exp }, secret, 'HS256') })
  })
  app.get('/protected', jwt({ secret, alg: 'HS256' }), (c) => c.json({ user: c.get('jwtPayload').sub }))
  return app
}
