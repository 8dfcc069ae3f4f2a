/** The same with hallpass: users and their passwords are imported, and a browser that is logged in stays so. */

import { createHmac, timingSafeEqual } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { type Auth, createAuth } from 'hallpass/auth'
import { jwtRequired } from 'hallpass/hono'
import { Hono, type MiddlewareHandler } from 'hono'
import { getCookie } from 'hono/cookie'

interface OldUser {
  readonly id: string
  readonly email: string
  readonly password: string
}

export async function makeApp(secret: string, oldPath: string, database: string): Promise<{ app: Hono; auth: Auth }> {
  const old = new DatabaseSync(oldPath, { readOnly: true })
  const auth = await createAuth({ database, secret, cookieSecure: false })

  // Again at each start: whoever is there is left as they are.
  const users = old
    .prepare(
      `SELECT user.id, email, account.password FROM user JOIN account ON account.userId = user.id
       WHERE account.providerId = 'credential' AND account.password IS NOT NULL`,
    )
    .all() as unknown as OldUser[]
  await auth.users.importAll(
    users.map(({ id, email, password }) => ({ id, username: email, email, passwordHash: password })),
  )

  const app = new Hono()
  app.route('/auth', auth.routes)
  app.use('/protected', takeOver(auth, old, secret))
  app.get('/protected', jwtRequired(auth.jwt), (c) => c.json({ user: c.var.jwt.identity }))
  return { app, auth }
}

/** A browser that has only the old session gets a new one, and sends its request once more. */
function takeOver(auth: Auth, old: DatabaseSync, secret: string): MiddlewareHandler {
  const find = old.prepare('SELECT userId FROM session WHERE token = ? AND expiresAt > ?')
  return async function takeOver(c, next) {
    const token = readOldCookie(getCookie(c, 'better-auth.session_token'), secret)
    const hasNew = getCookie(c, auth.jwt.settings.accessCookieName) !== undefined
    if (token === undefined || hasNew || c.req.method !== 'GET') return next()
    const found = find.get(token, new Date().toISOString()) as { userId: string } | undefined
    if (found === undefined) return next()
    const { cookies } = await auth.startSession(found.userId, { userAgent: c.req.header('user-agent') ?? null })
    for (const cookie of cookies) c.header('Set-Cookie', cookie, { append: true })
    c.header('Set-Cookie', 'better-auth.session_token=; Path=/; Max-Age=0', { append: true })
    c.header('Cache-Control', 'no-store')
    return c.redirect(c.req.path, 307)
  }
}

/** `token.signature`, as better-auth writes it. */
function readOldCookie(value: string | undefined, secret: string): string | undefined {
  const [token, signature] = value?.split('.') ?? []
  if (token === undefined || signature === undefined) return undefined
  const expected = createHmac('sha256', secret).update(token).digest()
  const given = Buffer.from(signature, 'base64')
  return given.length === expected.length && timingSafeEqual(given, expected) ? token : undefined
}
