/** A program with Passport-JWT, as it was: its tokens identify the user by a number in a custom claim. */

import express, { type Express, type Request, type Response } from 'express'
import jsonwebtoken from 'jsonwebtoken'
import passport from 'passport'
import { ExtractJwt, Strategy } from 'passport-jwt'

const users = [{ id: 7, name: 'alice' }]

export function makeApp(secret: string): Express {
  const options = { jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(), secretOrKey: secret }
  passport.use(new Strategy(options, ({ id }, done) => done(null, users.find((user) => user.id === id) ?? false)))
  const app = express()
  app.use(express.json())
  app.post('/login', (req, res) => {
    const user = users.find(({ name }) => name === req.body.username)
    res.json({ token: jsonwebtoken.sign({ id: user?.id }, secret, { expiresIn: '1h' }) })
  })
  app.get('/protected', passport.authenticate('jwt', { session: false }), (req: Request, res: Response) => {
    res.json({ user: (req as unknown as { user: { name: string } }).user.name })
  })
  return app
}
