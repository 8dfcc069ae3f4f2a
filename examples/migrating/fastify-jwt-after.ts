/** The same with hallpass. */

import fastify, { type FastifyInstance } from 'fastify'
import { JwtManager } from 'hallpass'
import { hallpass } from 'hallpass/fastify'

export async function makeApp(secret: string): Promise<FastifyInstance> {
  const jwt = new JwtManager({ secret, preset: 'plain', accessTokenSeconds: 60 * 60 })
  const app = fastify()
  await app.register(hallpass, { jwt })
  app.post('/login', async (request) => {
    const { username } = request.body as { username: string } // its password is checked here
    return { token: jwt.createAccessToken(username) }
  })
  app.get('/protected', { onRequest: app.jwtRequired() }, async (request) => ({ user: request.jwt.identity }))
  return app
}
