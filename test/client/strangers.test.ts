import { type Client, createClient } from 'hallpass/client'
import { createTestAuth, type TestAuth } from 'hallpass/testing'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { gate, openBrowser, openPage, otherOrigin, pageOrigin, type TestBrowser, until } from './pages.ts'

// What a client meets that is not hallpass's, or not this client's: other answers, stored texts, messages and addresses.

const password = 'a password of some length'
let auth: TestAuth
let names = 0
const opened: Client[] = []
beforeAll(async () => {
  auth = await createTestAuth({ corsOrigins: [pageOrigin], limits: { attemptsPerAddress: 100_000 } })
})
afterAll(() => auth.close())
afterEach(() => {
  for (const client of opened.splice(0)) client.close()
})

function open(browser: TestBrowser, options: Parameters<typeof openPage>[2], more?: Parameters<typeof openPage>[3]) {
  const client = openPage(auth, browser, options, more)
  opened.push(client)
  return client
}

async function newcomer(client: Client): Promise<{ readonly username: string; readonly password: string }> {
  const username = `stranger-${names++}`
  await client.register({ username, password })
  return { username, password }
}

const json = (body: unknown, status = 200) => Response.json(body, { status })

describe.each(['cookies', 'bearer'] as const)('an answer that is not hallpass’s, with %s', (mode) => {
  const answers: [what: string, answer: () => Response][] = [
    ['a page', () => new Response('<!doctype html>', { headers: { 'content-type': 'text/html' } })],
    ['nothing', () => new Response()],
    ['null', () => json(null)],
    ['a list', () => json([])],
    ['an object of something else', () => json({ status: 'ok', code: 'refresh_token_invalid' })],
    ['JSON that ends too early', () => new Response('{"id":', { headers: { 'content-type': 'application/json' } })],
    ['an error with a number for a code', () => json({ code: 404, message: 'Not found' }, 404)],
  ]
  it.each(answers)('is invalid, and ends nothing: %s', async (_what, answer) => {
    const browser = openBrowser()
    const page = open(browser, { mode })
    const user = await newcomer(page)
    browser.intercept = answer
    expect(await page.login(user)).toMatchObject({ ok: false, code: 'answer_invalid' })
    expect((await page.load()).status).not.toBe('signed-in')
    browser.intercept = () => undefined
    await page.login(user)
    await until(() => page.getSnapshot().user !== undefined)
    browser.intercept = answer
    for (const result of [await page.me(), await page.refresh(), await page.reauthenticate({ password })]) {
      expect(result).toMatchObject({ ok: false, code: 'answer_invalid' })
    }
    expect(page.getSnapshot().status).toBe('signed-in')
    auth.clock.advance(901)
    browser.intercept = ({ url }) => (url.endsWith('/refresh') ? answer() : undefined)
    expect(await page.me()).toMatchObject({ ok: false, code: 'answer_invalid' })
    expect((await page.fetch('/auth/sessions')).ok).toBe(false)
    browser.intercept = () => undefined
    expect((await page.me()).ok).toBe(true)
    expect(page.getSnapshot().status).toBe('signed-in')
  })

  it('is no logout', async () => {
    const browser = openBrowser()
    const page = open(browser, { mode })
    await page.login(await newcomer(page))
    browser.intercept = () => new Response('<!doctype html>')
    expect(await page.logout()).toMatchObject({ ok: false, code: 'answer_invalid' })
  })

  it('such as one of a node without the new key ends nothing', async () => {
    const browser = openBrowser()
    const page = open(browser, { mode })
    await page.login(await newcomer(page))
    browser.intercept = ({ url }) =>
      url.endsWith('/me') ? json({ code: 'token_key_unknown', msg: 'no' }, 401) : undefined
    expect(await page.me()).toMatchObject({ ok: false, code: 'token_key_unknown' })
    expect(page.getSnapshot().status).toBe('signed-in')
    browser.intercept = () => undefined
    expect((await page.load()).user).toBeDefined()
  })

  it('cannot undo a logout that was called after the login', async () => {
    const browser = openBrowser()
    const page = open(browser, { mode })
    const user = await newcomer(page)
    const [arrived, answered] = [gate(), gate()]
    browser.deliver = async (request, response) => {
      if (!request.url.endsWith('/login')) return response
      arrived.open()
      await answered.opened
      return response
    }
    const login = page.login(user)
    await arrived.opened
    expect((await page.logout()).ok).toBe(true)
    answered.open()
    expect(await login).toMatchObject({ ok: false, code: 'refresh_token_invalid' })
    expect(page.getSnapshot().status).toBe('signed-out')
    expect((await page.me()).ok).toBe(false)
    const { id = '' } = (await auth.users.findByUsername(user.username)) ?? {}
    expect(await auth.sessions.list(id)).toMatchObject({ sessions: [] })
    browser.deliver = (_request, response) => response
    expect((await page.login(user)).ok).toBe(true)
  })
})

