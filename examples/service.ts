/** A service beside the auth server: it has no database and no secret, and follows each logout. */

import { JwtManager, KeySet } from 'hallpass'
import { jwtRequired } from 'hallpass/hono'
import { Hono } from 'hono'

/** What `hallpass clients add NAME` printed. */
interface Client {
  readonly clientId: string
  readonly clientSecret: string
}

/** @param server Address of `hallpass serve`, such as `https://id.example`. It is also the tokens' issuer. */
export function makeService(server: string, client: Client): { readonly app: Hono; readonly jwt: JwtManager } {
  const jwt = new JwtManager({
    keys: KeySet.remote(`${server}/.well-known/jwks.json`),
    issuer: server,
    audience: 'hallpass',
    revocations: { url: `${server}/auth/revocations`, ...client },
  })

  const app = new Hono()
  app.get('/orders', jwtRequired(jwt), (c) => c.json({ orders: [], of: c.var.jwt.identity }))
  // This costs money: the server is asked each time, so that even the latest logout counts.
  app.post('/orders', jwtRequired(jwt, { revocation: 'strict' }), (c) => c.json({ ordered: true }, 201))
  return { app, jwt }
}
