/**
 * Accounts inside your own app: `auth.routes` has registration, login, refresh and logout. `auth.jwt` guards your own
 * routes, and rejects the tokens of users who logged out, were disabled, or lost a role.
 *
 *   JWT_SECRET_KEY=$(npx hallpass secret) node examples/auth-in-your-app.ts
 */

import { serve } from '@hono/node-server'
import { type Auth, createAuth } from 'hallpass/auth'
import { jwtRequired } from 'hallpass/hono'
import { Hono } from 'hono'

/** The app, with its accounts. */
export function makeApp(auth: Auth): Hono {
  const app = new Hono()

  app.route('/auth', auth.routes)

  app.get('/protected', jwtRequired(auth.jwt), async (c) => {
    const user = await auth.users.find(c.var.jwt.identity)
    return c.json({ msg: `Hello, ${user?.username}!` })
  })

  // Roles are in the token. Removing one from a user revokes the tokens that still have it.
  app.post('/users/:name/disable', jwtRequired(auth.jwt, { roles: 'admin' }), async (c) => {
    const user = await auth.users.findByUsername(c.req.param('name'))
    if (user === undefined) return c.json({ msg: 'No such user' }, 404)
    await auth.users.disable(user.id)
    return c.body(null, 204)
  })

  return app
}

if (import.meta.main) {
  const auth = await createAuth({ database: 'sqlite:app.db', secret: process.env.JWT_SECRET_KEY })
  const server = serve({ fetch: makeApp(auth).fetch, hostname: '127.0.0.1', port: 3000 })
  process.once('SIGTERM', () => server.close(() => auth.close()))
}
