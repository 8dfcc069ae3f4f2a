/** The same with hallpass: the strategy's callback is `loadUser`. */

import express, { type Express } from 'express'
import { JwtManager } from 'hallpass'
import { jwtRequired } from 'hallpass/express'

const users = [{ id: 7, name: 'alice' }]

export function makeApp(secret: string): Express {
  const jwt = new JwtManager<(typeof users)[number], number>({
    secret,
    preset: 'plain',
    accessTokenSeconds: 60 * 60,
    identityClaim: 'id',
    verifySub: false, // their ids are numbers
    loadUser: ({ id }) => users.find((user) => user.id === id),
  })
  const app = express()
  app.use(express.json())
  app.post('/login', (req, res) => {
    const user = users.find(({ name }) => name === req.body.username)
    if (user === undefined) return res.status(401).json({ msg: 'Bad username or password' })
    return res.json({ token: jwt.createAccessToken(user.id) })
  })
  app.get('/protected', jwtRequired(jwt), (req, res) => {
    const { name } = req.jwt.user as (typeof users)[number]
    res.json({ user: name })
  })
  return app
}
