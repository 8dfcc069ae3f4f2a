import { setTimeout as sleep } from 'node:timers/promises'
import { hash as bcrypt } from '@node-rs/bcrypt'
import { signJws } from 'hallpass'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases, type TestDatabase } from '../databases.ts'
import { password, refusal, type Service, startService, type Tokens } from './service.ts'

const newPassword = 'quite another password'

describe.each(databases)('on $name', ({ open }) => {
  let test: TestDatabase
  let service: Service
  let count = 0
  let slowClaims = 0
  beforeAll(async () => {
    test = await open()
    service = await startService(test.url, {
      claimsFor: async () => {
        await sleep(slowClaims)
        return {}
      },
    })
  })
  afterAll(async () => {
    await service.auth.close()
    await test.drop()
  })

  async function newcomer() {
    const username = `user ${count++}`
    const tokens = await service.newcomer(username)
    const id = service.auth.jwt.decodeToken(tokens.access_token).sub as string
    return { username, id, tokens }
  }
  const isAlive = async ({ refresh_token }: Tokens) =>
    (await service.call('POST', '/auth/refresh', { body: { refresh_token } })).status === 200

  /** Claims that name no session: an application's own. */
  const claims: [what: string, claims: Record<string, unknown>][] = [
    ['no sid', {}],
    ['a sid of its own', { sid: 'mine' }],
    ['a gen of no number', { sid: 'mine', gen: '1' }],
    ['a gen of nothing', { sid: 'mine', gen: 0 }],
    ['a gen between two', { sid: 'mine', gen: 1.5 }],
    ['a gen without a sid', { gen: 1 }],
  ]
  describe.each(claims)('a token with %s', (_what, additionalClaims) => {
    const own = (id: string) => service.auth.jwt.createAccessToken(id, { fresh: true, additionalClaims })

    it('is not turned into one of a session', async () => {
      const { id } = await newcomer()
      const reply = await service.call('POST', '/auth/reauthenticate', { token: own(id), body: { password } })
      expect(refusal(reply)).toBe('403 session_required')
      expect(reply.headers.getSetCookie()).toEqual([])
    })

    it('changes the password, ends every session, and gets no cookie for it', async () => {
      const { id, tokens, username } = await newcomer()
      const token = own(id)
      const csrf = service.auth.jwt.decodeToken(token).csrf as string
      const headers = { cookie: `__Host-access_token=${token}`, 'x-csrf-token': csrf }
      const body = { current_password: password, new_password: newPassword }
      const reply = await service.call('POST', '/auth/password', { headers, body })
      expect([reply.status, reply.headers.getSetCookie()]).toEqual([204, []])
      expect(await isAlive(tokens)).toBe(false)
      expect(refusal(await service.call('GET', '/auth/me', { token }))).toBe('401 token_revoked')
      const login = { username, password: newPassword }
      expect((await service.call('POST', '/auth/login', { body: login })).status).toBe(200)
    })

    it('sees every session as another, and ends them', async () => {
      const { id, tokens } = await newcomer()
      const token = own(id)
      const { sessions } = (await service.call('GET', '/auth/sessions', { token })).body
      expect(sessions).toMatchObject([{ current: false }])
      expect((await service.call('DELETE', '/auth/sessions', { token })).status).toBe(204)
      expect(await isAlive(tokens)).toBe(false)
    })
  })

  const strange: [what: string, claims: Record<string, unknown>][] = [
    ['a sub', { sub: 'an\0na' }],
    ['a jti', { jti: 'x\0' }],
    ['a sid', { sid: '\0', gen: 1 }],
    ['a sid of its own', { sid: '\0' }],
  ]
  it.each(strange)('a token with %s that no database stores counts as revoked', async (_what, claims) => {
    const { id } = await newcomer()
    const { jwt } = service.auth
    const stated = { ...jwt.decodeToken(jwt.createAccessToken(id, { fresh: true })), ...claims }
    const token = signJws(Buffer.from(JSON.stringify(stated)), jwt.keys, { typ: 'at+jwt' })
    const asked: [method: string, path: string, body?: object][] = [
      ['GET', '/me'],
      ['GET', '/sessions'],
      ['GET', '/verify'],
      ['POST', '/password', { current_password: password, new_password: newPassword }],
      ['POST', '/reauthenticate', { password }],
      ['DELETE', '/sessions'],
    ]
    for (const [method, path, body] of asked) {
      expect(refusal(await service.call(method, `/auth${path}`, { token, body }))).toBe('401 token_revoked')
    }
    expect((await service.call('POST', '/auth/logout', { token })).status).toBe(204)
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    expect((await service.call('POST', '/auth/revoke', { body: `token=${token}`, headers })).status).toBe(200)
    expect(await service.auth.getSession(new Headers({ authorization: `Bearer ${token}` }))).toBeUndefined()
  })

  it('a token of another user’s session proves nothing for it, and changes nothing', async () => {
    const [mine, theirs] = [await newcomer(), await newcomer()]
    const { sid, gen } = service.auth.jwt.decodeToken(theirs.tokens.access_token)
    const token = service.auth.jwt.createAccessToken(mine.id, { fresh: true, additionalClaims: { sid, gen } })
    const again = await service.call('POST', '/auth/reauthenticate', { token, body: { password } })
    expect(refusal(again)).toBe('401 token_revoked')
    const body = { current_password: password, new_password: newPassword }
    expect(refusal(await service.call('POST', '/auth/password', { token, body }))).toBe('401 token_revoked')
    expect((await service.call('GET', '/auth/me', { token: theirs.tokens.access_token })).status).toBe(200)
    expect(await isAlive(mine.tokens)).toBe(true)
  })

  it('a token that takes long to make ends no later for it', async () => {
    const { tokens } = await newcomer()
    slowClaims = 1100
    const { body } = await service.call('POST', '/auth/refresh', { body: { refresh_token: tokens.refresh_token } })
    slowClaims = 0
    const { iat = 0, exp = 0 } = service.auth.jwt.decodeToken(body.access_token as string)
    expect(exp - iat).toBeLessThan(900)
  })

  describe('a hash that is upgraded', () => {
    async function imported() {
      const username = `user ${count++}`
      const { id } = await service.auth.users.import({ username, passwordHash: await bcrypt(password, 4) })
      return { id, username }
    }
    const logIn = (username: string) => service.call('POST', '/auth/login', { body: { username, password } })

    it('lets in everyone who logs in at once', async () => {
      const { username } = await imported()
      const replies = await Promise.all(Array.from({ length: 10 }, () => logIn(username)))
      expect(replies.map(({ status }) => status)).toEqual(Array(10).fill(200))
    })

    it('does not refuse a user who proves the password or changes it during a login', async () => {
      for (const path of ['reauthenticate', 'password']) {
        const { id, username } = await imported()
        const { accessToken } = await service.auth.startSession(id)
        const body = { password, current_password: password, new_password: newPassword }
        const [login, reply] = await Promise.all([
          logIn(username),
          service.call('POST', `/auth/${path}`, { token: accessToken, body }),
        ])
        expect([200, 204]).toContain(reply.status)
        if (path === 'reauthenticate') expect(login.status).toBe(200)
      }
    })
  })

  describe('a token that the application makes while its user is disabled', () => {
    it('is refused until then, and valid once the user is enabled: that takes no rights away', async () => {
      const { id } = await newcomer()
      const { users, jwt } = service.auth
      service.elapsed += 10
      await users.disable(id)
      service.elapsed += 10
      const token = jwt.createAccessToken(id)
      expect(refusal(await service.call('GET', '/auth/me', { token }))).toBe('401 token_revoked')
      service.elapsed += 10
      await users.enable(id)
      expect((await service.call('GET', '/auth/me', { token })).status).toBe(200)
    })
  })
})
