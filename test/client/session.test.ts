import type { Client, ClientOptions } from 'hallpass/client'
import { createTestAuth, type TestAuth } from 'hallpass/testing'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { gate, openBrowser, openPage, pageOrigin, type TestBrowser, until } from './pages.ts'

const password = 'a password of some length'
const modes: [name: string, options: Pick<ClientOptions, 'mode' | 'storage'>][] = [
  ['cookies', { mode: 'cookies' }],
  ['bearer tokens in memory', { mode: 'bearer' }],
  ['bearer tokens in the storage of all tabs', { mode: 'bearer', storage: 'local' }],
]

let auth: TestAuth
let names = 0
beforeAll(async () => {
  auth = await createTestAuth({ limits: { attemptsPerAddress: 100_000 } })
})
afterAll(() => auth.close())

describe.each(modes)('a client with %s', (_name, options) => {
  let browser: TestBrowser
  let page: Client
  let username: string
  const opened: Client[] = []
  const open = (): Client => {
    const client = openPage(auth, browser, options)
    opened.push(client)
    return client
  }

  beforeEach(async () => {
    browser = openBrowser()
    page = open()
    username = `user-${names++}`
    await page.register({ username, password })
  })
  afterEach(() => {
    for (const client of opened.splice(0)) client.close()
  })
  const login = (client = page) => client.login({ username, password })
  const status = (client = page) => client.getSnapshot().status
  const expire = () => auth.clock.advance(901)

  it('signs in, knows its user, and signs out', async () => {
    expect((await page.load()).status).toBe('signed-out')
    const result = await login()
    expect(result).toEqual({ ok: true, value: { status: 'signed-in', token_type: 'Bearer', expires_in: 900 } })
    await until(() => page.getSnapshot().user?.username === username)
    expect(await page.logout()).toEqual({ ok: true, value: undefined })
    expect(page.getSnapshot()).toEqual({ status: 'signed-out' })
    expect(await page.me()).toMatchObject({ ok: false, code: 'token_missing' })
    expect(browser.storage.size).toBeLessThanOrEqual(1)
  })

  it('refreshes once for twenty requests at expiry, and repeats each', async () => {
    await login()
    expire()
    const asked = Array.from({ length: 10 }, () => page.me())
    const fetched = Array.from({ length: 10 }, () => page.fetch('/auth/sessions'))
    expect((await Promise.all(asked)).every(({ ok }) => ok)).toBe(true)
    expect((await Promise.all(fetched)).map(({ status }) => status)).toEqual(Array(10).fill(200))
    expect(browser.count('/auth/refresh')).toBe(1)
  })

  it('goes on after a change of the password', async () => {
    await login()
    const changed = await page.changePassword({ current_password: password, new_password: 'another password, as long' })
    expect(changed.ok).toBe(true)
    expect((await page.me()).ok).toBe(true)
    expect(status()).toBe('signed-in')
  })

  it('proves the user again', async () => {
    await login()
    auth.clock.advance(400)
    expect(await page.changeUsername({ username: `${username}-2` })).toMatchObject({
      code: 'insufficient_user_authentication',
    })
    expect(await page.reauthenticate({ password })).toMatchObject({ ok: true, value: { expires_in: 900 } })
    expect((await page.changeUsername({ username: `${username}-2` })).ok).toBe(true)
    expect(await page.deleteMe()).toEqual({ ok: true, value: undefined })
    expect(status()).toBe('signed-out')
  })

  const faults: [what: string, fault: () => Response, code: string][] = [
    ['no network', () => Response.error(), 'network_error'],
    ['429', () => refusal(429, 'rate_limited', { retry_after: 7 }), 'rate_limited'],
    ['503', () => refusal(503, 'unavailable'), 'unavailable'],
    ['502 of a proxy', () => new Response('<h1>Bad gateway</h1>', { status: 502 }), 'answer_invalid'],
  ]
  it.each(faults)('keeps its session when the refresh meets %s', async (_what, fault, code) => {
    await login()
    expire()
    browser.intercept = (request) => {
      if (!request.url.endsWith('/refresh')) return undefined
      const response = fault()
      if (response.type === 'error') throw new TypeError('fetch failed')
      return response
    }
    const results = await Promise.all([page.me(), page.listSessions()])
    expect(results).toMatchObject([{ code }, { code }])
    if (code === 'rate_limited') expect(results[0]).toMatchObject({ retryAfter: 7 })
    if (code === 'network_error') await expect(page.fetch('/auth/me')).rejects.toThrow(TypeError)
    else expect((await page.fetch('/auth/me')).status).not.toBe(401)
    expect(status()).toBe('signed-in')
    browser.intercept = () => undefined
    expect((await page.me()).ok).toBe(true)
  })

  it('ends its session when the refresh token is refused, and does not present it again', async () => {
    await login()
    await auth.sessions.endAll((await auth.users.findByUsername(username))?.id ?? '')
    expire()
    expect(await page.me()).toMatchObject({ ok: false, code: 'token_expired' })
    expect(status()).toBe('signed-out')
    await page.me()
    await page.fetch('/auth/me')
    await page.refresh()
    expect(browser.count('/auth/refresh')).toBe(1)
    expect((await login()).ok).toBe(true)
    expire()
    expect((await page.me()).ok).toBe(true)
  })

  it('stays signed out when it logs out during a refresh', async () => {
    await login()
    expire()
    const [arrived, answered] = [gate(), gate()]
    browser.deliver = async (request, response) => {
      if (!request.url.endsWith('/refresh')) return response
      arrived.open()
      await answered.opened
      return response
    }
    const asked = page.fetch('/auth/me')
    await arrived.opened
    expect((await page.logout()).ok).toBe(true)
    answered.open()
    expect((await asked).status).toBe(401)
    expect(status()).toBe('signed-out')
    expect((await page.me()).ok).toBe(false)
    expect((await open().load()).status).toBe('signed-out')
    expect(await auth.sessions.list((await auth.users.findByUsername(username))?.id ?? '')).toMatchObject({
      sessions: [],
    })
  })

  it('is called by its listeners, which may call back, and one of which fails', async () => {
    const seen: string[] = []
    const errors = console.error
    console.error = () => {}
    page.subscribe(() => {
      throw new Error('of a listener')
    })
    const end = page.subscribe(() => {
      seen.push(status())
      if (status() === 'signed-in' && page.getSnapshot().user === undefined) void page.load()
    })
    await login()
    await until(() => page.getSnapshot().user !== undefined)
    end()
    await page.logout()
    console.error = errors
    expect(seen.slice(-2)).toEqual(['signed-in', 'signed-in'])
  })

  it('shows its session to its own origins alone', async () => {
    await login()
    const seen: [origin: string, credentials: string, names: string[]][] = []
    browser.intercept = ({ url, headers, credentials }) => {
      seen.push([new URL(url).origin, credentials, [...headers.keys()].sort()])
      return new Response()
    }
    const listed = openPage(auth, browser, { ...options, origins: ['https://api.example/'] })
    opened.push(listed)
    const isShared = options.mode === 'cookies' || options.storage === 'local'
    const client = isShared ? listed : page
    for (const url of [pageOrigin, 'https://api.example', 'https://evil.example', 'http://app.example']) {
      await client.fetch(`${url}/x`, { method: 'POST' })
    }
    const own = options.mode === 'cookies' ? ['cookie', 'x-csrf-token'] : ['authorization']
    const withTokens = seen.filter(([, , found]) => found.some((name) => own.includes(name))).map(([origin]) => origin)
    const expected = options.mode === 'bearer' && isShared ? [pageOrigin, 'https://api.example'] : [pageOrigin]
    expect(withTokens).toEqual(expected)
    if (options.mode === 'cookies') {
      expect(seen.map(([, credentials]) => credentials)).toEqual(['include', 'include', 'same-origin', 'same-origin'])
    }
  })

  const bodies: [what: string, init: () => RequestInit, times: number][] = [
    ['text', () => ({ body: 'text' }), 2],
    ['a form', () => ({ body: new URLSearchParams({ a: 'b' }) }), 2],
    ['a stream', () => ({ body: new Blob(['text']).stream(), duplex: 'half' }), 1],
  ]
  it.each(bodies)('sends %s as often as it can', async (_what, init, times) => {
    await login()
    const texts: string[] = []
    browser.intercept = async (request) => {
      if (!request.url.endsWith('/api')) return undefined
      texts.push(await request.text())
      return texts.length === 1 ? refusal(401, 'token_expired') : Response.json({})
    }
    const response = await page.fetch('/api', { method: 'POST', ...init() })
    expect([response.status, texts.length, new Set(texts).size]).toEqual([times === 1 ? 401 : 200, times, 1])
    expect(browser.count('/auth/refresh')).toBe(1)
    texts.length = 0
    const request = new Request(`${pageOrigin}/api`, { method: 'POST', ...init() })
    expect((await page.fetch(request)).status).toBe(200)
    expect(texts).toEqual([texts[0], texts[0]])
    await expect(page.fetch(await used(request))).rejects.toThrow(TypeError)
  })

  it.each(['in its options', 'of a Request'])('stops to wait for a refresh at the signal %s', async (where) => {
    await login()
    auth.clock.advance(901)
    const [arrived, released] = [gate(), gate()]
    browser.intercept = async (request) => {
      if (!request.url.endsWith('/refresh')) return undefined
      arrived.open()
      await released.opened
      return undefined
    }
    const stopping = new AbortController()
    const { signal } = stopping
    const stopped =
      where === 'of a Request'
        ? page.fetch(new Request(`${pageOrigin}/auth/me`, { signal }))
        : page.fetch('/auth/me', { signal })
    await arrived.opened
    const other = page.fetch('/auth/me')
    stopping.abort(new Error('no longer wanted'))
    await expect(stopped).rejects.toThrow('no longer wanted')
    released.open()
    expect((await other).status).toBe(200)
    expect(browser.count('/auth/refresh')).toBe(1)
  })

  it('does not refresh for a request that is aborted while its refusal arrives', async () => {
    await login()
    const stopping = new AbortController()
    const reason = new Error('no longer wanted')
    browser.intercept = (request) => {
      if (!request.url.endsWith('/api')) return undefined
      const body = new ReadableStream({
        pull(arriving) {
          stopping.abort(reason)
          arriving.error(reason)
        },
      })
      return new Response(body, { status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' } })
    }
    const response = await page.fetch('/api', { signal: stopping.signal })
    await expect(response.text()).rejects.toThrow('no longer wanted')
    expect(browser.count('/auth/refresh')).toBe(0)
  })

  const refusals: [what: string, answer: () => Response, refreshes: number][] = [
    ['token_expired', () => refusal(401, 'token_expired'), 1],
    ['token_revoked', () => refusal(401, 'token_revoked'), 1],
    ['token_key_unknown', () => refusal(401, 'token_key_unknown'), 1],
    ['token_not_fresh', () => refusal(401, 'token_not_fresh'), 0],
    ['insufficient_scope', () => refusal(403, 'insufficient_scope'), 0],
    ['the challenge of another service', () => challenge('Bearer error="invalid_token"'), 1],
    ['the challenge for a missing scope', () => challenge('Bearer error="insufficient_scope"'), 0],
    ['a body that is no JSON', () => new Response('no', { status: 401 }), 0],
    [
      'a body that only claims to be JSON',
      () => new Response('{', { status: 401, headers: { 'content-type': 'application/json' } }),
      0,
    ],
  ]
  it.each(refusals)('refreshes and repeats once for %s, or not at all', async (_what, answer, refreshes) => {
    await login()
    browser.intercept = (request) => (request.url.endsWith('/api') ? answer() : undefined)
    const expected = answer()
    const response = await page.fetch('/api')
    expect([response.status, await response.text()]).toEqual([expected.status, await expected.text()])
    expect([browser.count('/api'), browser.count('/auth/refresh')]).toEqual([1 + refreshes, refreshes])
    expect(status()).toBe('signed-in')
  })

  describe('in two tabs', () => {
    const isShared = options.mode === 'cookies' || options.storage === 'local'
    let other: Client
    beforeEach(async () => {
      await login()
      other = open()
      await other.load()
      if (!isShared) await login(other)
      await until(() => other.getSnapshot().user !== undefined)
    })

    it('is signed out in both', async () => {
      await page.logout()
      await until(() => status(other) === 'signed-out')
      expect((await other.me()).ok).toBe(false)
    })

    it('is another user in both, where tabs share a session', async () => {
      const second = `user-${names++}`
      await page.register({ username: second, password })
      await page.load()
      await page.login({ username: second, password })
      await until(() => page.getSnapshot().user?.username === second)
      await until(() => other.getSnapshot().user?.username === (isShared ? second : username))
    })

    it.each(['this', 'the other'])('keeps a login when a refresh of %s tab is answered after it', async (which) => {
      const second = `user-${names++}`
      await page.register({ username: second, password })
      expire()
      const [arrived, answered] = [gate(), gate()]
      browser.deliver = async (request, response) => {
        if (!request.url.endsWith('/refresh')) return response
        browser.deliver = (_request, next) => next
        arrived.open()
        await answered.opened
        return response
      }
      const asked = (which === 'this' ? page : other).fetch('/auth/me')
      await arrived.opened
      await page.login({ username: second, password })
      const expected = [second, isShared ? second : username]
      await until(() => other.getSnapshot().user?.username === expected[1])
      answered.open()
      await asked
      const results = await Promise.all([page.me(), other.me()])
      expect(results).toMatchObject(expected.map((name) => ({ value: { username: name } })))
    })

    it('refreshes in both, and stays signed in', async () => {
      for (let round = 0; round < 3; round++) {
        expire()
        const results = await Promise.all([page.me(), other.me(), page.listSessions(), other.listSessions()])
        expect(results.map(({ ok }) => ok)).toEqual([true, true, true, true])
      }
      if (isShared) expect(browser.count('/auth/refresh')).toBe(3)
    })

    it('goes on when a tab was frozen in the middle of a refresh', async () => {
      expire()
      const [arrived, answered] = [gate(), gate()]
      browser.deliver = async (request, response) => {
        if (!request.url.endsWith('/refresh') || browser.count('/auth/refresh') > 0) return response
        browser.deliver = (_request, next) => next
        arrived.open()
        await answered.opened
        return response
      }
      const frozen = page.me()
      await arrived.opened
      // Waits for its 3 seconds.
      expect((await other.me()).ok).toBe(true)
      answered.open()
      expect((await frozen).ok).toBe(true)
      expire()
      expect([(await page.me()).ok, (await other.me()).ok]).toEqual([true, true])
    })
  })
})

function refusal(status: number, code: string, more: object = {}): Response {
  return Response.json({ code, msg: 'no', ...more }, { status })
}

function challenge(value: string): Response {
  return new Response(null, { status: 401, headers: { 'www-authenticate': value } })
}

async function used(request: Request): Promise<Request> {
  if (!request.bodyUsed) await request.text()
  return request
}
