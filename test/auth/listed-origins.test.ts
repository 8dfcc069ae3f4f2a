import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codeNow, enroll } from './mfa/authenticator.ts'
import { password, type Reply, refusal, type Service, startService } from './service.ts'

const page = 'https://app.example'
const neighbour = 'https://evil.example'
const listed = { origin: page, 'sec-fetch-site': 'same-site' }
const crossSite = { origin: page, 'sec-fetch-site': 'cross-site' }

/** What a browser keeps: it sends each cookie with each request, and its pages cannot read them. */
class Browser {
  readonly cookies = new Map<string, string>()
  readonly #service: Service

  constructor(service: Service) {
    this.#service = service
  }

  async send(method: string, path: string, headers: Readonly<Record<string, string>>, body?: object): Promise<Reply> {
    const cookie = [...this.cookies].map((pair) => pair.join('=')).join('; ')
    const reply = await this.#service.call(method, `/auth${path}`, { body, headers: { cookie, ...headers } })
    for (const line of reply.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return reply
  }
}

const outcomeOf = (reply: Reply) => (reply.status < 400 ? String(reply.status) : refusal(reply))

describe('a session in cookies, for a page of a listed origin on another host', () => {
  let service: Service
  let count = 0
  beforeAll(async () => {
    service = await startService('sqlite::memory:', { corsOrigins: [page] })
  })
  afterAll(() => service.auth.close())

  async function newcomer(): Promise<Browser> {
    const username = `user ${count++}`
    await service.newcomer(username)
    const browser = new Browser(service)
    const login = await browser.send('POST', '/login', listed, { username, password, cookies: true })
    expect(outcomeOf(login)).toBe('200')
    return browser
  }

  const changes: [method: string, path: string, body: object | undefined, outcome: string][] = [
    ['POST', '/refresh', undefined, '200'],
    ['POST', '/reauthenticate', { password }, '200'],
    ['POST', '/password', { current_password: password, new_password: 'quite another password' }, '204'],
    ['POST', '/username', { username: 'another name' }, '204'],
    ['POST', '/mfa/totp', {}, '200'],
    ['DELETE', '/sessions', undefined, '204'],
    ['DELETE', '/sessions/01a2097a-4775-7927-b3ee-e7e2b8ae2143', undefined, '404 session_not_found'],
    ['POST', '/logout', undefined, '204'],
    ['DELETE', '/me', undefined, '204'],
  ]
  it.each(changes)('%s %s needs no value there, and one everywhere else', async (method, path, body, outcome) => {
    const browser = await newcomer()
    const refused: [headers: Record<string, string>, code: string][] = [
      [{ origin: neighbour, 'sec-fetch-site': 'same-site' }, '403 csrf_missing'],
      [{ origin: neighbour, 'sec-fetch-site': 'cross-site' }, '403 cross_site_refused'],
      [{ origin: neighbour }, '403 cross_site_refused'],
      [{ origin: 'null', 'sec-fetch-site': 'same-site' }, '403 csrf_missing'],
      [{ origin: 'null', 'sec-fetch-site': 'cross-site' }, '403 cross_site_refused'],
      [{ 'sec-fetch-site': 'same-origin' }, '403 csrf_missing'],
      [{}, '403 csrf_missing'],
      [{ ...listed, 'x-csrf-token': 'another' }, '403 csrf_mismatch'],
    ]
    for (const [headers, code] of refused) {
      const before = new Map(browser.cookies)
      expect([headers, outcomeOf(await browser.send(method, path, headers, body))]).toEqual([headers, code])
      expect(browser.cookies).toEqual(before)
    }
    expect(outcomeOf(await browser.send(method, path, listed, body))).toBe(outcome)
  })

  it('logs out by the refresh cookie alone, also with an access token that cannot be read', async () => {
    for (const access of [undefined, 'e30.e30.e30']) {
      const browser = await newcomer()
      const kept = new Map(browser.cookies)
      if (access === undefined) browser.cookies.delete('__Host-access_token')
      else browser.cookies.set('__Host-access_token', access)
      expect(outcomeOf(await browser.send('POST', '/logout', listed))).toBe('204')
      expect([...browser.cookies.keys()]).toEqual(['__Host-device_token'])
      const after = { refresh_token: kept.get('__Host-refresh_token') }
      expect(outcomeOf(await browser.send('POST', '/refresh', {}, after))).toBe('401 refresh_token_invalid')
    }
  })

  it('refreshes, and logs out of, the session that lives, where the browser keeps one that has ended as well', async () => {
    const [ended, living] = [await newcomer(), await newcomer()]
    const of = (browser: Browser) => `__Host-refresh_token=${browser.cookies.get('__Host-refresh_token')}`
    const both = { ...listed, cookie: `${of(ended)}; ${of(living)}` }
    expect(outcomeOf(await ended.send('DELETE', '/me', listed))).toBe('204')
    const refreshed = await living.send('POST', '/refresh', both)
    expect(outcomeOf(refreshed)).toBe('200')
    const again = { ...listed, cookie: `__Host-refresh_token=hp_rt_x; ${of(living)}` }
    expect(outcomeOf(await living.send('POST', '/logout', again))).toBe('204')
    const none = { ...listed, cookie: `${of(living)}; ${both.cookie}` }
    expect(outcomeOf(await living.send('POST', '/refresh', none))).toBe('401 refresh_token_invalid')
  })

  it('passes a proxy that asks about a request, which says its method and has its headers', async () => {
    const browser = await newcomer()
    const ask = async (origin: string, method: string) =>
      outcomeOf(
        await browser.send('GET', '/verify', { origin, 'sec-fetch-site': 'same-site', 'x-forwarded-method': method }),
      )
    expect(await ask(page, 'POST')).toBe('200')
    expect(await ask(neighbour, 'POST')).toBe('403 csrf_missing')
    expect(await ask(neighbour, 'GET')).toBe('200')
  })
})

describe('a login in cookies, for a listed page of another site', () => {
  let lax: Service
  let none: Service
  beforeAll(async () => {
    lax = await startService('sqlite::memory:', { corsOrigins: [page], mfaRoles: ['admin'] })
    none = await startService('sqlite::memory:', { corsOrigins: [page], cookieSameSite: 'None', mfaRoles: ['admin'] })
  })
  afterAll(async () => {
    await lax.auth.close()
    await none.auth.close()
  })

  it('is refused before the password is looked at, and nothing is counted', async () => {
    await lax.newcomer('anna')
    lax.events.length = 0
    for (const secret of [password, 'wrong']) {
      const body = { username: 'anna', password: secret, cookies: true }
      const reply = await lax.call('POST', '/auth/login', { body, headers: crossSite })
      expect([refusal(reply), reply.headers.getSetCookie()]).toEqual(['403 cookies_cross_site', []])
      expect(reply.headers.get('access-control-allow-origin')).toBe(page)
    }
    expect(lax.events).toEqual([])
  })

  const others: [what: string, headers: Record<string, string>, body: object, outcome: string][] = [
    ['of the same site', listed, { cookies: true }, '200'],
    ['of our own origin', { 'sec-fetch-site': 'same-origin' }, { cookies: true }, '200'],
    ['that does not say', { origin: page }, { cookies: true }, '200'],
    ['of another site, for tokens', crossSite, {}, '200'],
    ['of another site, for tokens, as it says', crossSite, { cookies: false }, '200'],
    [
      'of another site that is not listed',
      { ...crossSite, origin: neighbour },
      { cookies: true },
      '403 cross_site_refused',
    ],
  ]
  it.each(others)('a page %s', async (_what, headers, more, outcome) => {
    await lax.newcomer('berta')
    const body = { username: 'berta', password, ...more }
    expect(outcomeOf(await lax.call('POST', '/auth/login', { body, headers }))).toBe(outcome)
  })

  it('works with cookies that are SameSite=None, the second factor and refreshes included', async () => {
    const user = await enroll(none, 'clara')
    none.elapsed += 60
    const browser = new Browser(none)
    const login = await browser.send('POST', '/login', crossSite, { username: 'clara', password, cookies: true })
    expect(refusal(login)).toBe('403 mfa_required')
    const { mfa_token } = login.body
    const code = codeNow(none, user.secret)
    const proof = { mfa_token, method: 'totp', code }
    expect(outcomeOf(await browser.send('POST', '/mfa/verify', crossSite, proof))).toBe('200')
    expect(outcomeOf(await browser.send('POST', '/refresh', crossSite))).toBe('200')
    expect(outcomeOf(await browser.send('POST', '/refresh', { ...crossSite, origin: neighbour }))).toBe(
      '403 cross_site_refused',
    )
    expect(outcomeOf(await browser.send('POST', '/logout', crossSite))).toBe('204')
  })

  it('is not completed there either, by a second factor or by setting one up', async () => {
    const user = await enroll(lax, 'dora')
    lax.elapsed += 60
    await lax.auth.users.add({ username: 'root', password, roles: ['admin'] })
    const [dora, root] = [new Browser(lax), new Browser(lax)]
    const begin = async (browser: Browser, username: string) =>
      (await browser.send('POST', '/login', listed, { username, password, cookies: true })).body.mfa_token
    const code = codeNow(lax, user.secret)
    const proof = { mfa_token: await begin(dora, 'dora'), method: 'totp', code }
    const refused = async (browser: Browser, path: string, body: object) =>
      expect(outcomeOf(await browser.send('POST', path, crossSite, body))).toBe('403 cookies_cross_site')
    await refused(dora, '/mfa/verify', proof)
    await refused(new Browser(lax), '/mfa/verify', { ...proof, cookies: true })
    expect(outcomeOf(await dora.send('POST', '/mfa/verify', listed, proof))).toBe('200')
    const mfa_token = await begin(root, 'root')
    await refused(root, '/mfa/totp', { mfa_token })
    const begun = await root.send('POST', '/mfa/totp', listed, { mfa_token })
    const confirm = `/mfa/totp/${begun.body.id}/confirm`
    const first = { mfa_token, code: codeNow(lax, String(begun.body.secret)) }
    await refused(root, confirm, first)
    await refused(new Browser(lax), confirm, { ...first, cookies: true })
    expect(outcomeOf(await root.send('POST', confirm, listed, first))).toBe('200')
  })

  it('is completed for tokens, as it was begun', async () => {
    const user = await enroll(lax, 'emma')
    lax.elapsed += 60
    const body = { username: 'emma', password }
    const { mfa_token } = (await lax.call('POST', '/auth/login', { body, headers: crossSite })).body
    const proof = { mfa_token, method: 'totp', code: codeNow(lax, user.secret) }
    expect(outcomeOf(await lax.call('POST', '/auth/mfa/verify', { body: proof, headers: crossSite }))).toBe('200')
  })
})

describe('an answer with Retry-After', () => {
  it('has the same seconds in its body', async () => {
    const service = await startService('sqlite::memory:', { limits: { attemptsPerAccount: 1 } })
    await service.newcomer('anna')
    const attempt = () => service.call('POST', '/auth/login', { body: { username: 'anna', password: 'wrong' } })
    await attempt()
    await attempt()
    const reply = await attempt()
    expect(refusal(reply)).toBe('429 rate_limited')
    expect(reply.body.retry_after).toBeGreaterThan(0)
    expect(String(reply.body.retry_after)).toBe(reply.headers.get('retry-after'))
    await service.auth.close()
  })
})