describe('cookies that cannot be told apart', () => {
  const places: [what: string, options: Parameters<typeof openPage>[2]][] = [
    ['of another host', { mode: 'cookies', baseUrl: `${otherOrigin}/auth` }],
    ['of a server with other names', { mode: 'cookies', csrf: { accessCookie: 'a', refreshCookie: 'r' } }],
  ]
  it.each(places)('are refreshed after a login elsewhere: %s', async (_what, options) => {
    const browser = openBrowser()
    const page = open(browser, options)
    const user = await newcomer(page)
    await page.login(user)
    await auth.sessions.endAll((await auth.users.findByUsername(user.username))?.id ?? '')
    auth.clock.advance(901)
    browser.intercept = ({ url }) =>
      url.endsWith('/refresh') ? json({ code: 'refresh_token_invalid', msg: 'no' }, 401) : undefined
    expect((await page.me()).ok).toBe(false)
    browser.intercept = () => undefined
    // On the pages of the server, which send no message.
    const elsewhere = open(
      browser,
      { ...options, baseUrl: `${new URL(options.baseUrl ?? '/auth', pageOrigin)}/` },
      {
        navigator: {},
        BroadcastChannel: class {
          constructor() {
            throw new Error('none')
          }
        } as never,
      },
    )
    expect((await elsewhere.login(user)).ok).toBe(true)
    expect((await page.me()).ok).toBe(true)
    auth.clock.advance(901)
    browser.intercept = ({ url }) =>
      url.endsWith('/refresh') ? json({ token_type: 'Bearer', expires_in: 900 }) : undefined
    await page.me()
    expect(browser.sent.filter((line) => line.includes('/refresh')).at(-1)).toBe('POST /auth/refresh 200')
  })
})

describe('what is stored', () => {
  const texts = [
    'null',
    '[]',
    '"text"',
    '5',
    'true',
    '{"access_token":5}',
    '{"refresh_token":{}}',
    '{"access_token":["a"]}',
    '{"access_token":"a\\nb"}',
    '{"access_token":"\\u0100"}',
    '{',
  ]
  it.each(texts)('is no session if it is %s', async (text) => {
    const browser = openBrowser()
    browser.storage.set(`hallpass ${pageOrigin}/auth`, text)
    const page = open(browser, { mode: 'bearer', storage: 'local' })
    expect((await page.fetch('/auth/me')).status).toBe(401)
    expect((await page.load()).status).toBe('signed-out')
    const user = await newcomer(page)
    expect((await page.login(user)).ok).toBe(true)
    browser.storage.set(`hallpass ${pageOrigin}/auth`, text)
    expect((await page.logout()).ok).toBe(true)
  })

  it('may be an access token without claims', async () => {
    const browser = openBrowser()
    browser.storage.set(`hallpass ${pageOrigin}/auth`, JSON.stringify({ access_token: `a.${btoa('null')}.b` }))
    const page = open(browser, { mode: 'bearer', storage: 'local' })
    expect((await page.logout()).ok).toBe(true)
  })
})

