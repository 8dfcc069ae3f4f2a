import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { password, type Reply, refusal, type Service, startService } from '../service.ts'
import { codeNow, type Enrolled, enroll, wrongCode } from './authenticator.ts'

/** A browser: it keeps cookies as they are set, and sends them all. */
class Browser {
  readonly cookies = new Map<string, string>()
  readonly #service: Service

  constructor(service: Service) {
    this.#service = service
  }

  async post(path: string, body: object, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
    const cookie = [...this.cookies].map((pair) => pair.join('=')).join('; ')
    const reply = await this.#service.call('POST', `/auth${path}`, { body, headers: { cookie, ...headers } })
    for (const line of reply.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return reply
  }

  login(username: string, more: object = {}): Promise<Reply> {
    return this.post('/login', { username, password, cookies: true, ...more })
  }

  verify(mfa_token: unknown, code: string, headers?: Readonly<Record<string, string>>): Promise<Reply> {
    return this.post('/mfa/verify', { mfa_token, method: 'totp', code }, headers)
  }

  get names(): string[] {
    return [...this.cookies.keys()].sort()
  }
}

const ofSession = [
  '__Host-access_token',
  '__Host-csrf_access_token',
  '__Host-csrf_refresh_token',
  '__Host-refresh_token',
]
const ofLogin = [...ofSession, '__Host-device_token'].sort()

describe('a second factor in a browser', () => {
  let service: Service
  let count = 0
  beforeAll(async () => {
    service = await startService('sqlite::memory:', { mfaRoles: ['admin'] })
  })
  afterAll(() => service.auth.close())
  async function newUser(): Promise<Enrolled> {
    const user = await enroll(service, `user${count++}`)
    service.elapsed += 60
    return user
  }
  const claimsOf = (browser: Browser) =>
    service.auth.jwt.decodeToken(browser.cookies.get('__Host-access_token') ?? '') as Record<string, unknown>

  it('is asked for before there is a cookie of a session', async () => {
    const user = await newUser()
    const browser = new Browser(service)
    const refused = await browser.login(user.username)
    expect(refusal(refused)).toBe('403 mfa_required')
    expect(browser.names).toEqual(['__Host-mfa_challenge'])
    const [line = ''] = refused.headers.getSetCookie()
    expect(line).toMatch(/^__Host-mfa_challenge=[\w-]{32};/)
    expect(line.split('; ')).toEqual(
      expect.arrayContaining(['Max-Age=600', 'Path=/', 'HttpOnly', 'Secure', 'SameSite=Lax']),
    )
    expect(refusal(await browser.verify(refused.body.mfa_token, wrongCode(service, user.secret)))).toBe(
      '401 mfa_code_invalid',
    )
    expect(browser.names).toEqual(['__Host-mfa_challenge'])
    const { status, body } = await browser.verify(refused.body.mfa_token, codeNow(service, user.secret))
    expect([status, body]).toEqual([200, { token_type: 'Bearer', expires_in: 900 }])
    expect(browser.names).toEqual(ofLogin)
    expect(claimsOf(browser)).toMatchObject({ acr: 'aal2' })
  })

  it('is for the browser that began to log in, and for no other', async () => {
    const user = await newUser()
    const [own, other, without] = [new Browser(service), new Browser(service), new Browser(service)]
    const { body } = await own.login(user.username)
    await other.login(user.username)
    const code = codeNow(service, user.secret)
    for (const browser of [other, without]) {
      expect(refusal(await browser.verify(body.mfa_token, code))).toBe('401 mfa_token_invalid')
    }
    expect((await own.verify(body.mfa_token, code)).status).toBe(200)
  })

  it('leaves the cookies of another user in that browser alone, and none of them is looked at', async () => {
    const user = await newUser()
    const browser = new Browser(service)
    await service.newcomer('former')
    await browser.login('former')
    const former = new Map(browser.cookies)
    const { body } = await browser.login(user.username)
    for (const name of ofSession) expect(browser.cookies.get(name)).toBe(former.get(name))
    // Their CSRF value is not asked for either.
    expect((await browser.verify(body.mfa_token, codeNow(service, user.secret))).status).toBe(200)
    expect(claimsOf(browser).sub).toBe((await service.auth.users.findByUsername(user.username))?.id)
    for (const name of ofSession) expect(browser.cookies.get(name)).not.toBe(former.get(name))
  })

  it('is remembered as the login asked for', async () => {
    const user = await newUser()
    const browser = new Browser(service)
    const { body } = await browser.login(user.username, { remember: false })
    const reply = await browser.verify(body.mfa_token, codeNow(service, user.secret))
    const kept = reply.headers.getSetCookie().filter((line) => ofLogin.some((name) => line.startsWith(`${name}=`)))
    expect(kept).toHaveLength(ofLogin.length)
    expect(kept.filter((line) => line.includes('Max-Age'))).toEqual([])
    expect(claimsOf(browser)).toMatchObject({ remember: false })
  })

  it.each(['cross-site', 'unheard-of'])('is not taken from a page of another site: %s', async (site) => {
    const user = await newUser()
    const browser = new Browser(service)
    const { body } = await browser.login(user.username)
    const code = codeNow(service, user.secret)
    const refused = await browser.verify(body.mfa_token, code, { 'sec-fetch-site': site })
    expect(refusal(refused)).toBe('403 cross_site_refused')
    expect((await browser.verify(body.mfa_token, code)).status).toBe(200)
  })

  it('is set up there where a role demands one, whoever was logged in before', async () => {
    await service.newcomer('other')
    const browser = new Browser(service)
    await browser.login('other')
    await service.auth.users.add({ username: 'root', password, roles: ['admin'] })
    const { body } = await browser.login('root')
    expect(body.code).toBe('mfa_enrollment_required')
    const { mfa_token } = body
    const elsewhere = await new Browser(service).post('/mfa/totp', { mfa_token })
    expect(refusal(elsewhere)).toBe('401 mfa_token_invalid')
    expect(refusal(await browser.post('/mfa/totp', { mfa_token }, { 'sec-fetch-site': 'cross-site' }))).toBe(
      '403 cross_site_refused',
    )
    const begun = await browser.post('/mfa/totp', { mfa_token })
    const code = codeNow(service, String(begun.body.secret))
    const confirmed = await browser.post(`/mfa/totp/${begun.body.id}/confirm`, { mfa_token, code })
    expect(confirmed.body).toEqual({
      token_type: 'Bearer',
      expires_in: 900,
      recovery_codes: expect.arrayContaining([expect.any(String)]),
    })
    expect(browser.names).toEqual(ofLogin)
    const root = await service.auth.users.findByUsername('root')
    expect([claimsOf(browser).sub, claimsOf(browser).acr, root?.secondFactors]).toEqual([root?.id, 'aal2', 1])
    const other = await service.auth.users.findByUsername('other')
    expect(other?.secondFactors).toBe(0)
  })

  it('is set up in a session of cookies, with their CSRF value', async () => {
    await service.newcomer('anna')
    const browser = new Browser(service)
    await browser.login('anna')
    expect(refusal(await browser.post('/mfa/totp', {}))).toBe('403 csrf_missing')
    const own = () => ({ 'x-csrf-token': browser.cookies.get('__Host-csrf_access_token') ?? '' })
    const begun = await browser.post('/mfa/totp', {}, own())
    const code = codeNow(service, String(begun.body.secret))
    const confirmed = await browser.post(`/mfa/totp/${begun.body.id}/confirm`, { code }, own())
    expect([confirmed.status, confirmed.body.access_token]).toEqual([200, undefined])
    expect(claimsOf(browser)).toMatchObject({ acr: 'aal2' })
  })

  it('is not asked for again in a browser that its user trusts, in which others have cookies of their own', async () => {
    const [one, other] = [await newUser(), await newUser()]
    const browser = new Browser(service)
    const trusted = () => browser.names.filter((name) => name.startsWith('__Host-trusted_device_'))
    async function trust({ username, secret }: Enrolled) {
      service.elapsed += 30
      const { body } = await browser.login(username)
      const code = codeNow(service, secret)
      const more = { mfa_token: body.mfa_token, method: 'totp', code, remember_device: true }
      return browser.post('/mfa/verify', more)
    }
    const { headers, body } = await trust(one)
    expect(body).toEqual({ token_type: 'Bearer', expires_in: 900 })
    const line = headers.getSetCookie().find((text) => text.includes('trusted_device')) ?? ''
    expect(line).toMatch(/^__Host-trusted_device_[0-9a-f]{16}=hp_td_[\w-]{43};/)
    expect(line.split('; ')).toEqual(
      expect.arrayContaining(['Max-Age=2592000', 'Path=/', 'HttpOnly', 'Secure', 'SameSite=Lax']),
    )
    expect(refusal(await browser.login(other.username))).toBe('403 mfa_required')
    await trust(other)
    expect(trusted()).toHaveLength(2)
    for (const { username } of [one, other]) expect((await browser.login(username)).status).toBe(200)
    expect(claimsOf(browser)).toMatchObject({ acr: 'aal1', amr: ['pwd'] })
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ')
    const inProcess = await service.auth.login({ username: one.username, password }, { cookie })
    expect(inProcess.accessToken).toContain('.')
    const listed = await service.call('GET', '/auth/devices', { headers: { cookie } })
    expect(listed.body.devices).toMatchObject([{ current: true }])
    // Trusted anew, it has one row; and what other users leave behind is bounded.
    await service.call('DELETE', '/auth/devices', { token: one.access_token })
    for (let at = 0; at < 12; at++) {
      browser.cookies.set(`__Host-trusted_device_${String(at).padStart(16, '0')}`, 'hp_td_x')
    }
    expect(refusal(await browser.login(one.username))).toBe('403 mfa_required')
    await trust(one)
    expect(trusted()).toHaveLength(10)
    // Of the others, those that were trusted last: the browser sends them in the order of their creation.
    expect(trusted()).not.toContain('__Host-trusted_device_0000000000000000')
    expect(trusted()).toContain('__Host-trusted_device_0000000000000011')
    expect((await browser.login(one.username)).status).toBe(200)
  })
})
