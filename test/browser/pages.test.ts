import { Secret, TOTP } from 'otpauth'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pages } from '../../src/pages/index.ts'
import { languages } from '../../src/pages/messages/index.ts'
import type { ReadMail } from '../auth/email/mailbox.ts'
import { password, start } from '../auth/service.ts'
import { openBrowser } from '../browser.ts'
import { type PageServer, startPageServer } from './page-server.ts'
import { Person } from './person.ts'

const newPassword = 'a mad tea party'
const words = languages.en
const { faults } = words
const { apps, email: emailWords, sessions, setUp } = words.account

let browser: Browser
let server: PageServer
const persons: Person[] = []
beforeAll(async () => {
  ;[browser, server] = await Promise.all([openBrowser(), startPageServer()])
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
})

async function person(
  options: { readonly javaScriptEnabled?: boolean; readonly looksClosely?: boolean; readonly locale?: string } = {},
) {
  const one = await Person.at(browser, { hosts: [server.url, server.appUrl], ...options })
  persons.push(one)
  return one
}

/** Nothing was wrong with any page that was shown. */
function expectNoFaults() {
  expect(persons.flatMap(({ faults }) => faults)).toEqual([])
}

/** The codes that an authenticator app shows. Each is used once, so time passes in between. */
function authenticator(key: string) {
  const totp = new TOTP({ secret: Secret.fromBase32(key.replaceAll(' ', '')) })
  return function nextCode() {
    server.service.elapsed += 30
    return totp.generate({ timestamp: (start + server.service.elapsed) * 1000 })
  }
}

