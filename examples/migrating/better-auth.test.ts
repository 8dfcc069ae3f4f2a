import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Auth } from 'hallpass/auth'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../test/postgres.ts'
import { makeFolder } from '../../test/server/process.ts'
import * as newBetterAuth from './better-auth-after.ts'
import * as oldBetterAuth from './better-auth-before.ts'
import { bearer, cookieHeader, listen, password, postJson, secret } from './servers.ts'

describe('from better-auth', () => {
  const folder = makeFolder()
  const oldPath = join(folder.path, 'better-auth.db')
  let before: string
  let after: string
  let auth: Auth
  let old: DatabaseSync
  let cookie: string
  let userId: string
  afterAll(async () => {
    await auth?.close()
    old?.close()
    folder.remove()
  })

  beforeAll(async () => {
    const port = await freePort()
    before = `http://127.0.0.1:${port}`
    await listen(await oldBetterAuth.makeApp(secret, oldPath, before), port)
    const origin = { origin: before }
    const member = { email: 'alice@example.com', password, name: 'Alice' }
    expect((await postJson(`${before}/api/auth/sign-up/email`, member, origin)).status).toBe(200)
    const login = await postJson(`${before}/api/auth/sign-in/email`, member, origin)
    cookie = cookieHeader(login)
    userId = ((await (await fetch(`${before}/protected`, { headers: { cookie } })).json()) as { user: string }).user
    old = new DatabaseSync(oldPath)
    const database = `sqlite:${join(folder.path, 'new.db')}`
    const made = await newBetterAuth.makeApp(secret, old, { database, cookieSecure: false })
    auth = made.auth
    expect(await newBetterAuth.importUsers(auth, old)).toEqual([])
    after = await listen(made.app)
  })

  it('keeps a browser logged in, under the same id', async () => {
    const first = await fetch(`${after}/protected`, { headers: { cookie }, redirect: 'manual' })
    expect([first.status, first.headers.get('location')]).toEqual([307, '/protected'])
    const next = cookieHeader(first)
    const second = await fetch(`${after}/protected`, { headers: { cookie: next } })
    expect([second.status, await second.json()]).toEqual([200, { user: userId }])
  })

  it('keeps the query, and the old session, which still works on the old side', async () => {
    const first = await fetch(`${after}/protected?a=1&b`, { headers: { cookie }, redirect: 'manual' })
    expect(first.headers.get('location')).toBe('/protected?a=1&b')
    expect(first.headers.getSetCookie().join()).not.toContain('better-auth')
    expect((await fetch(`${before}/protected`, { headers: { cookie } })).status).toBe(200)
  })

  it('recognises the cookie by its name over HTTPS', async () => {
    const headers = { cookie: `__Secure-${cookie}` }
    expect((await fetch(`${after}/protected`, { headers, redirect: 'manual' })).status).toBe(307)
  })

  it('reports who cannot be imported, and refuses users who were banned, changed or deleted', async () => {
    const origin = { origin: before }
    const signUp = async (email: string) => {
      const answer = await postJson(`${before}/api/auth/sign-up/email`, { email, password, name: 'x' }, origin)
      const { id } = ((await answer.json()) as { user: { id: string } }).user
      return { id, cookie: cookieHeader(answer) }
    }
    const long = `${'a'.repeat(60)}@example.com`
    const [, banned, changed, deleted] = [
      await signUp(long),
      await signUp('b@x.org'),
      await signUp('c@x.org'),
      await signUp('d@x.org'),
    ]
    const wasBanned = await signUp('e@x.org')
    old.exec('ALTER TABLE user ADD COLUMN banned INTEGER; ALTER TABLE user ADD COLUMN banExpires DATE')
    const ban = old.prepare('UPDATE user SET banned = 1, banExpires = ? WHERE id = ?')
    ban.run(null, banned.id)
    ban.run(new Date(Date.now() - 1).toISOString(), wasBanned.id)
    const refused = await newBetterAuth.importUsers(auth, old)
    expect(refused.map(({ email, refusal }) => [email, refusal?.code])).toEqual([[long, 'invalid_request']])
    await auth.users.setPassword(changed.id, 'another password of hers')
    await auth.users.delete(deleted.id)
    for (const { cookie } of [banned, changed, deleted]) {
      const answer = await fetch(`${after}/protected`, { headers: { cookie }, redirect: 'manual' })
      expect(answer.status).toBe(401)
    }
    const login = (username: string) => postJson(`${after}/auth/login`, { username, password })
    expect([(await login('b@x.org')).status, (await login('e@x.org')).status]).toEqual([401, 200])
  })

  it('accepts the password, and rehashes it with argon2id', async () => {
    const login = await postJson(`${after}/auth/login`, { username: 'alice@example.com', password })
    const { access_token } = (await login.json()) as { access_token: string }
    expect(await (await fetch(`${after}/protected`, { headers: bearer(access_token) })).json()).toEqual({
      user: userId,
    })
    const wrong = await postJson(`${after}/auth/login`, { username: 'alice@example.com', password: `${password}!` })
    expect(wrong.status).toBe(401)
  })

  it('accepts no session that is forged, unknown or over', async () => {
    const [name, value = ''] = cookie.split('=') as [string, string]
    const [token] = decodeURIComponent(value).split('.') as [string]
    for (const forged of [`${token}.${'A'.repeat(43)}=`, `x.${value.split('.')[1]}`, token, '']) {
      const response = await fetch(`${after}/protected`, {
        headers: { cookie: `${name}=${encodeURIComponent(forged)}` },
        redirect: 'manual',
      })
      expect(response.status).toBe(401)
    }
    await postJson(`${before}/api/auth/sign-out`, {}, { cookie, origin: before })
    expect((await fetch(`${after}/protected`, { headers: { cookie }, redirect: 'manual' })).status).toBe(401)
  })
})
