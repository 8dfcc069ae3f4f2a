import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../../src/store/engine/database.ts'
import { openDatabase } from '../../../src/store/engine/open-database.ts'
import { openSqliteFile, type TestDatabase } from '../../databases.ts'
import { type Service, startService } from '../service.ts'
import { type Browser, openBrowser } from './browser.ts'
import { type OauthServer, openOauthServer } from './oauth-server.ts'

const url = 'https://id.example'
const begin = '/auth/oauth/plain'
const crossSite = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }

describe('another site', () => {
  let test: TestDatabase
  let service: Service
  /** The same service with pages. */
  let withPages: Service
  let server: OauthServer
  let database: Database
  beforeAll(async () => {
    test = await openSqliteFile()
    server = await openOauthServer()
    const down = { preset: 'openid', clientId: 'x', issuer: 'http://127.0.0.1:1' } as const
    const options = { url, corsOrigins: ['https://app.example'], providers: { plain: server.options, down } }
    service = await startService(test.url, options)
    database = await openDatabase(test.url)
    withPages = await startService(test.url, { ...options, pages: '/id' })
  })
  afterAll(async () => {
    await database.close()
    for (const one of [service, withPages]) await one.auth.close()
    await server.close()
    await test.drop()
  })

  const place = (reply: { readonly headers: Headers }) => reply.headers.get('location')
  const isIn = async (browser: Browser) => (await browser.me()).id !== undefined
  const attempts = (browser: Browser) => [...browser.cookies.keys()].filter((name) => name.includes('sign_in'))

  it.each<[from: string, headers: Record<string, string>]>([
    ['one of our pages', { 'sec-fetch-site': 'same-origin' }],
    ['an application on the same site', { 'sec-fetch-site': 'same-site' }],
    ['what the person typed in', { 'sec-fetch-site': 'none' }],
    ['a browser that does not say', {}],
  ])('is not %s, which begins a sign-in', async (_from, headers) => {
    const browser = openBrowser(service)
    const reply = await browser.send('GET', begin, { headers })
    expect([reply.status, place(reply)?.startsWith(server.issuer)]).toEqual([303, true])
    expect(attempts(browser)).toHaveLength(1)
  })

  it.each(['cross-site', 'another word'])('begins none: the person does, on a page of ours (%s)', async (site) => {
    const browser = openBrowser(service)
    const query = '?return_to=https%3A%2F%2Fapp.example%2F%3Fa%3D1%26b%3D2&remember=false'
    const reply = await browser.send('GET', begin + query, { headers: { 'sec-fetch-site': site } })
    expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'text/html; charset=UTF-8'])
    expect(reply.headers.get('x-frame-options')).toBe('DENY')
    expect([...browser.cookies]).toEqual([])
    const [, href = ''] = /<a href="([^"]*)"/.exec(reply.text) ?? []
    expect(href.replaceAll('&amp;', '&')).toBe(query)
    // By its link.
    const next = await browser.send('GET', begin + query, { headers: { 'sec-fetch-site': 'same-origin' } })
    expect(place(next)).toContain(`${server.issuer}/authorize?`)
  })

  it.each([
    ['/auth/oauth/plain?return_to=https://app.example/in', '?return_to=https%3A%2F%2Fapp.example%2Fin'],
    ['/auth/oauth/plain?return_to=https://evil.example/', ''],
    ['/auth/oauth/plain?remember=false', '?remember=false'],
    ['/auth/oauth/plain?remember=true', ''],
    ['/id/sign-in/with?provider=plain&remember=false', '?remember=false'],
    ['/auth/oauth/down', ''],
    ['/id/sign-in/with?provider=plain&return_to=https://app.example/in', '?return_to=https%3A%2F%2Fapp.example%2Fin'],
    ['/id/sign-in/with?provider=plain&next=/account/linked', '?next=%2Faccount%2Flinked'],
  ])('leads to the page to sign in: %s', async (path, query) => {
    const browser = openBrowser(withPages)
    const reply = await browser.send('GET', path, { headers: crossSite })
    expect([reply.status, place(reply)?.replace(url, '')]).toEqual([303, `/id/sign-in${query}`])
    expect([...browser.cookies]).toEqual([])
  })

  it('does not displace the sign-in of the person, nor does a second one of theirs', async () => {
    server.user = { id: 'anna' }
    const browser = openBrowser(service)
    const first = await browser.goTo('plain', server)
    const second = await browser.goTo('plain', server)
    await browser.send('GET', begin, { headers: crossSite })
    await browser.send('GET', '/auth/oauth/down')
    await browser.send('GET', '/auth/oauth/plain/callback?code=x&state=y', { headers: crossSite })
    for (const back of [first, second]) {
      await browser.send('POST', '/auth/logout')
      await browser.open(back)
      expect(await isIn(browser)).toBe(true)
    }
    expect(attempts(browser)).toEqual([])
  })

  it('fills no browser: it carries three attempts, and the oldest one goes', async () => {
    server.user = { id: 'bert' }
    const browser = openBrowser(service)
    const backs: string[] = []
    for (let index = 0; index < 10; index++) backs.push(await browser.goTo('plain', server))
    expect(attempts(browser)).toHaveLength(3)
    await browser.open(backs[6] ?? '')
    expect(await browser.outcome()).toBe('401 provider_refused')
    await browser.open(backs[7] ?? '')
    expect(await isIn(browser)).toBe(true)
  })

  it.each([
    '/auth/oauth/plain/callback?error=access_denied',
    '/auth/oauth/plain/callback?code=x&state=y',
    '/auth/oauth/down',
  ])('takes no next step from the person: %s', async (path) => {
    server.user = { id: path }
    const first = openBrowser(service)
    await first.signIn('plain', server)
    const { id } = await first.me()
    await database.sql.updateTable('hallpass_users').set({ second_factors: 1 }).where('id', '=', String(id)).execute()
    const browser = openBrowser(service)
    await browser.signIn('plain', server)
    await browser.send('GET', path)
    expect(await browser.outcome()).toBe('403 mfa_required')
    // Where there is none, it is said.
    await browser.send('GET', path)
    expect(await browser.outcome()).toMatch(/^(?:401 provider_refused|503 provider_unavailable)$/)
  })

  it('signs no one in to the account of an attacker, whose answer it opens in the browser of a victim', async () => {
    server.user = { id: 'attacker' }
    const attacker = openBrowser(service)
    const back = await attacker.goTo('plain', server)
    const victim = openBrowser(service)
    for (const headers of [crossSite, {}]) {
      await victim.send('GET', begin, { headers })
      await victim.send('GET', back.slice(url.length), { headers: crossSite })
      expect([await victim.outcome(), await isIn(victim)]).toEqual(['401 provider_refused', false])
      const posted = await victim.send('POST', '/auth/oauth/plain/callback', {
        body: new URL(back).searchParams.toString(),
        headers: { ...crossSite, 'content-type': 'application/x-www-form-urlencoded', origin: 'https://evil.example' },
      })
      await victim.open(place(posted) ?? '')
      expect([await victim.outcome(), await isIn(victim)]).toEqual(['401 provider_refused', false])
    }
  })
})
