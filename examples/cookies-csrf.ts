/**
 * Tokens in cookies, for web pages: scripts cannot read them, and other sites cannot use them.
 *
 *   node --conditions=hallpass-source examples/cookies-csrf.ts   and open http://localhost:3000
 */

import { serve } from '@hono/node-server'
import { generateKey, JwtManager, KeySet } from 'hallpass'
import { jwtRequired, setAccessCookies, setRefreshCookies, unsetJwtCookies } from 'hallpass/hono'
import { Hono } from 'hono'

const jwt = new JwtManager({
  keys: new KeySet([generateKey('HS256')]),
  tokenLocation: ['cookies'],
  // A user who is active stays logged in: an access cookie with less than five minutes left is replaced.
  renewCookiesWithinSeconds: 5 * 60,
})

export const app: Hono = new Hono()

app.post('/login', (c) => {
  setAccessCookies(c, jwt, jwt.createAccessToken('alice', { fresh: true }))
  setRefreshCookies(c, jwt, jwt.createRefreshToken('alice'))
  return c.json({ msg: 'Logged in' })
})

app.post('/refresh', jwtRequired(jwt, { refresh: true }), (c) => {
  setAccessCookies(c, jwt, jwt.createAccessToken(c.var.jwt.identity))
  return c.json({ msg: 'Refreshed' })
})

app.post('/logout', (c) => {
  unsetJwtCookies(c, jwt)
  return c.json({ msg: 'Logged out' })
})

app.get('/protected', jwtRequired(jwt), (c) => c.json({ msg: `Hello, ${c.var.jwt.identity}!` }))

// A state-changing method requires the double-submit value in addition to the cookie.
app.post('/protected', jwtRequired(jwt), (c) => c.json({ msg: `Changed by ${c.var.jwt.identity}` }))

app.get('/', (c) => c.html(page))

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Cookies and CSRF</title>
<style>body { font: 1rem/1.5 system-ui; max-width: 36rem; margin: 3rem auto; } button { margin-right: .5rem; }</style>
<h1>Cookies and CSRF</h1>
<p>
  <button data-method="POST" data-path="/login">Log in</button>
  <button data-method="GET" data-path="/protected">Read</button>
  <button data-method="POST" data-path="/protected" data-csrf>Change</button>
  <button data-method="POST" data-path="/protected">Change without the CSRF value</button>
  <button data-method="POST" data-path="/logout">Log out</button>
</p>
<pre id="answer">Press a button.</pre>
<script>
  const cookie = (name) => document.cookie.split('; ').find((pair) => pair.startsWith(name + '='))?.slice(name.length + 1)
  for (const button of document.querySelectorAll('button')) {
    button.onclick = async () => {
      const { method, path, csrf } = button.dataset
      const headers = csrf === undefined ? {} : { 'X-CSRF-TOKEN': cookie('__Host-csrf_access_token') ?? '' }
      const response = await fetch(path, { method, headers })
      document.querySelector('#answer').textContent = response.status + ' ' + await response.text()
    }
  }
</script>
</html>`

if (import.meta.main) serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 3000 })
