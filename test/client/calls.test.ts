import { type Client, createClient, type Result, type TokenStorage } from 'hallpass/client'
import { createTestAuth, type TestAuth } from 'hallpass/testing'
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest'
import { laterNames, rows } from '../../src/client/calls.ts'
import { laterRows, passkeyRows } from '../../src/client/later/rows.ts'
import type { Surroundings, TabLocks } from '../../src/client/surroundings.ts'
import { devices } from '../../src/routes/devices/index.ts'
import { email } from '../../src/routes/email/index.ts'
import { identities } from '../../src/routes/identities/index.ts'
import { mfa } from '../../src/routes/mfa/index.ts'
import { passkeys } from '../../src/routes/passkeys/index.ts'
import { sessions } from '../../src/routes/sessions/index.ts'
import type { MeBody } from '../../src/routes/types.ts'
import { users } from '../../src/routes/users/index.ts'
import { codeAt } from '../auth/mfa/authenticator.ts'
import { gate, openBrowser, openPage, otherOrigin, pageOrigin, until } from './pages.ts'

const password = 'a password of some length'

describe('the calls', () => {
  /** Pages go to these by themselves. */
  const visited = /^\/oauth\/:provider/
  const endpoints = [...users, ...sessions, ...mfa, ...email, ...passkeys, ...identities, ...devices].filter(
    ({ path }) => !visited.test(path),
  )
  const own = { refresh: '/refresh', logout: '/logout' }
  const all = [rows, own, laterRows, passkeyRows].flatMap((some) => Object.entries<string>(some))
  /** `POST /identities/:`: what the parameter is called says nothing. */
  const requestOf = (method: string, path: string) => `${method.toUpperCase()} ${path.replace(/:\w+/g, ':')}`
  const sent = all.map(([, row]) => requestOf(row.split(' ')[2] ?? 'POST', row.split(' ')[0] ?? ''))
  const withKind = (kind: RegExp) =>
    all
      .filter(([, row]) => kind.test(row.split(' ')[1] ?? ''))
      .map(([, row]) => requestOf(row.split(' ')[2] ?? 'POST', row.split(' ')[0] ?? ''))
  const unique = (requests: readonly string[]) => [...new Set(requests)].sort()

  it('are the endpoints that a browser uses, and no others', () => {
    expect(unique(sent)).toEqual(unique(endpoints.map(({ method, path }) => requestOf(method, path))))
  })

  it('are named as the operations are, but for those in a group', () => {
    const flat = Object.entries({ ...rows, ...own, ...laterRows }).filter(([name]) => !name.includes('.'))
    for (const [name, row] of flat) {
      const request = requestOf(row.split(' ')[2] ?? 'POST', row.split(' ')[0] ?? '')
      const found = endpoints.find(({ method, path }) => requestOf(method, path) === request)
      expect([name, found?.id]).toEqual([name, name])
    }
  })

  it('are all there before the file is loaded that has them', () => {
    const ceremonies = ['register', 'signIn', 'verifyMfa', 'reauthenticate'].map((name) => `passkeys.${name}`)
    expect(laterNames.split(' ').sort()).toEqual(
      [...Object.keys(laterRows), ...ceremonies, 'refresh', 'signInWith'].sort(),
    )
  })

  it('show the session where it is needed, and only there', () => {
    const unguarded = endpoints.filter(({ guard, credentials }) => guard === undefined && credentials === undefined)
    expect(unique(withKind(/open|login/))).toEqual(unique(unguarded.map(({ method, path }) => requestOf(method, path))))
    const guarded = endpoints.filter(({ guard }) => guard?.optional)
    expect(unique(withKind(/optional/))).toEqual(unique(guarded.map(({ method, path }) => requestOf(method, path))))
  })

  it('have types that a switch narrows', () => {
    const client = createClient({ baseUrl: 'https://id.example/auth', mode: 'bearer' })
    expectTypeOf(client.me).returns.resolves.toEqualTypeOf<Result<MeBody>>()
    const read = async (): Promise<string> => {
      const result = await client.login({ username: 'a', password: 'b' })
      if (!result.ok) return result.code
      switch (result.value.status) {
        case 'mfa_required':
          return result.value.methods.join()
        case 'mfa_enrollment_required':
          return result.value.mfa_token
        case 'signed-in':
          // @ts-expect-error tokens are kept by the client
          return result.value.access_token
      }
    }
    expectTypeOf(read).returns.resolves.toBeString()
    // @ts-expect-error where the tokens go is the client's mode
    const wrong = () => client.login({ username: 'a', password: 'b', cookies: true })
    expectTypeOf(wrong).toBeFunction()
    client.close()
  })
})

