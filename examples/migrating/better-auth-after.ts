/** The same with hallpass: users and their passwords are imported, and logged-in browsers stay logged in, on both sides. */

import { createHmac, timingSafeEqual } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { type Auth, createAuth, type ImportOutcome } from 'hallpass/auth'
import { jwtRequired } from 'hallpass/hono'
import { Hono, type MiddlewareHandler } from 'hono'
import { getCookie } from 'hono/cookie'

interface OldUser {
  readonly id: string
  readonly email: string
  readonly password: string
  /** From better-auth's admin plugin. */
  readonly banned?: number | null
  /** When the ban ends, in ISO 8601. Otherwise, it does not end. */
  readonly banExpires?: string | null
}

/**
 * Run it once, before the new program: another run would restore users who were deleted here since.
 * @returns The users who could not be imported, and why: an address of more than 64 characters cannot be a username here.
 */
export async function importUsers(auth: Auth, old: DatabaseSync): Promise<(ImportOutcome & { email: string })[]> {
  const users = old
    .prepare(
      `SELECT user.*, account.password FROM user JOIN account ON account.userId = user.id
       WHERE account.providerId = 'credential' AND account.password IS NOT NULL`,
    )
    .all() as unknown as OldUser[]
  const outcomes = await auth.users.importAll(
    users.map(({ id, email, password, banned, banExpires }) => ({
      id,
      username: email,
      email,
      passwordHash: password,
      disabled: Boolean(banned) && !(banExpires && new Date(banExpires) < new Date()),
    })),
  )
  return outcomes
    .map((outcome, i) => ({ ...outcome, email: users[i]?.email as string }))
    .filter(({ user }) => user === undefined)
}

/** @param cookieSecure `false` for development over plain HTTP. */
export async function makeApp(
  secret: string,
  old: DatabaseSync,
  { database, cookieSecure }: { readonly database: string; readonly cookieSecure?: boolean },
): Promise<{ app: Hono; auth: Auth }> {
  const auth = await createAuth({ database, secret, ...(cookieSecure !== undefined && { cookieSecure }) })
  const app = new Hono()
  app.route('/auth', auth.routes)
  app.use('/protected', takeOver(auth, old, secret))
  app.get('/protected', jwtRequired(auth.jwt), (c) => c.json({ user: c.var.jwt.identity }))
  return { app, auth }
}

/** A browser that has only the old session also gets a new one, and repeats its request. */
function takeOver(auth: Auth, old: DatabaseSync, secret: string): MiddlewareHandler {
  const find = old.prepare('SELECT userId, createdAt FROM session WHERE token = ? AND expiresAt > ?')
  return async function takeOver(c, next) {
    // Over HTTPS, the name has a prefix.
    const cookie = getCookie(c, '__Secure-better-auth.session_token') ?? getCookie(c, 'better-auth.session_token')
    const token = readOldCookie(cookie, secret)
    const hasNew = getCookie(c, auth.jwt.settings.accessCookieName) !== undefined
    if (token === undefined || hasNew || c.req.method !== 'GET') return next()
    const session = find.get(token, new Date().toISOString()) as { userId: string; createdAt: string } | undefined
    const user = session && (await auth.users.find(session.userId))
    // Disabled or deleted here, or given another password or roles: older sessions do not count.
    if (!session || !user || user.disabledAt || user.tokensValidAfter > new Date(session.createdAt)) return next()
    const { cookies } = await auth.startSession(user.id, { userAgent: c.req.header('user-agent') ?? null })
    for (const cookie of cookies) c.header('Set-Cookie', cookie, { append: true })
    c.header('Cache-Control', 'no-store')
    return c.redirect(`/protected${new URL(c.req.url).search}`, 307)
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
