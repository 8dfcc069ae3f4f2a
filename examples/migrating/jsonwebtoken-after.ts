/** The same with hallpass: each program accepts the other's tokens, so that no user has to log in again. */

import express, { type Express } from 'express'
import { JwtManager } from 'hallpass'
import { jwtRequired } from 'hallpass/express'

export function makeApp(secret: string): Express {
  // Once the last token of the old program has expired, remove the preset.
  const jwt = new JwtManager({ secret, preset: 'plain', accessTokenSeconds: 60 * 60 })
  const app = express()
  app.use(express.json())
  app.post('/login', (req, res) => {
    const { username } = req.body // its password is checked here
    res.json({ token: jwt.createAccessToken(username, { additionalClaims: { roles: ['admin'] } }) })
  })
  app.get('/protected', jwtRequired(jwt), (req, res) => {
    res.json({ user: req.jwt.identity, roles: req.jwt.claims.roles })
  })
  return app
}
