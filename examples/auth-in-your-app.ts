/**
 * Accounts inside your own app: registration, login, refresh and logout come with `auth.routes`; your routes are guarded
 * by `auth.jwt`, which knows who logged out, was disabled, or changed roles.
 *
 *   JWT_SECRET_KEY=$(npx hallpass secret) node examples/auth-in-your-app.ts
 */

import { serve } from '@hono/node-server'
import { type Auth, createAuth } from 'hallpass/auth'
import { jwtRequired } from 'hallpass/hono'
import { Hono } from 'hono'

/** The app on accounts of its own. */
export function makeApp(auth: Auth): Hono {
  const app = new Hono()

  app.route('/auth', auth.routes)

  app.get('/protected', jwtRequired(auth.jwt), async (c) => {
    const user = await auth.users.find(c.var.jwt.identity)
    return c.json({ msg: `Hello, ${user?.username}!` })
  })

  // Roles are in the token. Taking one away refuses the tokens that still have it.
  app.post('/users/:name/disable', jwtRequired(auth.jwt), async (c) => {
    const { roles } = c.var.jwt.claims
    if (!Array.isArray(roles) || !roles.includes('admin')) return c.json({ msg: 'Only for admins' }, 403)
    const user = await auth.users.findByUsername(c.req.param('name'))
    if (user === undefined) return c.json({ msg: 'There is no such user' }, 404)
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