let auth: TestAuth
beforeAll(async () => {
  auth = await createTestAuth({ mfaRoles: ['admin'] })
})
afterAll(() => auth.close())

let names = 0
async function newcomer(client: Client, roles: readonly string[] = []): Promise<string> {
  const username = `newcomer-${names++}`
  const registered = await client.register({ username, password })
  if (!registered.ok) throw new Error(registered.msg)
  if (roles.length > 0) await auth.users.setRoles(registered.value.id, roles)
  return username
}

const codeOf = (secret: string) => codeAt(secret, auth.clock.now)

describe.each(['cookies', 'bearer'] as const)('a second factor, with %s', (mode) => {
  it('is set up, and asked for at the next login', async () => {
    const browser = openBrowser()
    const page = openPage(auth, browser, { mode, storage: 'local' })
    const username = await newcomer(page)
    await page.login({ username, password })
    const begun = await page.beginTotp({ name: 'Phone' })
    if (!begun.ok) throw new Error(begun.msg)
    const { id, secret } = begun.value
    expect(await page.confirmTotp(id, { code: '000000' })).toMatchObject({ ok: false, code: 'mfa_code_invalid' })
    const confirmed = await page.confirmTotp(id, { code: codeOf(secret) })
    expect(confirmed).toMatchObject({ ok: true, value: { recovery_codes: { length: 10 } } })
    expect(confirmed.ok && Object.keys(confirmed.value).sort()).toEqual(['expires_in', 'recovery_codes', 'token_type'])
    expect([...browser.storage.values()].join()).not.toContain('recovery_codes')
    expect(await page.listFactors()).toMatchObject({ ok: true, value: { totp: [{ id, name: 'Phone' }] } })
    await page.logout()

    const asked = await page.login({ username, password })
    if (!asked.ok || asked.value.status !== 'mfa_required') throw new Error('no challenge')
    const { mfa_token, methods } = asked.value
    expect(methods).toContain('totp')
    expect(page.getSnapshot().status).not.toBe('signed-in')
    auth.clock.advance(60)
    const wrong = await page.verifyMfa({ mfa_token, method: 'totp', code: '000000' })
    expect(wrong).toMatchObject({ ok: false, code: 'mfa_code_invalid' })
    const done = await page.verifyMfa({ mfa_token, method: 'totp', code: codeOf(secret) })
    expect(done).toEqual({ ok: true, value: { status: 'signed-in', token_type: 'Bearer', expires_in: 900 } })
    expect((await page.me()).ok).toBe(true)
    expect(await page.removeTotp(id)).toEqual({ ok: true, value: undefined })
    expect((await page.me()).ok).toBe(true)
    page.close()
  })

  it('is set up during a login that requires one', async () => {
    const page = openPage(auth, openBrowser(), { mode })
    const username = await newcomer(page, ['admin'])
    const asked = await page.login({ username, password })
    if (!asked.ok || asked.value.status !== 'mfa_enrollment_required') throw new Error('no challenge')
    const { mfa_token } = asked.value
    const begun = await page.beginTotp({ mfa_token })
    if (!begun.ok) throw new Error(begun.msg)
    expect(begun.value).not.toHaveProperty('status')
    const { id, secret } = begun.value
    expect((await page.confirmTotp(id, { mfa_token, code: codeOf(secret) })).ok).toBe(true)
    expect(page.getSnapshot().status).toBe('signed-in')
    expect(await page.me()).toMatchObject({ ok: true, value: { username } })
    page.close()
  })
})

