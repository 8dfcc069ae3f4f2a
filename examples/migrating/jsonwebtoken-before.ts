/** A program with jsonwebtoken and express-jwt, as it was. */

import express, { type Express } from 'express'
import { expressjwt, type Request } from 'express-jwt'
import jsonwebtoken from 'jsonwebtoken'

export function makeApp(secret: string): Express {
  const app = express()
  app.use(express.json())
  app.post('/login', (req, res) => {
    const { username } = req.body // its password was checked here
    const token = jsonwebtoken.sign({ roles: ['admin'] }, secret, { subject: username, expiresIn: '1h' })
    res.json({ token })
  })
  app.get('/protected', expressjwt({ secret, algorithms: ['HS256'] }), (req: Request, res) => {
    res.json({ user: req.auth?.sub, roles: req.auth?.roles })
  })
  return app
}
