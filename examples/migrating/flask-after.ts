/**
 * The same on Express with hallpass, beside the old program: each accepts the other's tokens and cookies. Users are imported
 * with their ids and password hashes, which become argon2id when they log in.
 */

import type { DatabaseSync } from 'node:sqlite'
import express, { type Express } from 'express'
import { JwtManager } from 'hallpass'
import { type Auth, createAuth, type ImportOutcome } from 'hallpass/auth'
import { authRoutes, jwtRequired, setAccessCookies } from 'hallpass/express'

interface OldUser {
  readonly id: number
  readonly username: string
  readonly password: string
}

/**
 * Run it once, before the new program: another run would restore users who were deleted here since.
 * @returns The users who could not be imported, and why.
 */
export async function importUsers(auth: Auth, old: DatabaseSync): Promise<(ImportOutcome & { username: string })[]> {
  const users = old.prepare('SELECT id, username, password FROM user').all() as unknown as OldUser[]
  const outcomes = await auth.users.importAll(
    users.map(({ id, username, password }) => ({ id: String(id), username, passwordHash: password })),
  )
  return outcomes
    .map((outcome, i) => ({ ...outcome, username: users[i]?.username as string }))
    .filter(({ user }) => user === undefined)
}

export async function makeApp(secret: string, database: string): Promise<{ app: Express; auth: Auth }> {
  const auth = await createAuth({ database, secret, passwordMinLength: 8 })

  // Accepts tokens of both sides, and checks what was revoked on this one.
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
  // For a browser with the token of /auth/login: cookies that the old program accepts too. They end with the session.
  app.post('/session', jwtRequired(auth.jwt), (req, res) => {
    const { sid, gen } = req.jwt.claims
    const token = both.createAccessToken(req.jwt.identity, { additionalClaims: { sid, gen } })
    setAccessCookies(res, both, token)
    res.json({ access_token: token })
  })
  // The old program's refresh tokens work until they expire.
  app.post('/refresh', jwtRequired(both, { refresh: true }), (req, res) => {
    const token = both.createAccessToken(req.jwt.identity)
    setAccessCookies(res, both, token)
    res.json({ access_token: token })
  })
  return { app, auth }
}