describe('a call', () => {
  it('reports invalid members, pages and unknown ids', async () => {
    const page = openPage(auth, openBrowser(), { mode: 'bearer' })
    const invalid = await page.register({ username: '', password: '' })
    expect(invalid).toMatchObject({ ok: false, code: 'invalid_request' })
    expect(invalid.ok || invalid.members?.length).toBeGreaterThan(0)
    const username = await newcomer(page)
    await page.login({ username, password })
    await openPage(auth, openBrowser(), { mode: 'bearer' }).login({ username, password })
    const first = await page.listSessions({ limit: 1 })
    if (!first.ok) throw new Error(first.msg)
    expect(first.value.sessions).toHaveLength(1)
    const [session] = first.value.sessions
    expect(await page.listSessions({ limit: 1, after: first.value.next ?? '' })).toMatchObject({ ok: true })
    expect(await page.endSession(session?.id ?? '')).toEqual({ ok: true, value: undefined })
    expect(await page.endSession('../me?')).toMatchObject({ ok: false, code: 'session_not_found' })
  })

  it('that sets the first password updates the user', async () => {
    const username = `newcomer-${names++}`
    await auth.users.import({ username, email: `${username}@example.com`, emailVerified: true, passwordHash: null })
    const { accessToken, refreshToken } = await auth.login(username)
    const stored = JSON.stringify({ access_token: accessToken, refresh_token: refreshToken })
    const storage: TokenStorage = { get: () => stored, set() {}, remove() {} }
    const page = openPage(auth, openBrowser(), { mode: 'bearer', storage })
    expect((await page.load()).user).toMatchObject({ username, has_password: false })
    expect((await page.changePassword({ new_password: password })).ok).toBe(true)
    await until(() => page.getSnapshot().user?.has_password === true)
    page.close()
  })

  it('that needs no session is not refused because of one that has ended', async () => {
    const browser = openBrowser()
    const page = openPage(auth, browser, { mode: 'cookies' })
    const username = await newcomer(page)
    await page.login({ username, password })
    await auth.sessions.endAll((await auth.users.findByUsername(username))?.id ?? '')
    expect(await page.verifyEmail({ token: 'unknown' })).toMatchObject({ ok: false, code: 'code_invalid' })
    expect(await page.verifyEmail({ token: 'unknown' })).toMatchObject({ ok: false, code: 'code_invalid' })
    expect(browser.count('/auth/refresh')).toBe(1)
    page.close()
  })

  it('is not answered by a page that a server of files has for any path', async () => {
    const browser = openBrowser()
    const page = openPage(auth, browser, { mode: 'cookies' })
    browser.intercept = () => new Response('<!doctype html>', { headers: { 'content-type': 'text/html' } })
    expect(await page.login({ username: 'a', password })).toMatchObject({ ok: false, code: 'answer_invalid' })
    expect(await page.load()).toEqual({ status: 'unknown' })
    expect(await page.logout()).toMatchObject({ ok: false, code: 'answer_invalid' })
    page.close()
  })

  it('never follows a redirect with what it sends', async () => {
    const browser = openBrowser()
    const page = openPage(auth, browser, { mode: 'bearer' })
    const modes: string[] = []
    browser.intercept = ({ redirect }) => {
      modes.push(redirect)
      return Response.redirect('https://evil.example/', 307)
    }
    await page.login({ username: 'a', password })
    expect(modes).toEqual(['error'])
  })
})

