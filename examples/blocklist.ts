/** A blocklist: a logout revokes the token at once, though it would be valid for minutes. */

import { DatabaseSync } from 'node:sqlite'
import { generateKey, JwtManager, KeySet } from 'hallpass'
import { jwtRequired } from 'hallpass/hono'
import { Hono } from 'hono'

/** The app on a SQLite file, so that revocations survive a restart; `:memory:` for a test. */
export function makeApp(databasePath: string): Hono {
  const database = new DatabaseSync(databasePath)
  // `expires_at` in Unix seconds: a row is needed only until its token expires.
  database.exec('CREATE TABLE IF NOT EXISTS revoked (jti TEXT PRIMARY KEY, expires_at INTEGER NOT NULL) STRICT')
  const revoke = database.prepare('INSERT OR IGNORE INTO revoked (jti, expires_at) VALUES (?, ?)')
  const forget = database.prepare('DELETE FROM revoked WHERE expires_at < unixepoch()')
  const find = database.prepare('SELECT 1 FROM revoked WHERE jti = ?')

  const jwt = new JwtManager({
    keys: new KeySet([generateKey('HS256')]),
    // Synchronous, because SQLite runs in the process. A callback that has to wait returns a promise.
    isRevoked: ({ jti }) => find.get(jti) !== undefined,
  })

  const app = new Hono()

  app.post('/login', (c) => {
    const access_token = jwt.createAccessToken('alice')
    const refresh_token = jwt.createRefreshToken('alice')
    return c.json({ access_token, refresh_token }, 200, { 'Cache-Control': 'no-store' })
  })

  // Both kinds of tokens can log out: a client sends both, one after the other.
  app.delete('/logout', jwtRequired(jwt, { verifyType: false }), (c) => {
    const { jti, exp = 0 } = c.var.jwt.claims
    forget.run()
    revoke.run(jti, Math.ceil(exp))
    return c.body(null, 204)
  })

  app.get('/protected', jwtRequired(jwt), (c) => c.json({ msg: `Hello, ${c.var.jwt.identity}!` }))

  return app
}
