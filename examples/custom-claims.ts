/** Custom claims: roles in the token, a rule that checks them, and the user's row in the handler. */

import { DatabaseSync } from 'node:sqlite'
import { generateKey, JwtManager, KeySet } from 'hallpass'
import { jwtRequired } from 'hallpass/hono'
import { Hono } from 'hono'

interface User {
  readonly id: string
  readonly name: string
  readonly role: 'admin' | 'reader'
}

const database = new DatabaseSync(':memory:')
database.exec('CREATE TABLE users (id TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL) STRICT')
database.exec("INSERT INTO users VALUES ('1', 'Alice', 'admin'), ('2', 'Bob', 'reader')")
const selectUser = database.prepare('SELECT id, name, role FROM users WHERE id = ?')
const findUser = (id: string) => selectUser.get(id) as User | undefined

const jwt = new JwtManager({
  keys: new KeySet([generateKey('HS256')]),
  // Tokens are issued for users; the identity in a token is the user's id.
  identityFor: (user: User) => user.id,
  // In every token of a user, so that a guard can decide without querying the database.
  claimsFor: (user) => ({ role: user.role }),
  // The result is `c.var.jwt.user` in the handler; a user who no longer exists is rejected.
  loadUser: ({ sub }) => findUser(sub ?? ''),
})

export const app: Hono = new Hono()

app.post('/login/:id', (c) => {
  const user = findUser(c.req.param('id'))
  if (user === undefined) return c.json({ msg: 'Bad username or password' }, 401)
  return c.json({ access_token: jwt.createAccessToken(user) }, 200, { 'Cache-Control': 'no-store' })
})

app.get('/me', jwtRequired(jwt), (c) => c.json({ name: c.var.jwt.user?.name, role: c.var.jwt.claims.role }))

app.delete('/users/:id', jwtRequired(jwt), (c) => {
  if (c.var.jwt.claims.role !== 'admin') return c.json({ msg: 'Only an admin may do this' }, 403)
  database.prepare('DELETE FROM users WHERE id = ?').run(c.req.param('id'))
  return c.body(null, 204)
})