describe('tokens', () => {
  const throwing: TokenStorage = {
    get() {
      throw new Error('SecurityError')
    },
    set() {
      throw new Error('QuotaExceededError')
    },
    remove() {
      throw new Error('SecurityError')
    },
  }
  const slow = new Map<string, string>()
  const later = () => new Promise((resolve) => setTimeout(resolve, 20))
  const storages: [what: string, storage: TokenStorage | 'memory' | 'session' | 'local'][] = [
    ['a storage that throws', throwing],
    ['a storage that is full', { ...throwing, get: () => null }],
    [
      'a storage that is full of an earlier session',
      { ...throwing, get: () => '{"access_token":"a.b.c","refresh_token":"old"}' },
    ],
    ['no storage in the browser', 'session'],
    [
      'a slow storage',
      {
        get: (key) => later().then(() => slow.get(key)),
        set: (key, value) => later().then(() => slow.set(key, value)),
        remove: (key) => later().then(() => slow.delete(key)),
      },
    ],
    ['a storage with something else in it', { ...throwing, get: () => '{' }],
    ['a storage with JSON of another', { ...throwing, get: () => 'null' }],
  ]
  it.each(storages)('survive %s', async (_what, storage) => {
    const page = openPage(auth, openBrowser(), { mode: 'bearer', storage })
    const username = await newcomer(page)
    await page.load()
    await page.login({ username, password })
    for (let round = 0; round < 3; round++) {
      auth.clock.advance(901)
      expect((await page.me()).ok).toBe(true)
    }
    await page.logout()
    expect(page.getSnapshot().status).toBe('signed-out')
    expect([...slow.values()].join()).not.toContain('refresh_token')
  })

  it('are found again after a reload, without a refresh as long as they are valid', async () => {
    const browser = openBrowser()
    const first = openPage(auth, browser, { mode: 'bearer', storage: 'local' })
    const username = await newcomer(first)
    await first.login({ username, password })
    first.close()
    const second = openPage(auth, browser, { mode: 'bearer', storage: 'local' })
    expect((await second.load()).user?.username).toBe(username)
    expect(browser.count('/auth/refresh')).toBe(0)
    second.close()
  })

  it('are not those of a tab that has signed in as another user', async () => {
    const browser = openBrowser()
    const [one, two] = [0, 1].map(() => openPage(auth, browser, { mode: 'bearer' }))
    if (one === undefined || two === undefined) throw new Error('two')
    const [alice, bob] = [await newcomer(one), await newcomer(two)]
    await one.login({ username: alice, password })
    await two.login({ username: bob, password })
    await one.logout()
    expect(await two.me()).toMatchObject({ ok: true, value: { username: bob } })
    one.close()
    two.close()
  })

  it('of a device are sent with its next login', async () => {
    const browser = openBrowser()
    const page = openPage(auth, browser, { mode: 'bearer', storage: 'local' })
    const username = await newcomer(page)
    await page.login({ username, password })
    await page.logout()
    const bodies: unknown[] = []
    browser.intercept = async (request) => {
      bodies.push(await request.clone().json())
      return undefined
    }
    await page.login({ username, password })
    expect(bodies).toEqual([{ username, password, device_token: expect.stringMatching(/^hp_dv_/) }])
    page.close()
  })
})

