import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { languages } from '../../src/pages/messages/index.ts'
import { password } from '../auth/service.ts'
import { openWholeBrowser } from '../browser.ts'
import { type Authenticator, addAuthenticator } from './authenticator.ts'
import { type PageServer, startPageServer } from './page-server.ts'
import { Person } from './person.ts'

const words = languages.en
const { passkeys, confirm } = words.account

let browser: Browser
let server: PageServer
beforeAll(async () => {
  ;[browser, server] = await Promise.all([openWholeBrowser(), startPageServer({ mfaRoles: ['admin'] })])
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

/** Someone with an account, who is signed in. */
async function member(username: string, { looksClosely = false } = {}): Promise<Person> {
  await server.service.auth.users.add({ username, password })
  const one = await Person.at(browser, { hosts: [server.url], looksClosely })
  await one.open(`${server.url}/sign-in`)
  await one.fill({ [words.signIn.name]: username, Password: password }, words.signIn.submit)
  return one
}

async function signOut(one: Person): Promise<void> {
  await one.open(`${server.url}/account`)
  await one.press(words.common.signOut)
}

describe('a passkey that verifies the user', () => {
  let one: Person
  let key: Authenticator
  beforeAll(async () => {
    one = await member('alice', { looksClosely: true })
    key = await addAuthenticator(one, { verifiesUser: true })
  })

  it('is made, and gives recovery codes', async () => {
    await one.open(`${server.url}/account/passkeys`)
    await one.follow(passkeys.add)
    await one.field(passkeys.name).fill('My laptop')
    await key.touched(() => one.press(passkeys.create))
    expect(await one.heading).toBe(words.account.recoveryCodes.shownTitle)
    expect(await key.count()).toBe(1)
    await one.open(`${server.url}/account/passkeys`)
    expect(await one.page.locator('.rows').innerText()).toContain('My laptop')
    expect(one.faults).toEqual([])
  })

  it('is not made twice on one device', async () => {
    await one.open(`${server.url}/account/passkeys/add`)
    await key.touched(async () => {
      await one.page.getByRole('button', { name: passkeys.create }).click()
      await one.page.getByText(words.passkey.exists).waitFor()
    })
    expect(one.faults).toEqual([])
  })

  it('signs in where the browser offers it in the field for the name', async () => {
    await signOut(one)
    await key.touched(async () => {
      // The browser answers at once, and may leave the page before it is loaded.
      await one.page.goto(`${server.url}/sign-in`, { waitUntil: 'commit' })
      await one.page.waitForURL('**/account')
    })
    expect(one.faults).toEqual([])
  })

  it('signs in by the button, which ends that offer', async () => {
    await signOut(one)
    await key.touchedByDialog(() => one.press(words.signIn.withPasskey))
    expect(one.path).toBe('/account')
    expect(one.faults).toEqual([])
  })

  it('signs in with the keyboard alone', async () => {
    await signOut(one)
    await key.touchedByDialog(() => one.keyPress(words.signIn.withPasskey))
    expect(one.path).toBe('/account')
  })

  it('is the second factor after the password', async () => {
    await signOut(one)
    await one.fill({ [words.signIn.name]: 'alice', Password: password }, words.signIn.submit)
    expect(one.path).toBe('/sign-in/code')
    await key.touched(() => one.press(words.secondFactor.usePasskey))
    expect(one.path).toBe('/account')
    expect(one.faults).toEqual([])
  })

  it('confirms that it is the user', async () => {
    server.service.elapsed += 400
    await one.open(`${server.url}/account/email`)
    expect(one.path).toBe('/account/confirm?next=%2Faccount%2Femail')
    await key.touched(() => one.press(confirm.usePasskey))
    expect(one.path).toBe('/account/email')
    expect(one.faults).toEqual([])
  })

  it('fits on a telephone under the longest name', async () => {
    await one.open(`${server.url}/account/passkeys`)
    await one.page.locator('summary').click()
    await one.field(passkeys.name).fill('W'.repeat(64))
    await one.page.locator('form[action$=rename] button').click()
    await one.page.waitForURL('**/account/passkeys?done=renamed')
    await one.page.setViewportSize({ width: 320, height: 800 })
    await one.page.locator('summary').click()
    expect(await one.page.evaluate('document.documentElement.scrollWidth')).toBe(320)
    await one.page.setViewportSize({ width: 1000, height: 800 })
  })

  it('is renamed and removed', async () => {
    await one.open(`${server.url}/account/passkeys`)
    await one.page.locator('summary').click()
    await one.field(passkeys.name).fill('Old laptop')
    await one.page.locator('form[action$=rename] button').click()
    await one.page.waitForURL('**/account/passkeys?done=renamed')
    expect(await one.page.locator('.rows').innerText()).toContain('Old laptop')
    await one.page.locator('summary').click()
    await one.press(passkeys.removePasskey('Old laptop'))
    expect(one.path).toBe('/account/passkeys?done=removed')
    expect(one.faults).toEqual([])
  })
})

describe('a passkey that does not verify the user', () => {
  let one: Person
  let key: Authenticator
  beforeAll(async () => {
    one = await member('judy')
    key = await addAuthenticator(one, { verifiesUser: false })
    await one.open(`${server.url}/account/passkeys/add`)
    await key.touched(() => one.press(passkeys.create))
    await signOut(one)
  })

  it('is the second factor after the password', async () => {
    await one.fill({ [words.signIn.name]: 'judy', Password: password }, words.signIn.submit)
    await key.touched(() => one.press(words.secondFactor.usePasskey))
    expect(one.path).toBe('/account')
    expect(one.faults).toEqual([])
  })

  it('does not sign in alone, also where an authenticator verifies later', async () => {
    const other = await Person.at(browser, { hosts: [server.url] })
    const phone = await addAuthenticator(other, { verifiesUser: true })
    await phone.add(await key.read())
    await other.open(`${server.url}/sign-in`)
    await phone.touchedByDialog(() => other.press(words.signIn.withPasskey))
    expect(await other.page.getByRole('alert').innerText()).toContain(words.problems.passkey_refused)
    expect(other.faults).toEqual([])
  })
})

describe('a passkey that was removed', () => {
  it('is refused where the authenticator still offers it', async () => {
    const one = await member('mallory')
    const key = await addAuthenticator(one, { verifiesUser: true })
    await one.open(`${server.url}/account/passkeys/add`)
    await key.touched(() => one.press(passkeys.create))
    await one.open(`${server.url}/account/passkeys`)
    await one.page.locator('summary').click()
    await one.press(passkeys.removePasskey('Passkey'))
    await signOut(one)
    expect(await key.count()).toBe(1)
    await one.field(words.signIn.name).fill('mallory')
    await one.page.getByLabel(words.signIn.remember).uncheck()
    await key.touchedByDialog(() => one.press(words.signIn.withPasskey))
    expect(await one.page.getByRole('alert').innerText()).toContain(words.problems.passkey_refused)
    expect(await one.field(words.signIn.name).inputValue()).toBe('mallory')
    expect(await one.page.getByLabel(words.signIn.remember).isChecked()).toBe(false)
    await one.fill({ [words.signIn.name]: 'mallory', Password: password }, words.signIn.submit)
    expect(one.path).toBe('/account')
    expect(one.faults).toEqual([])
  })
})

describe('a passkey for a role that requires a second factor', () => {
  it('is made between the password and the session', async () => {
    await server.service.auth.users.add({ username: 'grace', password, roles: ['admin'] })
    const one = await Person.at(browser, { hosts: [server.url], looksClosely: true })
    const key = await addAuthenticator(one, { verifiesUser: true })
    await one.open(`${server.url}/sign-in?next=/account/passkeys`)
    await one.fill({ [words.signIn.name]: 'grace', Password: password }, words.signIn.submit)
    expect(await one.heading).toBe(words.account.required.title)
    await key.touched(() => one.press(passkeys.add))
    expect(await one.heading).toBe(words.account.recoveryCodes.shownTitle)
    await one.follow(words.account.recoveryCodes.kept)
    expect(one.path).toBe('/account/passkeys')
    expect(await key.count()).toBe(1)
    expect(one.faults).toEqual([])
  })

  it('is not offered without script, where an app is', async () => {
    await server.service.auth.users.add({ username: 'heidi', password, roles: ['admin'] })
    const one = await Person.at(browser, { hosts: [server.url], javaScriptEnabled: false })
    await one.open(`${server.url}/sign-in`)
    await one.fill({ [words.signIn.name]: 'heidi', Password: password }, words.signIn.submit)
    expect(await one.page.getByRole('button', { name: passkeys.add }).isVisible()).toBe(false)
    await one.press(words.account.required.begin)
    expect(await one.page.locator('.qr').isVisible()).toBe(true)
    expect(one.faults).toEqual([])
  })
})

describe('without a passkey', () => {
  it('nothing of it is loaded but the button, where the browser offers none', async () => {
    const one = await Person.at(browser, { hosts: [server.url] })
    // As in a browser that has no passkeys.
    await one.context.addInitScript({ content: 'delete window.PublicKeyCredential' })
    const loaded: string[] = []
    one.page.on('request', (request) => loaded.push(new URL(request.url()).pathname))
    await one.open(`${server.url}/sign-in`)
    expect(loaded.filter((path) => /passkey/.test(path))).toEqual([])
    expect(await one.page.getByRole('button', { name: words.signIn.withPasskey }).isVisible()).toBe(false)
    expect(one.faults).toEqual([])
  })

  it('the page says so where the script for it cannot be loaded, and the next attempt loads it', async () => {
    const one = await member('dave')
    const key = await addAuthenticator(one, { verifiesUser: true })
    const create = one.page.getByRole('button', { name: passkeys.create })
    await one.open(`${server.url}/account/passkeys/add`)
    await one.context.route('**/passkeys.js', (route) => route.abort())
    await create.click()
    await one.page.getByText(words.passkey.failed).waitFor()
    expect(await create.getAttribute('aria-busy')).toBe(null)
    await one.context.unroute('**/passkeys.js')
    await key.touched(() => one.press(passkeys.create))
    expect(await key.count()).toBe(1)
    expect(one.faults).toEqual(['console: Failed to load resource: net::ERR_FAILED'])
  })

  it('the page to add one says why it cannot, without script', async () => {
    const { service } = server
    await service.auth.users.add({ username: 'carol', password })
    const one = await Person.at(browser, { hosts: [server.url], javaScriptEnabled: false })
    await one.open(`${server.url}/sign-in?next=/account/passkeys/add`)
    await one.fill({ [words.signIn.name]: 'carol', Password: password }, words.signIn.submit)
    expect(await one.page.getByText(words.passkey.unsupported).isVisible()).toBe(true)
    expect(await one.page.getByRole('button', { name: passkeys.create }).isVisible()).toBe(false)
    expect(one.faults).toEqual([])
  })
})
