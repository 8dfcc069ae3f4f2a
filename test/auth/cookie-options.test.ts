import type { AuthOptions } from 'hallpass/auth'
import { createTestAuth, type TestAuth } from 'hallpass/testing'
import { renewCookies, requestGuard } from 'hallpass/web'
import { afterEach, describe, expect, it } from 'vitest'

const alice = { username: 'alice', password: 'wonderland at tea time' }
const closing: TestAuth[] = []
afterEach(async () => {
  for (const auth of closing.splice(0)) await auth.close()
})

/** A browser: its cookies, with what was said of them. */
class Browser {
  readonly auth: TestAuth
  lines = new Map<string, string>()

  constructor(auth: TestAuth) {
    this.auth = auth
  }

  get cookie(): string {
    return [...this.lines.values()].map((line) => line.split(';')[0]).join('; ')
  }

  value(name: string): string {
    return (
      this.lines
        .get(name)
        ?.split(';')[0]
        ?.slice(name.length + 1) ?? ''
    )
  }

  take(lines: readonly string[]): void {
    for (const line of lines) this.lines.set(line.split('=')[0] as string, line)
  }

  async send(method: string, path: string, body?: object, more: Record<string, string> = {}): Promise<Response> {
    const { accessCsrfCookieName, refreshCsrfCookieName, accessCsrfHeaderName } = this.auth.jwt.settings
    const csrf = this.value(path === '/auth/refresh' ? refreshCsrfCookieName : accessCsrfCookieName)
    const headers = {
      'content-type': 'application/json',
      cookie: this.cookie,
      [accessCsrfHeaderName.toLowerCase()]: csrf,
      ...more,
    }
    const request = new Request(`https://www.app.example${path}`, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    })
    const answer = await this.auth.handler(request)
    this.take(answer.headers.getSetCookie())
    return answer
  }

  /** How long each of its cookies is kept. */
  get lives(): Record<string, number | undefined> {
    const lifeOf = (line: string) => /Max-Age=(\d+)/.exec(line)?.[1]
    return Object.fromEntries(
      [...this.lines].map(([name, line]) => [name.replace('__Host-', ''), lifeOf(line) && Number(lifeOf(line))]),
    ) as Record<string, number | undefined>
  }
}

async function open(options: Partial<AuthOptions> = {}): Promise<Browser> {
  const auth = await createTestAuth(options)
  closing.push(auth)
  await auth.users.add(alice)
  return new Browser(auth)
}

const all = (life: number | undefined, device = life) => ({
  access_token: life,
  csrf_access_token: life,
  refresh_token: life,
  csrf_refresh_token: life,
  device_token: device,
})
const day = 86_400