describe('a page', () => {
  it('that is rendered on a server has its own client, which hears no other', async () => {
    const browser = openBrowser()
    const fetch = (input: string | URL | Request, init?: RequestInit) => auth.handler(new Request(input, init), {})
    const onServer = () =>
      createClient({ baseUrl: `${pageOrigin}/auth`, mode: 'bearer', fetch: async (...args) => fetch(...args) })
    const [one, two] = [onServer(), onServer()]
    const username = await newcomer(openPage(auth, browser, { mode: 'bearer' }))
    for (const client of [one, two]) await client.login({ username, password })
    await one.logout()
    expect([(await one.load()).status, (await two.load()).status]).toEqual(['signed-out', 'signed-in'])
  })

  it('that was in the cache of the browser looks again', async () => {
    const browser = openBrowser()
    const listeners = new Map<string, (event: { readonly persisted?: boolean }) => void>()
    const page = openPage(
      auth,
      browser,
      { mode: 'cookies' },
      {
        // The cache of a browser closes the channel.
        navigator: {},
        addEventListener: (type, listener) => void listeners.set(type, listener),
      },
    )
    const username = await newcomer(page)
    await page.login({ username, password })
    await page.load()
    browser.cookies.clear()
    listeners.get('pageshow')?.({ persisted: false })
    expect(page.getSnapshot().status).toBe('signed-in')
    listeners.get('pageshow')?.({ persisted: true })
    await until(() => page.getSnapshot().status === 'signed-out')
    page.close()
  })

  it('asks again when the network is back', async () => {
    const browser = openBrowser()
    const listeners = new Map<string, (event: object) => void>()
    const page = openPage(
      auth,
      browser,
      { mode: 'cookies' },
      { addEventListener: (type, listener) => void listeners.set(type, listener) },
    )
    browser.intercept = () => {
      throw new TypeError('offline')
    }
    expect((await page.load()).status).toBe('unknown')
    browser.intercept = () => undefined
    listeners.get('online')?.({})
    await until(() => page.getSnapshot().status === 'signed-out')
    page.close()
  })

  it('works without channels, without locks, and where they throw', async () => {
    const throwing = class {
      constructor() {
        throw new Error('SecurityError')
      }
    } as never
    const locks = { request: () => Promise.reject(new Error('SecurityError')) }
    const surroundings = [
      { BroadcastChannel: throwing },
      { navigator: {} },
      { navigator: { locks } },
      { document: undefined as never },
    ]
    for (const more of surroundings) {
      const page = openPage(auth, openBrowser(), { mode: 'bearer', baseUrl: `${pageOrigin}/auth` }, more)
      const username = await newcomer(page)
      await page.login({ username, password })
      auth.clock.advance(901)
      expect((await page.me()).ok).toBe(true)
      expect((await page.logout()).ok).toBe(true)
      page.close()
    }
  })

  it('does not throw in a sandbox, where no cookie can be read', async () => {
    const document = {
      baseURI: `${pageOrigin}/`,
      get cookie(): string {
        throw new DOMException('The document is sandboxed', 'SecurityError')
      },
    }
    const page = openPage(auth, openBrowser(), { mode: 'cookies' }, { document })
    expect(await page.me()).toMatchObject({ ok: false, code: 'token_missing' })
    expect((await page.fetch('/auth/me')).status).toBe(401)
    expect(await page.logout()).toMatchObject({ ok: true })
    page.close()
  })

  it('sends the CSRF value from a `srcdoc` frame, whose location has no host', async () => {
    const location = { href: 'about:srcdoc', hostname: '' }
    const page = openPage(auth, openBrowser(), { mode: 'cookies' }, { location })
    await page.login({ username: await newcomer(page), password })
    expect(await page.reauthenticate({ password })).toMatchObject({ ok: true })
    page.close()
  })

  it('hydrates what the server knew, without a request', async () => {
    const browser = openBrowser()
    const page = openPage(auth, browser, { mode: 'cookies' })
    const user = { id: '1', username: 'alice', email: null, created_at: '', email_verified: false, roles: [] }
    page.hydrate(user)
    page.hydrate(null)
    expect(await page.load()).toEqual({ status: 'signed-in', user })
    expect(browser.sent).toEqual([])
    page.close()
  })

  it('asks once who is signed in, however many want to know', async () => {
    const browser = openBrowser()
    const page = openPage(auth, browser, { mode: 'cookies' })
    const username = await newcomer(page)
    await page.login({ username, password })
    await Promise.all(Array.from({ length: 50 }, () => page.load()))
    await page.load()
    expect(browser.count('/auth/me')).toBe(1)
    page.close()
  })

  it('goes on when another tab refreshes between the CSRF value and the cookies', async () => {
    const browser = openBrowser()
    const [page, other] = [openPage(auth, browser, { mode: 'cookies' }), openPage(auth, browser, { mode: 'cookies' })]
    const username = await newcomer(page)
    await page.login({ username, password })
    let isFirst = true
    browser.intercept = async (request) => {
      if (!isFirst || request.method !== 'DELETE') return undefined
      isFirst = false
      await other.refresh()
      const pairs = [...browser.cookies].map(([name, { value }]) => `${name}=${value}`)
      request.headers.set('cookie', pairs.join('; '))
      return undefined
    }
    expect(await page.endOtherSessions()).toEqual({ ok: true, value: undefined })
    expect(browser.sent.filter((line) => line.startsWith('DELETE'))).toEqual([
      'DELETE /auth/sessions 403',
      'DELETE /auth/sessions 204',
    ])
    page.close()
    other.close()
  })

  it('says that a logout failed whose cookies the server did not remove', async () => {
    const browser = openBrowser()
    const page = openPage(auth, browser, { mode: 'cookies' })
    const username = await newcomer(page)
    await page.login({ username, password })
    browser.intercept = () => {
      throw new TypeError('offline')
    }
    expect(await page.logout()).toMatchObject({ ok: false, code: 'network_error' })
    expect(page.getSnapshot().status).toBe('signed-in')
    browser.intercept = () => undefined
    auth.clock.advance(901)
    expect((await page.me()).ok).toBe(true)
    expect(await page.logout()).toEqual({ ok: true, value: undefined })
    page.close()
  })
})