describe.each([
  { how: 'with script', javaScriptEnabled: true },
  { how: 'without script', javaScriptEnabled: false },
])('$how', ({ javaScriptEnabled }) => {
  const name = javaScriptEnabled ? 'alice' : 'bob'
  const email = `${name}@mail.example`
  const newEmail = `${name}-new@mail.example`
  /** A link opens a page with one button; without script, the code of the mail is typed there, or the link pasted. */
  async function use(
    one: Person,
    mail: { readonly link: string; readonly code: string },
    { button, address, fields = {} }: { button: string; address?: string; fields?: Readonly<Record<string, string>> },
  ) {
    await one.open(mail.link)
    if (javaScriptEnabled) {
      expect(one.path).not.toContain('#')
      return one.fill(fields, button)
    }
    const typed = address
      ? { [words.common.email]: address, [words.mailed.code]: mail.code }
      : { [words.mailed.link]: mail.link }
    return one.fill({ ...typed, ...fields }, button)
  }

  let one: Person
  let nextCode: () => string
  beforeAll(async () => {
    one = await person({ javaScriptEnabled, looksClosely: javaScriptEnabled })
  })

  it('a person registers, and verifies the address', async () => {
    await one.open(server.url)
    expect(one.path).toBe('/sign-in')
    await one.follow(words.signIn.register)
    await one.fill({ Username: name, [words.common.email]: email, Password: 'short' }, words.register.submit)
    expect(await one.page.getByRole('alert').innerText()).toContain(faults.password)
    await one.fill({ Password: password }, words.register.submit)
    expect(one.path).toBe('/account')

    await use(one, await mailTo(email, 'verify-email'), { button: words.mailed.verify.submit, address: email })
    expect(one.path).toBe('/account?done=email-verified')
    expectNoFaults()
  })

  it('ends another session', async () => {
    const { service } = server
    const other = await service.call('POST', '/auth/login', { body: { username: name, password } })

    await one.follow('Show : Sessions')
    await one.press('End the session on Unknown device')
    expect(await one.page.getByRole('status').innerText()).toBe(sessions.done.ended)
    const refreshed = await service.call('POST', '/auth/refresh', { body: { refresh_token: other.body.refresh_token } })
    expect(refreshed.status).toBe(401)
    expectNoFaults()
  })

  it('sets up a second factor, and signs in with it', async () => {
    await one.open(`${server.url}/account/authenticator`)
    await one.press(apps.setUp)
    nextCode = authenticator(await one.page.locator('.key').innerText())
    await one.fill({ [setUp.code]: '000000' }, setUp.submit)
    await one.fill({ [setUp.code]: nextCode() }, setUp.submit)
    expect(await one.heading).toBe('Save your recovery codes')
    for (const button of ['Copy', 'Print']) {
      expect(await one.page.getByRole('button', { name: button }).isVisible()).toBe(javaScriptEnabled)
    }
    if (javaScriptEnabled) {
      const codes = await one.page.locator('.codes li').allInnerTexts()
      const copied = one.page.evaluate<string>(`new Promise((resolve) => {
        navigator.clipboard.writeText = async (text) => {
          resolve(text)
          throw new Error('forbidden')
        }
      })`)
      await one.page.getByRole('button', { name: words.common.copy }).click()
      expect((await copied).split('\n')).toEqual(codes)
      await one.page.getByRole('button', { name: words.common.notCopied }).waitFor()
    }
    await one.follow('I have saved them')

    await one.press('Sign out')
    expect(one.path).toBe('/sign-in?done=signed-out')
    await one.fill({ [words.signIn.name]: name, Password: password }, 'Sign in')
    expect(one.path).toBe('/sign-in/code')
    await one.fill({ 'Code from the app': nextCode() }, 'Continue')
    expect(one.path).toBe('/account')
    expectNoFaults()
  })

  it.runIf(javaScriptEnabled)('finds nothing wrong with any other page', async () => {
    for (const { path } of pages) if (!path.endsWith('.js')) await one.open(server.url + path)
    expectNoFaults()
  })

  it('changes the address, undoes it, and sets a password', async () => {
    await one.open(`${server.url}/account/email`)
    await one.fill({ [emailWords.label]: newEmail }, emailWords.submit)
    const proof = await mailTo(newEmail, 'change-email')
    if (javaScriptEnabled) await use(one, proof, { button: words.mailed.change.submit })
    else await one.fill({ [words.mailed.code]: proof.code }, 'Change address')
    expect(one.path).toBe('/account?done=email-changed')

    await use(one, await mailTo(email, 'undo-email-change'), { button: words.mailed.undo.submit })
    expect(one.path).toBe('/reset-password?done=undone')
    const { code } = await mailTo(email, 'reset-password')
    await one.fill(
      { [words.common.email]: email, [words.mailed.code]: code, [words.common.newPassword]: newPassword },
      words.mailed.reset.submit,
    )
    expect(one.path).toBe('/sign-in?done=password-set')
    expectNoFaults()
  })

  it('sets another password when it was forgotten, and signs in by mail', async () => {
    const { email } = await member(javaScriptEnabled ? 'carol' : 'dave')
    await one.open(`${server.url}/sign-in`)
    await one.follow(words.signIn.forgot)
    await one.fill({ [words.common.email]: email }, 'Send the mail')
    expect(await one.heading).toBe(words.mailed.sent.title)
    const mail = await mailTo(email, 'reset-password')
    const fields = { [words.common.newPassword]: newPassword }
    if (javaScriptEnabled) await use(one, mail, { button: words.mailed.reset.submit, fields })
    else await one.fill({ [words.mailed.code]: mail.code, ...fields }, words.mailed.reset.submit)
    expect(one.path).toBe('/sign-in?done=password-set')
    await one.follow('Sign in by mail instead')
    await one.fill({ [words.common.email]: email }, 'Send the mail')
    await use(one, await mailTo(email, 'sign-in/link'), { button: 'Sign in', address: email })
    expect(one.path).toBe('/account')
    expectNoFaults()
  })
})

/** The next mail that links to a page; notices come in between. */
async function mailTo(email: string, page: string): Promise<ReadMail> {
  const mail = await server.inbox.next(email)
  return mail.link.includes(`/${page}#`) ? mail : mailTo(email, page)
}

/** A button is busy until the page is shown again, and its form is sent once. */
const sendTwice = `(() => {
  const form = document.forms[0]
  const button = form.querySelector('.primary')
  const states = []
  const stop = (event) => event.preventDefault()
  form.addEventListener('submit', stop)
  form.requestSubmit(button)
  states.push(button.ariaBusy)
  form.removeEventListener('submit', stop)
  dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))
  states.push(button.ariaBusy)
  let sent = 0
  addEventListener('submit', (event) => {
    if (!event.defaultPrevented) sent += 1
  })
  form.requestSubmit(button)
  form.requestSubmit(button)
  states.push(button.ariaBusy)
  return { states, sent }
})()`

/** Someone whose address is verified. */
async function member(username: string) {
  const email = `${username}@mail.example`
  await server.service.call('POST', '/auth/register', { body: { username, email, password } })
  const { token } = await server.inbox.next(email)
  await server.service.call('POST', '/auth/email/verify', { body: { token } })
  return { username, email }
}