describe('the cookies of createAuth', () => {
  it('last as long as the session, and end with the browser where that is asked for', async () => {
    for (const [remember, life, device] of [
      [undefined, 30 * day, 400 * day],
      [true, 30 * day, 400 * day],
      [false, undefined, undefined],
    ] as const) {
      const browser = await open()
      const login = { ...alice, cookies: true, ...(remember !== undefined && { remember }) }
      expect((await browser.send('POST', '/auth/login', login)).status).toBe(200)
      expect(browser.lives).toEqual(all(life, device))
      // Whatever puts new ones in their place keeps them likewise.
      browser.auth.clock.advance(901)
      expect((await browser.send('POST', '/auth/refresh')).status).toBe(200)
      expect(browser.lives).toEqual(all(life, device))
      expect((await browser.send('POST', '/auth/reauthenticate', { password: alice.password })).status).toBe(200)
      expect(browser.lives).toEqual(all(life, device))
      const change = { current_password: alice.password, new_password: 'quite another password' }
      expect((await browser.send('POST', '/auth/password', change)).status).toBe(204)
      expect(browser.lives).toEqual(all(life, device))
      expect((await browser.send('GET', '/auth/me')).status).toBe(200)
      expect((await browser.send('POST', '/auth/logout')).status).toBe(204)
      expect((await browser.send('POST', '/auth/refresh')).status).toBe(401)
    }
  })

  it('last no longer than a session that is shorter, and end with the browser where all do', async () => {
    const short = await open({ refreshTokenSeconds: 3 * day, sessionSeconds: 2 * day })
    await short.send('POST', '/auth/login', { ...alice, cookies: true })
    expect(short.lives).toEqual(all(2 * day, 400 * day))
    const ending = await open({ sessionCookie: true })
    await ending.send('POST', '/auth/login', { ...alice, cookies: true })
    expect(ending.lives).toEqual(all(undefined, 400 * day))
  })

  it('of a session that the application begins last as long as it says', async () => {
    const browser = await open()
    const { id } = (await browser.auth.users.findByUsername('alice')) ?? { id: '' }
    browser.take((await browser.auth.startSession(id, {}, { remember: false })).cookies)
    expect(browser.lives).toEqual(all(undefined))
    browser.take((await browser.auth.startSession(id)).cookies)
    expect(browser.lives).toEqual(all(30 * day, 400 * day))
  })

  it('have the attributes and names that the options say', async () => {
    const browser = await open({
      cookieDomain: 'app.example',
      cookieSameSite: 'None',
      cookiePartitioned: true,
      refreshCookieName: 'next',
      refreshCookiePath: '/auth',
      accessCsrfHeaderName: 'X-XSRF-TOKEN',
      refreshCsrfHeaderName: 'X-XSRF-TOKEN',
    })
    await browser.send('POST', '/auth/login', { ...alice, cookies: true })
    const lines = [...browser.lines.values()].map((line) =>
      line.replace(/=[^;]+; /, '=…; ').replace(/Expires=[^;]+; /, ''),
    )
    const end = 'Path=/; SameSite=None; Partitioned'
    expect(lines).toEqual([
      `__Secure-access_token=…; Domain=app.example; Max-Age=2592000; Secure; HttpOnly; ${end}`,
      `__Secure-csrf_access_token=…; Domain=app.example; Max-Age=2592000; Secure; ${end}`,
      `next=…; Domain=app.example; Max-Age=2592000; Secure; HttpOnly; ${end.replace('/', '/auth')}`,
      `__Secure-csrf_refresh_token=…; Domain=app.example; Max-Age=2592000; Secure; ${end}`,
      `__Host-device_token=…; Max-Age=34560000; Secure; HttpOnly; ${end}`,
    ])
    expect((await browser.send('POST', '/auth/refresh')).status).toBe(200)
  })

  const mistakes: [options: object, named: RegExp][] = [
    [{ cookieDomain: 'a b', issuer: '' }, /issuer.*|cookie domain/],
    [{ cookieSameSite: 'None', cookieSecure: false }, /cookieSecure/],
    [{ renewCookiesWithinSeconds: 0, sessionsPerUser: 0 }, /sessionsPerUser.*renewCookiesWithinSeconds/],
    [{ cookieName: 'x' }, /cookieName/],
  ]
  it.each(mistakes)('are refused with %j', async (options, named) => {
    await expect(open(options)).rejects.toMatchObject({
      code: 'option_invalid',
      message: expect.stringMatching(named),
    })
  })
})

