import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { password } from '../auth/service.ts'
import { openWholeBrowser } from '../browser.ts'
import { type Localhost, openLocalhost } from './localhost.ts'
import { type Send, senderOn } from './page-script.ts'

describe('on localhost, without TLS', () => {
  let listing: Localhost
  let plain: Localhost
  let browser: Browser
  beforeAll(async () => {
    ;[listing, plain, browser] = await Promise.all([openLocalhost(true), openLocalhost(false), openWholeBrowser()])
  })
  afterAll(async () => {
    await Promise.all([browser, listing, plain].map((one) => one.close()))
  })

  it.each(['1: by the proxy of Vite, with no origin listed', '2: on another port'])(
    'a session in cookies works in topology %s',
    async (what) => {
      const local = what.startsWith('1') ? plain : listing
      const username = `user of ${what[0]}`
      await local.service.auth.users.add({ username, password })
      const context = await browser.newContext()
      const page = await context.newPage()
      await page.goto(`${local.page}/`)
      const send = senderOn(page, what.startsWith('1') ? '/auth' : `${local.server}/auth`, 'cookies')
      const outcomes: unknown[] = []
      const body = { username, password, cookies: true }
      const steps: Parameters<Send>[] = [
        ['POST', '/login', body],
        ['GET', '/me'],
        ['POST', '/refresh'],
        ['DELETE', '/sessions'],
        ['POST', '/logout'],
        ['GET', '/me'],
      ]
      for (const step of steps) outcomes.push((await send(...step)).status)
      expect(outcomes).toEqual([200, 200, 200, 204, 204, 401])
      await context.close()
    },
  )

  it('is refused by the code where the page says 127.0.0.1, which is another site', async () => {
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(`${listing.page}/`)
    const elsewhere = `${listing.server.replace('localhost', '127.0.0.1')}/auth`
    const reply = await senderOn(page, elsewhere, 'cookies')('POST', '/login', {
      username: 'x',
      password,
      cookies: true,
    })
    expect([reply.status, reply.body.code]).toEqual([403, 'cookies_cross_site'])
    await context.close()
  })
})
