import { createTestAuth, type TestAuth } from 'hallpass/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type PlainProvider, startPlainProvider } from '../pages/plain-provider.ts'
import { openBrowser, openPage, pageOrigin, type TestBrowser } from './pages.ts'

let provider: PlainProvider
let auth: TestAuth
beforeAll(async () => {
  provider = await startPlainProvider()
  auth = await createTestAuth({ url: pageOrigin, providers: { example: provider.options } })
})
afterAll(async () => {
  await auth.close()
  provider.close()
})

function open(browser: TestBrowser) {
  const went: string[] = []
  const assign = (address: string) => void went.push(address)
  const location = { href: `${pageOrigin}/cart`, assign }
  return { client: openPage(auth, browser, { mode: 'cookies' }, { location }), went }
}

/** Goes to the address as the browser does, and back from the provider; returns where that leads. */
async function goThere(browser: TestBrowser, address: string, answer: object = { code: 'x' }): Promise<string> {
  const visit = async (url: string) => {
    const cookie = [...browser.cookies].map(([name, { value }]) => `${name}=${value}`).join('; ')
    const response = await auth.handler(new Request(url, { headers: { cookie } }), { address: '127.0.0.1' })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') browser.cookies.delete(name)
      else browser.cookies.set(name, { value, isReadable: !/; httponly/i.test(line) })
    }
    return response.headers.get('location') ?? ''
  }
  const there = new URL(address.startsWith(provider.url) ? address : await visit(address))
  const back = new URL(there.searchParams.get('redirect_uri') ?? '')
  back.search = `${new URLSearchParams({ ...answer, state: there.searchParams.get('state') ?? '' })}`
  return visit(back.href)
}

describe('with another provider, a client', () => {
  it('leaves the page, and is signed in when it comes back', async () => {
    const browser = openBrowser()
    const { client, went } = open(browser)
    expect(await client.providers.list()).toEqual({
      ok: true,
      value: { providers: [{ name: 'example', title: 'Example <&>', preset: 'oauth', proves_again: false }] },
    })
    await client.signInWith('example', { returnTo: '/orders', remember: false })
    await client.signInWith('a/b')
    expect(went.map((address) => address.replace(`${pageOrigin}/auth/oauth/`, ''))).toEqual([
      'example?return_to=https%3A%2F%2Fapp.example%2Forders&remember=false',
      'a%2Fb?return_to=https%3A%2F%2Fapp.example%2Fcart',
    ])
    provider.account = { id: 1 }
    expect(await goThere(browser, went[0] ?? '')).toBe(`${pageOrigin}/orders`)
    const back = open(browser).client
    expect((await back.load()).status).toBe('signed-in')
    expect(await back.providers.outcome()).toEqual({ ok: true, value: undefined })
    const listed = await back.identities.list()
    expect(listed).toMatchObject({ ok: true, value: { identities: [{ provider: 'example' }] } })
    const [identity] = listed.ok ? listed.value.identities : []
    expect(await back.identities.remove(identity?.id ?? '')).toMatchObject({ ok: false, code: 'last_way_in' })
    for (const one of [client, back]) one.close()
  })

  it('learns once why it is not signed in', async () => {
    const browser = openBrowser()
    const { client, went } = open(browser)
    await client.signInWith('example')
    expect(await goThere(browser, went[0] ?? '', { error: 'access_denied' })).toMatch(/[?&]error=provider_refused$/)
    expect(await client.providers.outcome()).toMatchObject({ ok: false, code: 'provider_refused' })
    expect(await client.providers.outcome()).toEqual({ ok: true, value: undefined })
    client.close()
  })

  it('links another account', async () => {
    const browser = openBrowser()
    const { client } = open(browser)
    const account = { username: 'alice', password: 'a password of some length' }
    await client.register(account)
    await client.login(account)
    const link = await client.identities.link('example', { return_to: `${pageOrigin}/settings` })
    provider.account = { id: 2 }
    expect(await goThere(browser, link.ok ? link.value.redirect_to : '')).toBe(`${pageOrigin}/settings`)
    const listed = await client.identities.list()
    const [identity] = listed.ok ? listed.value.identities : []
    expect(await client.identities.remove(identity?.id ?? '')).toEqual({ ok: true, value: undefined })
    client.close()
  })
})