describe('cookies of createAuth that renew themselves', () => {
  it('are made of the session as it is, and end with it', async () => {
    const browser = await open({ renewCookiesWithinSeconds: 300, refreshTokenSeconds: 2000 })
    const { jwt, clock, users } = browser.auth
    await browser.send('POST', '/auth/login', { ...alice, cookies: true, remember: false })
    const name = jwt.settings.accessCookieName
    const guard = requestGuard(jwt)
    /** How many cookies a guarded request sets, or why it is refused. */
    async function visit(): Promise<number | string> {
      const known = await guard(new Request('https://www.app.example/', { headers: { cookie: browser.cookie } }))
      if (known instanceof Response) return ((await known.json()) as { code: string }).code
      const { headers } = await renewCookies(new Response('in'), jwt, known)
      browser.take(headers.getSetCookie())
      return headers.getSetCookie().length
    }

    expect(await visit()).toBe(0)
    clock.advance(700)
    expect(await visit()).toBe(2)
    expect(jwt.decodeToken(browser.value(name))).toMatchObject({ fresh: false, exp: clock.now + 900 })
    clock.advance(700)
    expect([await visit(), browser.lives]).toEqual([2, all(undefined)])
    // Made while the session lived, the last one ends on its own.
    clock.advance(700)
    expect(await visit()).toBe(0)
    clock.advance(200)
    expect(await visit()).toBe('token_expired')

    const { id } = (await users.findByUsername('alice')) ?? { id: '' }
    await browser.send('POST', '/auth/login', { ...alice, cookies: true })
    clock.advance(700)
    await users.setRoles(id, ['admin'])
    expect(await visit()).toBe('token_revoked')
  })
})

describe('after a change of cookieDomain', () => {
  it('a browser goes on with both cookies, and the next login removes the old ones', async () => {
    const names = {
      accessCookieName: 'access',
      refreshCookieName: 'refresh',
      accessCsrfCookieName: 'ca',
      refreshCsrfCookieName: 'cr',
    }
    const browser = await open({ ...names, cookieDomain: 'app.example' })
    await browser.send('POST', '/auth/login', { ...alice, cookies: true })
    const old = { cookie: browser.cookie, csrf: browser.value('cr') }
    browser.auth.clock.advance(901)
    expect((await browser.send('POST', '/auth/refresh')).status).toBe(200)
    browser.auth.clock.advance(60)
    const both = () => ({ cookie: `${old.cookie}; ${browser.cookie}` })
    expect((await browser.send('GET', '/auth/me', undefined, both())).status).toBe(200)
    // Whichever of the two values a page reads: what was spent is not presented, which would end the session.
    for (const csrf of [browser.value('cr'), old.csrf]) {
      const answer = await browser.send('POST', '/auth/refresh', undefined, { ...both(), 'x-csrf-token': csrf })
      expect(answer.status).toBe(200)
      browser.auth.clock.advance(60)
    }
    const cookie = both().cookie
    const answer = await browser.auth.handler(
      new Request('https://www.app.example/auth/login', {
        method: 'POST',
        headers: { 'content-type': 'application/json', cookie },
        body: JSON.stringify({ ...alice, cookies: true }),
      }),
    )
    const removed = answer.headers.getSetCookie().filter((line) => /^\w+=;/.test(line))
    expect(removed.map((line) => line.replace(/ Expires=[^;]+;/, ''))).toEqual(
      ['access', 'refresh', 'ca', 'cr'].flatMap((name) => [
        `${name}=; Secure; Path=/; SameSite=Lax`,
        `${name}=; Domain=www.app.example; Secure; Path=/; SameSite=Lax`,
      ]),
    )
    expect((await browser.send('POST', '/auth/logout', undefined, both())).status).toBe(204)
  })
})

it('a host of thousands of labels is no reason for thousands of cookies', async () => {
  const auth = await createTestAuth({ cookieDomain: 'app.example' })
  closing.push(auth)
  const names = [auth.jwt.settings.accessCookieName, auth.jwt.settings.refreshCookieName]
  const cookie = names.flatMap((name) => [`${name}=a`, `${name}=b`]).join('; ')
  const ask = (host: string) =>
    auth.handler(
      new Request('http://localhost/auth/logout', { method: 'POST', headers: { host, cookie, 'x-csrf-token': 'z' } }),
    )
  expect((await ask('id.app.example')).headers.getSetCookie().length).toBeGreaterThan(4)
  expect((await ask(`${'a.'.repeat(100)}app.example`)).headers.getSetCookie().length).toBeLessThan(20)
  expect((await ask(`${'a.'.repeat(4000)}app.example`)).headers.getSetCookie().length).toBeLessThan(20)
})