describe.each(['cookies', 'bearer'] as const)('a message of something else, with %s', (mode) => {
  const messages = [
    null,
    undefined,
    5,
    'signed-out',
    [],
    {},
    { type: 'other' },
    { type: null },
    { type: 'signed-in', claims: null },
  ]
  it.each(messages)('changes nothing: %j', async (message) => {
    const browser = openBrowser()
    const page = open(browser, { mode, storage: 'local' })
    await page.login(await newcomer(page))
    await page.load()
    const channel = new BroadcastChannel(`hallpass ${pageOrigin}/auth`)
    const rejections: unknown[] = []
    const note = (error: unknown) => void rejections.push(error)
    process.on('unhandledRejection', note)
    channel.postMessage(message)
    // What was posted before has arrived when this one has.
    const echo = new BroadcastChannel(`hallpass ${pageOrigin}/auth`)
    const heard = gate()
    echo.onmessage = heard.open
    channel.postMessage({ type: 'other' })
    await heard.opened
    await new Promise((resolve) => setTimeout(resolve, 10))
    process.off('unhandledRejection', note)
    channel.close()
    echo.close()
    expect(rejections).toEqual([])
    expect(page.getSnapshot().status).toBe('signed-in')
    expect((await page.me()).ok).toBe(true)
  })
})

describe('a mode', () => {
  it.each(['cookie', 'Bearer', '', null, undefined])('that is none is an error of the program: %s', (mode) => {
    expect(() => createClient({ baseUrl: '/auth', mode: mode as 'cookies' })).toThrow(TypeError)
  })
})

describe('origins', () => {
  const wrong = [
    'null',
    '*',
    'api.example',
    '/api',
    '',
    'https://',
    'https://*.example',
    'https://a.example/path',
    'https://u@a.example',
    'https://a.example?',
    'data:,x',
    'file:///x',
  ]
  it.each(wrong)('that are none are an error of the program: %s', (origin) => {
    expect(() => createClient({ baseUrl: '/auth', mode: 'bearer', origins: [origin] })).toThrow(TypeError)
  })

  it('are compared by scheme and host', async () => {
    const browser = openBrowser()
    const origins = ['capacitor://localhost', 'https://API.example:443', 'http://[::1]:3000/']
    const page = open(browser, { mode: 'bearer', origins })
    await page.login(await newcomer(page))
    const seen: string[] = []
    browser.intercept = ({ url, headers }) => {
      if (headers.has('authorization')) seen.push(url)
      return new Response()
    }
    const own = ['capacitor://localhost/x', 'https://api.example/x', 'http://[::1]:3000/x', `${pageOrigin}/x`]
    const foreign = [
      'evil://x',
      'capacitor://evil',
      'tauri://localhost',
      'data:,x',
      'file:///etc/passwd',
      'http://api.example/',
      'about:blank',
    ]
    for (const url of [...own, ...foreign]) await page.fetch(url)
    expect(seen).toEqual(own)
  })
})

it('does not repeat a body that can be read once', async () => {
  const browser = openBrowser()
  const page = open(browser, { mode: 'bearer' })
  await page.login(await newcomer(page))
  const texts: string[] = []
  browser.intercept = async (request) => {
    if (!request.url.endsWith('/api')) return undefined
    texts.push(await request.text())
    return json({ code: 'token_expired', msg: 'no' }, 401)
  }
  async function* parts() {
    yield new TextEncoder().encode('text')
  }
  const init = { method: 'POST', body: parts() as unknown as ReadableStream, duplex: 'half' as const }
  expect((await page.fetch('/api', init)).status).toBe(401)
  await until(() => texts.length > 0)
  expect(texts).toEqual(['text'])
})
