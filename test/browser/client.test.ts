import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openBrowser, tabsApart } from '../browser.ts'
import { type PageServer, startPageServer } from './server.ts'

const password = 'a password of some length'
let browser: Browser
let server: PageServer
let names = 0
beforeAll(async () => {
  ;[browser, server] = await Promise.all([openBrowser([tabsApart]), startPageServer()])
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

const modes = [
  ['cookies', "{ baseUrl: '/auth', mode: 'cookies' }"],
  ['bearer tokens', "{ baseUrl: '/auth', mode: 'bearer', storage: 'local' }"],
] as const

describe.each(modes)('in Chromium, with %s', (mode, options) => {
  let context: BrowserContext
  let page: Page
  let credentials: string
  let refreshes: number

  /** Another tab, with its own client. */
  async function open(prepare?: (tab: Page) => Promise<unknown>): Promise<Page> {
    const tab = await context.newPage()
    await prepare?.(tab)
    await tab.goto(server.url)
    await tab.evaluate(`globalThis.auth = createClient(${options})`)
    await tab.evaluate('auth.load()')
    return tab
  }

  beforeEach(async () => {
    context = await browser.newContext()
    page = await open()
    const body = { username: `user-${names++}`, password }
    credentials = JSON.stringify(body)
    await page.evaluate(`auth.register(${credentials})`)
    expect(await page.evaluate(`auth.login(${credentials})`)).toMatchObject({ ok: true })
    await page.evaluate('auth.load()')
    refreshes = server.count('/auth/refresh')
  })
  afterEach(() => context.close())

  const expire = (seconds = 901) => server.auth.clock.advance(seconds)
  const isIn = (tab: Page) => tab.evaluate('auth.me().then(({ ok, code }) => ok || code)')
  const status = (tab: Page) => tab.evaluate('auth.getSnapshot().status')
  const isOut = (tab: Page) => tab.waitForFunction("auth.getSnapshot().status === 'signed-out'")
  const refreshed = () => server.count('/auth/refresh') - refreshes

  it('twenty requests at expiry refresh once', async () => {
    expire()
    const all = 'Promise.all(Array.from({ length: 20 }, (_, i) => i % 2 ? auth.listSessions() : auth.fetch("/api")))'
    expect(await page.evaluate(`${all}.then((all) => all.every(({ ok }) => ok))`)).toBe(true)
    expect(refreshed()).toBe(1)
  })

  it.each([2, 10])('%i tabs stay signed in, at each expiry', async (count) => {
    const tabs = [page, ...(await Promise.all(Array.from({ length: count - 1 }, () => open())))]
    for (let round = 1; round <= 2; round++) {
      expire()
      expect(new Set(await Promise.all(tabs.map(isIn)))).toEqual(new Set([true]))
    }
    // What another tab got is used. A storage may lag behind the message: that costs a request, and no session.
    expect(refreshed()).toBeLessThan(2 * count + (mode === 'bearer tokens' ? 1 : 0))
    await page.evaluate('auth.logout()')
    await Promise.all(tabs.map(isOut))
    expect(await Promise.all(tabs.map(isIn))).toEqual(tabs.map(() => 'token_missing'))
  })

  it('a tab that was frozen while others refreshed is signed in', async () => {
    const other = await open()
    const session = await context.newCDPSession(page)
    await session.send('Page.setWebLifecycleState', { state: 'frozen' })
    for (let round = 0; round < 3; round++) {
      expire()
      expect(await isIn(other)).toBe(true)
    }
    await session.send('Page.setWebLifecycleState', { state: 'active' })
    expect(await isIn(page)).toBe(true)
    expire()
    expect(await Promise.all([isIn(page), isIn(other)])).toEqual([true, true])
  })

  it('a tab that is frozen in the middle of a refresh keeps no other one out', async () => {
    const other = await open()
    const session = await context.newCDPSession(page)
    expire()
    const { arrived, release } = server.hold('/auth/refresh')
    const asked = isIn(page)
    await arrived
    await session.send('Page.setWebLifecycleState', { state: 'frozen' })
    const others = isIn(other)
    release()
    expect(await others).toBe(true)
    await session.send('Page.setWebLifecycleState', { state: 'active' })
    expect(await asked).toBe(true)
    expire()
    expect(await Promise.all([isIn(page), isIn(other)])).toEqual([true, true])
  })

  it('a page that was offline at expiry is signed in when it is back', async () => {
    await context.setOffline(true)
    expire()
    expect(await isIn(page)).toBe('network_error')
    expect(await page.evaluate('auth.fetch("/api").then(() => "answered", ({ name }) => name)')).toBe('TypeError')
    expect(await status(page)).toBe('signed-in')
    await context.setOffline(false)
    expect(await isIn(page)).toBe(true)
  })

  it('a page outlives a restart of the server', async () => {
    await server.stop()
    expect(await isIn(page)).toBe('network_error')
    expect(await status(page)).toBe('signed-in')
    await server.start()
    expect(await isIn(page)).toBe(true)
    expire()
    expect(await isIn(page)).toBe(true)
  })

  it.each([3600, -3600])('a server whose clock is %i seconds off signs no one out', async (seconds) => {
    await page.evaluate('auth.logout()')
    expire(seconds)
    expect(await page.evaluate(`auth.login(${credentials})`)).toMatchObject({ ok: true })
    // The client asks who signed in: an answer from before the expiry would be that of the first round.
    expect(await isIn(page)).toBe(true)
    for (let round = 0; round < 2; round++) {
      expire()
      expect(await isIn(page)).toBe(true)
    }
    expect(refreshed()).toBe(2)
    expire(3600)
  })

  it('a laptop that was asleep past expiry is signed in', async () => {
    const session = await context.newCDPSession(page)
    await session.send('Page.setWebLifecycleState', { state: 'frozen' })
    expire(60 * 60 * 24 * 3)
    await session.send('Page.setWebLifecycleState', { state: 'active' })
    expect(await isIn(page)).toBe(true)
  })

  it('a reload keeps the user, without a refresh', async () => {
    await page.reload()
    await page.evaluate(`globalThis.auth = createClient(${options})`)
    expect(await page.evaluate('auth.load().then(({ status }) => status)')).toBe('signed-in')
    expect(refreshed()).toBe(0)
  })

  it('a logout during a refresh stays one, in this tab, in another, and after a reload', async () => {
    const other = await open()
    expire()
    const { arrived, release } = server.hold('/auth/refresh')
    const asked = page.evaluate('auth.fetch("/api").then(({ status }) => status)')
    await arrived
    expect(await page.evaluate('auth.logout()')).toMatchObject({ ok: true })
    await isOut(other)
    release()
    expect(await asked).toBe(401)
    for (const tab of [page, other]) {
      expect(await status(tab)).toBe('signed-out')
      expect(await isIn(tab)).not.toBe(true)
    }
    const reloaded = await open()
    expect(await status(reloaded)).toBe('signed-out')
  })

  it('a logout in one tab ends the refresh of another', async () => {
    const other = await open()
    expire()
    const { arrived, release } = server.hold('/auth/refresh')
    const asked = other.evaluate('auth.fetch("/api").then(({ status }) => status)')
    await arrived
    expect(await page.evaluate('auth.logout()')).toMatchObject({ ok: true })
    await isOut(other)
    release()
    expect(await asked).toBe(401)
    expect(await status(other)).toBe('signed-out')
    expect(await status(await open())).toBe('signed-out')
  })

  it('a storage that throws, and missing channels and locks, sign no one out', async () => {
    const broken = await open((tab) =>
      tab.addInitScript(() => {
        const thrown = {
          get() {
            throw new DOMException('denied', 'SecurityError')
          },
        }
        Object.defineProperty(globalThis, 'localStorage', thrown)
        Object.defineProperty(globalThis, 'BroadcastChannel', { value: undefined })
        Object.defineProperty(navigator, 'locks', { value: undefined })
      }),
    )
    expect(await broken.evaluate(`auth.login(${credentials})`)).toMatchObject({ ok: true })
    for (let round = 0; round < 2; round++) {
      expire()
      expect(await isIn(broken)).toBe(true)
    }
    expect(await broken.evaluate('auth.logout()')).toMatchObject({ ok: true })
    expect(await status(broken)).toBe('signed-out')
  })

  it('a storage that another tab clears is a logout where the tokens were in it', async () => {
    const other = await open()
    await other.evaluate('localStorage.clear()')
    if (mode === 'cookies') expect(await isIn(page)).toBe(true)
    else await page.waitForFunction("auth.getSnapshot().status === 'signed-out'", undefined, { timeout: 10_000 })
  })

  it('a redirect to another origin carries no token', async () => {
    server.leaked.length = 0
    await page.evaluate('auth.fetch("/away").then((response) => response.text(), () => "")')
    expect(server.leaked.filter((value) => value !== null)).toEqual([])
  })

  it('components know the user, and ask once in a storm of mounts', async () => {
    const tab = await context.newPage()
    await tab.goto(`${server.url}/react`)
    const before = server.count('/auth/me')
    await tab.evaluate(`
      const client = createClient(${options})
      const App = () => {
        const [user, signedIn, auth] = [useUser(), useSignedIn(), useAuth()]
        const text = signedIn === undefined ? '…' : signedIn ? user?.username ?? '' : 'no one'
        return h('button', { onClick: () => void auth.logout() }, text)
      }
      const root = createRoot(document.getElementById('root'))
      for (let i = 0; i < 100; i++) {
        root.render(h(StrictMode, { key: i }, h(AuthProvider, { client }, h(App), h(App))))
      }`)
    const { username } = JSON.parse(credentials) as { username: string }
    await tab.waitForFunction(`document.querySelector('button')?.textContent === '${username}'`)
    expect(server.count('/auth/me') - before).toBe(1)
    await tab.click('button')
    await tab.waitForFunction("[...document.querySelectorAll('button')].every((one) => one.textContent === 'no one')")
    await isOut(page)
  })

  it('a page that a server has rendered is hydrated without a request', async () => {
    const tab = await context.newPage()
    const errors: string[] = []
    tab.on('console', (message) => void (message.type() === 'error' && errors.push(message.text())))
    await tab.goto(`${server.url}/react`)
    const before = server.count('/auth/me')
    await tab.evaluate(`
      const client = createClient({ baseUrl: '/auth', mode: 'cookies' })
      const initial = { id: '1', username: 'rendered', email: null, created_at: '', email_verified: false, roles: [] }
      const App = () => h('p', null, useUser()?.username ?? '…')
      document.getElementById('root').innerHTML = '<p>rendered</p>'
      globalThis.seen = []
      new MutationObserver(() => seen.push(document.querySelector('p')?.textContent)).observe(document, { subtree: true, childList: true, characterData: true })
      hydrateRoot(document.getElementById('root'), h(AuthProvider, { client, initial }, h(App)))
      new Promise((resolve) => setTimeout(resolve, 100))`)
    expect(await tab.evaluate('seen')).toEqual([])
    expect(await tab.textContent('p')).toBe('rendered')
    expect([server.count('/auth/me') - before, errors]).toEqual([0, []])
  })
})
