/** A program with better-auth, as it was: e-mail addresses and passwords, sessions in a cookie. */

import { DatabaseSync } from 'node:sqlite'
import { type Auth, betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { Hono } from 'hono'

export async function makeApp(secret: string, databasePath: string, baseURL: string): Promise<Hono> {
  const options = {
    secret,
    baseURL,
    database: new DatabaseSync(databasePath),
    emailAndPassword: { enabled: true },
  }
  await (await getMigrations(options)).runMigrations()
  const auth = betterAuth(options) as unknown as Auth
  const app = new Hono()
  app.on(['GET', 'POST'], '/api/auth/*', (c) => auth.handler(c.req.raw))
  app.get('/protected', async (c) => {
    const session = await auth.api.getSession({ headers: c.req.raw.headers })
    return session === null ? c.json({ user: null }, 401) : c.json({ user: session.user.id })
  })
  return app
}
