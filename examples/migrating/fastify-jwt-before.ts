/** A program with @fastify/jwt, as it was. */

import fastifyJwt from '@fastify/jwt'
import fastify, { type FastifyInstance } from 'fastify'

export async function makeApp(secret: string): Promise<FastifyInstance> {
  const app = fastify()
  await app.register(fastifyJwt, { secret, sign: { expiresIn: '1h' } })
  app.post('/login', async (request) => {
    const { username } = request.body as { username: string } // its password was checked here
    return { token: app.jwt.sign({ sub: username }) }
  })
  app.get('/protected', { onRequest: (request) => request.jwtVerify() }, async (request) => ({
    user: (request as unknown as { user: { sub: string } }).user.sub,
  }))
  return app
}
