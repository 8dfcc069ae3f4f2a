import { createTestAuth, type TestAuth } from 'hallpass/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openBrowser, openPage } from './pages.ts'

// What a program does wrong is no fault of the network: it would show its users that they are offline.
describe('a call that the program makes wrongly is thrown', () => {
  let auth: TestAuth
  beforeAll(async () => {
    auth = await createTestAuth()
  })
  afterAll(() => auth.close())

  type Wrong = Record<string, (...args: unknown[]) => Promise<unknown>>
  const rows: [what: string, call: (page: Wrong, passkeys: Wrong) => Promise<unknown> | undefined][] = [
    ['without what it needs', (_, passkeys) => passkeys.verifyMfa?.()],
    ['with what no body can have', (page) => page.register?.({ username: 1n })],
    ['with what no body can have, in the first file', (page) => page.login?.({ username: 1n })],
    ['to an address that is none', (page) => page.signInWith?.('google', { returnTo: 'https://[' })],
    ['where there is no page to leave', (page) => page.signInWith?.('google')],
  ]
  it.each(rows)('%s', async (_, call) => {
    const page = openPage(auth, openBrowser(), { mode: 'cookies' })
    const wrong = page as unknown as Wrong
    await expect(call(wrong, page.passkeys as unknown as Wrong)).rejects.toThrow(Error)
    page.close()
  })
})
