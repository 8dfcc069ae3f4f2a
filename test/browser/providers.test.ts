import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { languages } from '../../src/pages/messages/index.ts'
import { clientId, clientSecret, openProvider, type TestProvider } from '../auth/identities/openid-provider.ts'
import { addApp, codeNow } from '../auth/mfa/authenticator.ts'
import { type Hosts, names, openHosts } from './hosts.ts'

const url = `https://${names.id}`
const { signIn: words, register } = languages.en

describe.each(['Lax', 'Strict'] as const)('a browser whose cookies are SameSite=%s', (cookieSameSite) => {
  let hosts: Hosts
  let provider: TestProvider
  beforeAll(async () => {
    provider = await openProvider(['get', 'form'].map((name) => `${url}/auth/oauth/${name}/callback`))
    const known = { clientId, clientSecret, issuer: provider.issuer } as const
    hosts = await openHosts({
      url,
      pages: '/',
      cookieSameSite,
      providers: {
        get: { ...known, preset: 'openid', title: 'Get' },
        // It posts its answer.
        form: { ...known, preset: 'apple', title: 'Form' },
      },
    })
  })
  afterAll(async () => {
    await hosts.close()
    await provider.close()
  })

  it.each(['Get', 'Form'])('comes back from another site as the device that it is: %s', async (title) => {
    const { service } = hosts
    provider.account = { sub: `of ${title}`, email: `${title}@mail.example`, email_verified: true }
    const context = await hosts.newContext()
    const page = await context.newPage()
    async function signIn() {
      await context.clearCookies({ name: /^__Host-(?:access|refresh)_token$/ })
      await page.goto(`${url}/sign-in`)
      await page.getByRole('link', { name: `Continue with ${title}` }).click()
      await page.waitForURL(({ pathname }) => ['/account', '/sign-in/code'].includes(pathname))
    }
    await signIn()
    expect(new URL(page.url()).pathname).toBe('/account')
    const user = (await service.auth.users.list()).find(({ email }) => email === provider.account.email)
    const { accessToken } = await service.auth.startSession(user?.id ?? '')
    const { secret } = await addApp(service, accessToken)

    await signIn()
    service.elapsed += 60
    await page.locator('[name=code]').fill(codeNow(service, secret))
    await page.locator('[name=remember_device]').check()
    await page.locator('main form button[type=submit]').first().click()
    await page.waitForURL(/\/account$/)

    await signIn()
    expect(new URL(page.url()).pathname).toBe('/account')
    await context.close()
  })

  it('is not remembered, whatever the way to sign in, where the box is not ticked', async () => {
    provider.account = { sub: 'of a guest', email: 'guest@mail.example', email_verified: true }
    const context = await hosts.newContext()
    const page = await context.newPage()
    const link = () => page.getByRole('link', { name: 'Continue with Get' })
    const isAsked = async () => (await link().getAttribute('href'))?.includes('remember=false')
    await page.goto(`${url}/sign-in`)
    const box = page.getByLabel(words.remember)
    expect(await isAsked()).toBe(false)
    await box.uncheck()
    expect(await isAsked()).toBe(true)
    await box.check()
    expect(await isAsked()).toBe(false)
    await box.uncheck()
    await page.getByRole('link', { name: words.register }).click()
    await page.getByRole('heading', { name: register.title }).waitFor()
    expect(new URL(page.url()).searchParams.get('remember')).toBe('false')
    await page.goBack()
    await link().click()
    await page.waitForURL(`${url}/account`)
    const cookies = (await context.cookies(url)).filter(({ name }) => /^__Host-(?:access|refresh)_token$/.test(name))
    expect(cookies.map(({ expires }) => expires)).toEqual([-1, -1])
    await context.close()
  })

  it('is not sent to a provider by another site', async () => {
    const context = await hosts.newContext()
    const page = await hosts.open(context, names.hostile)
    for (const path of ['/auth/oauth/get', '/sign-in/with?provider=get']) {
      await page.evaluate(`location.assign(${JSON.stringify(url + path)})`)
      await page.waitForURL(`${url}/sign-in`)
      expect(await context.cookies()).toEqual([])
      await page.goto(`https://${names.hostile}/`)
    }
    await context.close()
  })
})