describe('cookies of another host', () => {
  let listing: TestAuth
  beforeAll(async () => {
    listing = await createTestAuth({ corsOrigins: [pageOrigin] })
  })
  afterAll(() => listing.close())
  const open = (browser = openBrowser(), more: Partial<Surroundings> = {}) => {
    // Its cookies are out of the page's sight. What it sees is of an earlier server on its own host.
    const document = { baseURI: `${pageOrigin}/`, cookie: '__Host-csrf_access_token=old; csrf_refresh_token=old' }
    return openPage(listing, browser, { mode: 'cookies', baseUrl: `${otherOrigin}/auth/` }, { document, ...more })
  }

  it('log in, refresh and log out, by the origin of the page', async () => {
    const browser = openBrowser()
    // A refresh waits until both tabs have asked for the lock: one that asks after it refreshes too, if it has not heard.
    let bothAsked = gate()
    let asked = 0
    const locks: TabLocks = {
      request(...call) {
        if (++asked % 2 === 0) bothAsked.open()
        return navigator.locks.request(...call)
      },
    }
    const [page, other] = [open(browser, { navigator: { locks } }), open(browser, { navigator: { locks } })]
    const username = await newcomer(page)
    expect((await page.login({ username, password })).ok).toBe(true)
    await until(() => other.getSnapshot().status === 'signed-in')
    browser.intercept = async ({ url }) => {
      if (url.endsWith('/refresh')) await bothAsked.opened
      return undefined
    }
    for (let round = 1; round <= 2; round++) {
      bothAsked = gate()
      listing.clock.advance(901)
      const results = await Promise.all([page.me(), page.endOtherSessions(), other.listSessions()])
      expect(results.map(({ ok }) => ok)).toEqual([true, true, true])
      expect(browser.count('/auth/refresh')).toBe(round)
    }
    expect((await page.fetch(`${otherOrigin}/auth/sessions`, { method: 'DELETE' })).status).toBe(204)
    expect(await other.logout()).toEqual({ ok: true, value: undefined })
    await until(() => page.getSnapshot().status === 'signed-out')
    expect([...browser.cookies.keys()]).toEqual(['__Host-device_token'])
    page.close()
    other.close()
  })

  /** A channel whose messages arrive when the gate opens. */
  const lateUntil = (late: Promise<void>) => ({
    BroadcastChannel: class extends BroadcastChannel {
      override postMessage(message: unknown) {
        void late.then(() => super.postMessage(message))
      }
    } as unknown as NonNullable<Surroundings['BroadcastChannel']>,
  })

  it('are refreshed once more if the message of the other tab is late', async () => {
    const browser = openBrowser()
    const [refused, refreshed, late] = [gate(), gate(), gate()]
    const more = lateUntil(late.opened)
    const [page, other] = [open(browser, more), open(browser, more)]
    const username = await newcomer(page)
    await page.login({ username, password })
    listing.clock.advance(901)
    browser.deliver = async ({ url }, response) => {
      if (!new URL(url).pathname.endsWith('/sessions')) return response
      refused.open()
      await refreshed.opened
      return response
    }
    const listed = other.listSessions()
    await refused.opened
    expect((await page.me()).ok).toBe(true)
    refreshed.open()
    expect((await listed).ok).toBe(true)
    expect(browser.count('/auth/refresh')).toBe(2)
    late.open()
    const results = await Promise.all([page.me(), other.me()])
    expect(results.map(({ ok }) => ok)).toEqual([true, true])
    page.close()
    other.close()
  })

  it.each(['login', 'logout'])('are those of a refresh that is answered before the message of a %s', async (change) => {
    const browser = openBrowser()
    const [arrived, answered, late] = [gate(), gate(), gate()]
    const more = lateUntil(late.opened)
    const [page, other] = [open(browser, more), open(browser, more)]
    const [first, second] = [await newcomer(page), await newcomer(page)]
    await page.login({ username: first, password })
    listing.clock.advance(901)
    browser.deliver = async ({ url }, response) => {
      if (!url.endsWith('/refresh')) return response
      arrived.open()
      await answered.opened
      return response
    }
    const asked = other.me()
    await arrived.opened
    await (change === 'login' ? page.login({ username: second, password }) : page.logout())
    answered.open()
    await asked
    late.open()
    const results = await Promise.all([page.me(), other.me()])
    const outcome = change === 'login' ? { value: { username: first } } : { ok: false, code: 'token_revoked' }
    expect(browser.cookies.has('__Host-access_token')).toBe(true)
    for (const result of results) expect(result).toMatchObject(outcome)
    page.close()
    other.close()
  })

  it('whose session has ended are presented once', async () => {
    const browser = openBrowser()
    const page = open(browser)
    const username = await newcomer(page)
    await page.login({ username, password })
    await listing.sessions.endAll((await listing.users.findByUsername(username))?.id ?? '')
    for (let round = 0; round < 3; round++) expect((await page.me()).ok).toBe(false)
    expect(browser.count('/auth/refresh')).toBe(1)
    expect((await page.login({ username, password })).ok).toBe(true)
    expect((await page.me()).ok).toBe(true)
    page.close()
  })
})

