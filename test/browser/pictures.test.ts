import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { password } from '../auth/service.ts'
import { openBrowser } from '../browser.ts'
import { type PageServer, startPageServer } from './page-server.ts'

// The pictures of the README. `npm run pictures` writes them; every other run only sees that they can be taken.
const folder = new URL('../../docs/pictures/', import.meta.url)
const isWriting = process.env.HALLPASS_PICTURES === 'write'
const maxBytes = 60_000

let browser: Browser
let server: PageServer
beforeAll(async () => {
  ;[browser, server] = await Promise.all([openBrowser(), startPageServer()])
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

it.each(['light', 'dark'] as const)('pictures of the pages are taken in the %s theme', async (colorScheme) => {
  const context = await browser.newContext({
    colorScheme,
    locale: 'en',
    viewport: { width: 800, height: 720 },
    deviceScaleFactor: 0.75,
  })
  context.setDefaultTimeout(600_000)
  const page = await context.newPage()
  const keep = async (name: string) => {
    const picture = await page.screenshot({ animations: 'disabled', caret: 'hide' })
    expect([name, picture.length < maxBytes || picture.length]).toEqual([name, true])
    const file = new URL(`${name}-${colorScheme}.png`, folder)
    if (isWriting) {
      mkdirSync(folder, { recursive: true })
      writeFileSync(file, picture)
    }
    expect(statSync(file).size).toBeLessThan(maxBytes)
  }
  await page.goto(`${server.url}/sign-in`)
  await page.getByLabel('Username or e-mail address').fill('alice@example.com')
  await keep('sign-in')
  if (colorScheme === 'light') {
    const body = { username: 'alice', email: 'alice@example.com', password }
    await server.service.call('POST', '/auth/register', { body })
    const { token } = await server.inbox.next('alice@example.com')
    await server.service.call('POST', '/auth/email/verify', { body: { token } })
  }
  await page.getByLabel('Username or e-mail address').fill('alice@example.com')
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.waitForURL('**/account')
  await keep('account')
  await context.close()
})
