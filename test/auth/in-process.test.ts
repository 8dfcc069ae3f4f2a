import { RequestError, type RequestHeaders } from 'hallpass/auth'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases, type TestDatabase } from '../databases.ts'
import { codeNow, enroll } from './mfa/authenticator.ts'
import { password, type Service, start, startService } from './service.ts'

const page = 'https://app.example'

/** What a browser sends back of `Set-Cookie` values. */
function cookieOf(lines: readonly string[]): string {
  return lines.map((line) => line.split(';')[0]).join('; ')
}

async function failureOf(action: Promise<unknown>): Promise<RequestError> {
  return action.then(
    () => expect.fail('It did not fail'),
    (error) => error,
  )
}

describe.each(databases)('in process, on $name', ({ open }) => {
  let test: TestDatabase
  let service: Service
  let count = 0
  beforeAll(async () => {
    test = await open()
    service = await startService(test.url, { trustProxy: 1, corsOrigins: [page], mfaRoles: ['admin'] })
  })
  afterAll(async () => {
    await service.auth.close()
    await test.drop()
  })
  const named = async (roles: readonly string[] = []) => {
    const username = `user${count++}`
    const { id } = await service.auth.users.add({ username, password, roles })
    return { username, id }
  }

  describe('getSession', () => {
    it('reads the session of a bearer token and of a cookie, from headers of every kind', async () => {
      const { username, id } = await named(['editor'])
      const { accessToken, cookies } = await service.auth.login({ username, password })
      const cookie = cookieOf(cookies)
      const bearer = `Bearer ${accessToken}`
      const ways: RequestHeaders[] = [
        new Headers({ cookie }),
        new Headers({ authorization: bearer }),
        { cookie },
        { Cookie: cookie, host: 'app.example' },
        { cookie: cookie.split('; ') },
        { authorization: bearer, 'x-other': ['a', 'b'], absent: undefined },
        { get: (name: string) => (name === 'cookie' ? cookie : null) },
        // Another site may have sent it: reading changes nothing.
        { cookie, 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
      ]
      const [{ id: sessionId = '' } = {}] = (await service.auth.sessions.list(id)).sessions
      for (const headers of ways) {
        const session = await service.auth.getSession(headers)
        expect(session).toMatchObject({ userId: id, sessionId, roles: ['editor'], amr: ['pwd'], acr: 'aal1' })
        expect(session?.claims).toMatchObject({ sub: id, sid: sessionId, type: 'access' })
        const times = [session?.authTime, session?.expiresAt].map((time) => Number(time) / 1000 - start)
        expect(times).toEqual([service.elapsed, service.elapsed + 900])
      }
    })

    it('finds none in whatever else a client sends, and changes nothing', async () => {
      const { username, id } = await named()
      const { accessToken, refreshToken, cookies } = await service.auth.login({ username, password })
      const cookie = cookieOf(cookies)
      const webSocket = { upgrade: 'websocket', 'sec-websocket-key': 'x', origin: 'https://evil.example' }
      const none: RequestHeaders[] = [
        {},
        new Headers(),
        { cookie: '' },
        { cookie: '__Host-access_token=' },
        { cookie: `__Host-access_token=${'a.b.c'}` },
        { cookie: `__Host-access_token=${accessToken.slice(0, -4)}AAAA` },
        { cookie: `__Host-access_token=${'x'.repeat(20_000)}` },
        { cookie: `__Host-access_token=${refreshToken}` },
        { cookie: `__Host-refresh_token=${refreshToken}` },
        { cookie: '\0;=\u{1f600}; __Host-access_token=%00' },
        { authorization: 'Bearer' },
        { authorization: 'Basic YTpi' },
        { authorization: `Bearer ${accessToken} ${accessToken}` },
        { authorization: `Bearer ${service.auth.jwt.createAccessToken(id)}` },
        { authorization: `Bearer ${service.auth.jwt.createRefreshToken(id)}` },
        { cookie, ...webSocket },
        { cookie: 7 as never, authorization: {} as never, __proto__: 'x' as never },
      ]
      service.events.length = 0
      for (const headers of none) expect(await service.auth.getSession(headers), `${headers}`).toBeUndefined()
      expect(service.events).toEqual([])
      expect(await service.auth.getSession({ cookie })).toBeDefined()
    })

    const ends: [what: string, end: (id: string, cookie: string) => Promise<unknown>][] = [
      ['a logout', (_, cookie) => service.call('POST', '/auth/logout', { headers: { cookie, origin: page } })],
      ['the end of its session', async (id) => service.auth.sessions.endAll(id)],
      ['a change of roles', (id) => service.auth.users.setRoles(id, ['editor'])],
      ['disabling', (id) => service.auth.users.disable(id)],
      ['deletion', (id) => service.auth.users.delete(id)],
      [
        'its time',
        async () => {
          service.elapsed += 901
        },
      ],
    ]
    it.each(ends)('finds none after %s', async (_what, end) => {
      const { username, id } = await named()
      const cookie = cookieOf((await service.auth.login({ username, password })).cookies)
      expect(await service.auth.getSession({ cookie })).toBeDefined()
      await end(id, cookie)
      expect(await service.auth.getSession({ cookie })).toBeUndefined()
    })
  })

  describe('login', () => {
    it('begins a session, whose cookies and tokens the routes accept', async () => {
      const { username, id } = await named()
      const headers = new Headers({ 'x-forwarded-for': '198.51.100.7', 'user-agent': 'a browser' })
      const session = await service.auth.login({ username, password }, headers)
      expect(session.cookies.map((line) => line.split('=')[0])).toEqual([
        '__Host-access_token',
        '__Host-csrf_access_token',
        '__Host-refresh_token',
        '__Host-csrf_refresh_token',
        '__Host-device_token',
      ])
      for (const line of session.cookies) expect(line).toContain('Max-Age=')
      const byCookie = await service.call('GET', '/auth/me', { headers: { cookie: cookieOf(session.cookies) } })
      const byToken = await service.call('GET', '/auth/me', { token: session.accessToken })
      expect([byCookie.body.username, byToken.body.username]).toEqual([username, username])
      expect((await service.auth.sessions.list(id)).sessions).toMatchObject([
        { address: '198.51.100.7', userAgent: 'a browser' },
      ])
    })

    it('takes the address and the request id that the application knows', async () => {
      const { username, id } = await named()
      const origin = { address: '203.0.113.9', requestId: 'r1' }
      await service.auth.login({ username, password }, { 'user-agent': 'a browser' }, origin)
      const { sessions } = await service.auth.sessions.list(id)
      expect(sessions).toMatchObject([{ address: '203.0.113.9', userAgent: 'a browser' }])
    })

    it('ends its cookies with the browser where the user asks for it, also after a refresh', async () => {
      const { username } = await named()
      const { cookies } = await service.auth.login({ username, password, remember: false })
      const next = await service.auth.refresh({ cookie: cookieOf(cookies) })
      expect([...cookies, ...next.cookies].filter((line) => line.includes('Max-Age'))).toEqual([])
    })

    it('knows the device by its cookie, and keeps it', async () => {
      const { username } = await named()
      const first = await service.auth.login({ username, password })
      const again = await service.auth.login({ username, password }, { cookie: cookieOf(first.cookies) })
      const given = await service.auth.login({ username, password, deviceToken: first.deviceToken })
      expect([again.deviceToken, given.deviceToken]).toEqual([first.deviceToken, first.deviceToken])
    })

    const refusals: [what: string, given: object, headers: RequestHeaders, code: string][] = [
      ['a wrong password', { password: 'wrong' }, {}, 'invalid_credentials'],
      ['an unknown name', { username: 'nobody' }, {}, 'invalid_credentials'],
      ['a form without a name', { username: null }, {}, 'invalid_request'],
      ['a file for a password', { password: new Blob(['x']) }, {}, 'invalid_request'],
      ['another site', {}, { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, 'cross_site_refused'],
      ['another site, before 2023', {}, { host: 'id.example', origin: 'https://evil.example' }, 'cross_site_refused'],
      ['a listed page of another site', {}, { 'sec-fetch-site': 'cross-site', origin: page }, 'cookies_cross_site'],
    ]
    it.each(refusals)('refuses %s', async (_what, given, headers, code) => {
      const { username } = await named()
      const error = await failureOf(service.auth.login({ username, password, ...given }, headers))
      expect(error.code).toBe(code)
      expect(error.cookies ?? []).toEqual([])
    })

    it('asks for the second factor, of this browser', async () => {
      const user = await enroll(service, `user${count++}`)
      service.elapsed += 60
      const error = await failureOf(service.auth.login({ username: user.username, password, remember: false }))
      expect(error).toBeInstanceOf(RequestError)
      expect([error.code, Object.keys(error.next)]).toEqual(['mfa_required', ['mfa_token', 'expires_in', 'methods']])
      expect(error.cookies).toHaveLength(1)
      expect(JSON.stringify({ ...error })).not.toMatch(/challenge|hp_mfa/)
      const body = { mfa_token: error.next.mfa_token, method: 'totp', code: codeNow(service, user.secret) }
      const elsewhere = await service.call('POST', '/auth/mfa/verify', { body })
      expect(elsewhere.body.code).toBe('mfa_token_invalid')
      const headers = { cookie: cookieOf(error.cookies) }
      const verified = await service.call('POST', '/auth/mfa/verify', { body, headers })
      expect(verified.status).toBe(200)
      // As the login asked for: no login cookie outlives the browser. One more removes the challenge.
      expect(verified.headers.getSetCookie().filter((line) => line.includes('Max-Age'))).toEqual([])
      const session = await service.auth.getSession({ cookie: cookieOf(verified.headers.getSetCookie()) })
      const account = await service.auth.users.findByUsername(user.username)
      expect(session).toMatchObject({ userId: account?.id, acr: 'aal2' })
    })

    it('asks for a second factor to be set up where a role requires one', async () => {
      const { username } = await named(['admin'])
      const error = await failureOf(service.auth.login({ username, password }))
      expect([error.code, error.cookies.length]).toEqual(['mfa_enrollment_required', 1])
    })
  })

  describe('refresh', () => {
    it('exchanges the refresh cookie, once', async () => {
      const { username, id } = await named()
      const first = await service.auth.login({ username, password })
      service.elapsed += 901
      expect(await service.auth.getSession({ cookie: cookieOf(first.cookies) })).toBeUndefined()
      const next = await service.auth.refresh(new Headers({ cookie: cookieOf(first.cookies) }))
      expect(next.refreshToken).not.toBe(first.refreshToken)
      expect(next.cookies).toHaveLength(4)
      expect(await service.auth.getSession({ cookie: cookieOf(next.cookies) })).toMatchObject({ userId: id })
      service.elapsed += 60
      await service.auth.refresh({ cookie: cookieOf(next.cookies) })
      service.elapsed += 60
      const error = await failureOf(service.auth.refresh({ cookie: cookieOf(first.cookies) }))
      expect(error.code).toBe('refresh_token_invalid')
      expect((await service.auth.sessions.list(id)).sessions).toEqual([])
    })

    const refusals: [what: string, headers: RequestHeaders, code: string][] = [
      ['nothing', {}, 'token_missing'],
      ['a token in the header', { authorization: 'Bearer hp_rt_x' }, 'token_missing'],
      ['a cookie of nothing', { cookie: '__Host-refresh_token=hp_rt_x' }, 'refresh_token_invalid'],
    ]
    it.each(refusals)('refuses %s', async (_what, headers, code) => {
      expect((await failureOf(service.auth.refresh(headers))).code).toBe(code)
    })
  })
})

describe('login in process', () => {
  it('shares its limits with the routes', async () => {
    const service = await startService('sqlite::memory:', { limits: { attemptsPerAccount: 2 } })
    await service.newcomer('anna')
    const wrong = { username: 'anna', password: 'wrong' }
    expect((await failureOf(service.auth.login(wrong))).code).toBe('invalid_credentials')
    await service.call('POST', '/auth/login', { body: wrong })
    await service.call('POST', '/auth/login', { body: wrong })
    const error = await failureOf(service.auth.login(wrong))
    expect([error.code, error.retryAfterSeconds]).toEqual(['rate_limited', expect.any(Number)])
    await service.auth.close()
  })
})