describe('the pages', () => {
  it('are used with the keyboard alone', async () => {
    const one = await person()
    await one.open(server.url)
    await one.keyPress(words.signIn.register)
    await one.keyIn({ Username: 'erin', Password: 'short' }, words.register.submit)
    // The summary has the focus, and its link leads to the field.
    await one.tabTo('Choose a longer password, not a common one and not your own name.')
    await one.page.keyboard.press('Enter')
    await one.page.keyboard.type(password)
    await one.keyPress(words.register.submit)
    expect(one.path).toBe('/account')
    await one.open(`${server.url}/account/authenticator`)
    await one.keyPress(apps.setUp)
    const nextCode = authenticator(await one.page.locator('.key').innerText())
    await one.keyIn({ [setUp.code]: nextCode() }, setUp.submit)
    await one.keyPress('I have saved them')
    await one.keyPress('Sign out')
    await one.keyIn({ [words.signIn.name]: 'erin', Password: password }, 'Sign in')
    await one.keyIn({ 'Code from the app': nextCode() }, 'Continue')
    expect(one.path).toBe('/account')
    expectNoFaults()
  })

  it('lead back to an application, and to no other', async () => {
    const { appUrl, url } = server
    const { username } = await member('frank')
    for (const [target, path] of [
      [`${appUrl}/orders?id=1`, '/orders?id=1'],
      ['https://evil.example/', '/account'],
    ]) {
      const one = await person()
      await one.open(`${url}/sign-in?return_to=${encodeURIComponent(target as string)}`)
      await one.fill({ [words.signIn.name]: username, Password: password }, 'Sign in')
      expect(one.path).toBe(path)
    }
    expectNoFaults()
  })

  it('take the token out of the address, and send it by the button alone', async () => {
    const { email } = await member('grace')
    await server.service.call('POST', '/auth/password/forgot', { body: { email } })
    const { link, token } = await mailTo(email, 'reset-password')
    const one = await person()
    for (let visit = 0; visit < 2; visit++) await one.open(link)
    expect(one.path).toBe('/reset-password')
    expect(await one.page.getByLabel(words.mailed.code).isVisible()).toBe(false)
    // A second link in the same tab changes the fragment alone.
    await one.page.evaluate(`location.hash = 'token=x'`)
    await one.page.waitForFunction(`location.hash === ''`)
    await one.open(link)
    await one.fill({ [words.common.newPassword]: newPassword }, words.mailed.reset.submit)
    expect(one.path).toBe('/sign-in?done=password-set')
    expect(server.asked.join()).not.toContain(token)
    expectNoFaults()
  })

  it('show a password, say how strong it is, and send a form once', async () => {
    const one = await person()
    const { page } = one
    await page.goto(`${server.url}/register`)
    const field = one.field('Password')
    const strength = page.locator('.strength + [role=status]')
    for (const [text, word] of [
      ['short', 'Too short'],
      ['aaaaaaaaaaaa', 'Weak'],
      ['heidi-heidi-heidi', 'Weak'],
      ['wonderland at tea time', 'Strong'],
    ] as const) {
      await page.getByLabel('Username').fill('heidi')
      await field.fill(text)
      expect([text, await strength.innerText()]).toEqual([text, word])
    }
    const show = page.getByRole('button', { name: 'Show password' })
    await show.click()
    expect([await show.getAttribute('aria-pressed'), await field.getAttribute('type')]).toEqual(['true', 'text'])
    await show.click()
    expect([await show.getAttribute('aria-pressed'), await field.getAttribute('type')]).toEqual(['false', 'password'])

    expect(await page.evaluate(sendTwice)).toEqual({ states: ['true', null, 'true'], sent: 1 })
    await page.waitForURL('**/account')
    expectNoFaults()
  })

  it('are small', async () => {
    const { page } = await person()
    const sizes: Promise<number>[] = []
    page.on('response', (response) => {
      if (response.status() === 200) sizes.push(response.body().then(({ length }) => length))
    })
    await page.goto(server.url)
    const all = await Promise.all(sizes)
    expect(all.length).toBeGreaterThanOrEqual(3)
    expect(all.reduce((sum, size) => sum + size, 0)).toBeLessThan(60 * 1000)
    expectNoFaults()
  })

  it('fit on a telephone in German too', async () => {
    const one = await person({ locale: 'de' })
    await one.page.setViewportSize({ width: 320, height: 800 })
    for (const path of [
      '/sign-in',
      '/register',
      '/verify-email',
      '/reset-password',
      '/undo-email-change',
      '/forgot-password',
      '/sign-in/mail',
    ]) {
      await one.open(server.url + path)
      expect(await one.page.getAttribute('html', 'lang')).toBe('de')
      expect(await one.page.evaluate('document.documentElement.scrollWidth')).toBe(320)
    }
    expectNoFaults()
  })
})