describe('the names of the CSRF values', () => {
  it('are those that the server was given', async () => {
    const names = { accessCsrfCookieName: 'a.csrf', refreshCsrfCookieName: 'r.csrf' }
    const headers = { accessCsrfHeaderName: 'X-A', refreshCsrfHeaderName: 'X-R' }
    const named = await createTestAuth({ ...names, ...headers })
    const csrf = { accessCookie: 'a.csrf', refreshCookie: 'r.csrf', accessHeader: 'X-A', refreshHeader: 'X-R' }
    const page = openPage(named, openBrowser(), { mode: 'cookies', csrf })
    const username = await newcomer(page)
    await page.login({ username, password })
    named.clock.advance(901)
    expect(await page.endOtherSessions()).toEqual({ ok: true, value: undefined })
    expect(await page.logout()).toEqual({ ok: true, value: undefined })
    page.close()
    await named.close()
  })

  it.each([true, false])('have a prefix where cookies are secure: %s', async (cookieSecure) => {
    const plain = await createTestAuth({ cookieSecure })
    const page = openPage(plain, openBrowser(), { mode: 'cookies' })
    const username = await newcomer(page)
    await page.login({ username, password })
    expect(await page.endOtherSessions()).toEqual({ ok: true, value: undefined })
    page.close()
    await plain.close()
  })
})
