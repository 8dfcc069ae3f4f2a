/**
 * The same on Express with hallpass, beside the old program: tokens and cookies of both open both. Users are imported with
 * their ids and password hashes, which become argon2id when they log in.
 */

import { DatabaseSync } from 'node:sqlite'
import express, { type Express } from 'express'
import { JwtManager } from 'hallpass'
import { type Auth, createAuth } from 'hallpass/auth'
import { authRoutes, jwtRequired, setAccessCookies } from 'hallpass/express'

interface OldUser {
  readonly id: number
  readonly username: string
  readonly password: string
}

export async function makeApp(
  secret: string,
  oldPath: string,
  database: string,
): Promise<{ app: Express; auth: Auth }> {
  const auth = await createAuth({ database, secret, passwords: { minLength: 8 } })
  const old = new DatabaseSync(oldPath, { readOnly: true })
  const users = old.prepare('SELECT id, username, password FROM user').all() as unknown as OldUser[]
  await auth.users.importAll(
    users.map(({ id, username, password }) => ({ id: String(id), username, passwordHash: password })),
  )
  old.close()

  // Takes tokens of both sides, and knows what this one took back.
  const both = new JwtManager({
    secret,
    preset: 'flask',
    tokenLocation: ['headers', 'cookies'],
    isRevoked: (claims, header, how) => auth.jwt.callbacks.isRevoked?.(claims, header, how) ?? false,
  })
  const app = express()
  app.use('/auth', authRoutes(auth))
  app.all('/protected', jwtRequired(both), (req, res) => {
    res.json({ user: req.jwt.identity })
  })
  // For a browser that the old program must know as well.
  app.post('/session', jwtRequired(auth.jwt), (req, res) => {
    const token = both.createAccessToken(req.jwt.identity)
    setAccessCookies(res, both, token)
    res.json({ access_token: token })
  })
  return { app, auth }
}
