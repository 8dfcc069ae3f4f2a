import type { AuditEvent } from 'hallpass/auth'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { databases, type TestDatabase } from '../../databases.ts'
import { addApp } from '../mfa/authenticator.ts'
import { refusal, type Service, start, startService } from '../service.ts'
import { type Browser, openBrowser } from './browser.ts'
import { type OauthServer, openOauthServer } from './oauth-server.ts'
import { clientId, clientSecret, openProvider, passProvider, type TestProvider } from './openid-provider.ts'

const url = 'https://id.example'
const hour = 3600

describe.each(databases)('authenticating again with a provider, on $name', ({ open }) => {
  let test: TestDatabase
  let service: Service
  let plain: OauthServer
  /** One that always says when a person logged in, and one that says it where it is asked. */
  let stating: TestProvider
  let silent: TestProvider
  const events: AuditEvent[] = []
  let count = 0
  beforeAll(async () => {
    test = await open()
    plain = await openOauthServer()
    stating = await openProvider([`${url}/auth/oauth/stating/callback`], { require_auth_time: true })
    silent = await openProvider([`${url}/auth/oauth/silent/callback`])
    const known = { preset: 'openid', clientId, clientSecret } as const
    const options = {
      url,
      mfaRoles: ['admin'],
      onEvent: (event: AuditEvent) => events.push(event),
      providers: {
        stating: { ...known, issuer: stating.issuer },
        silent: { ...known, issuer: silent.issuer },
        plain: plain.options,
      },
    }
    // Providers have the time of this machine.
    service = await startService(test.url, options, Math.floor(Date.now() / 1000) - start)
  })
  afterAll(async () => {
    await service.auth.close()
    for (const one of [plain, stating, silent]) await one.close()
    await test.drop()
  })
  beforeEach(() => {
    events.length = 0
    service.elapsed = Math.floor(Date.now() / 1000) - start
    for (const one of [stating, silent]) {
      one.account = { sub: `person ${count++}` }
      one.loggedInAt = undefined
    }
  })

  const now = () => start + service.elapsed
  const claimsOf = (browser: Browser) =>
    service.auth.jwt.decodeToken(browser.cookies.get('__Host-access_token') ?? '') as Record<string, number>
  const mayLink = async (browser: Browser) => refusal(await browser.send('POST', '/auth/identities/plain'))
  const begin = async (browser: Browser, name: string) =>
    browser.send('POST', `/auth/identities/${name}`, { body: { purpose: 'reauthenticate', return_to: `${url}/back` } })
  /** Signed in an hour ago: the session is as old as that. */
  async function member(name: string, provider: TestProvider): Promise<Browser> {
    service.elapsed -= 600
    const browser = openBrowser(service)
    await browser.signIn(name, provider, '?remember=false')
    service.elapsed += 600
    expect(await mayLink(browser)).toBe('401 insufficient_user_authentication')
    return browser
  }
  const without = (address: string, ...names: string[]) => {
    const copy = new URL(address)
    for (const name of names) copy.searchParams.delete(name)
    return copy.href
  }

  it('is an authentication of now, of the same session', async () => {
    const browser = await member('silent', silent)
    const before = claimsOf(browser)
    const { body } = await begin(browser, 'silent')
    const { searchParams } = new URL(String(body.redirect_to))
    expect([searchParams.get('prompt'), searchParams.get('max_age')]).toEqual(['login', '0'])
    const reply = await browser.open(await passProvider(String(body.redirect_to), silent))
    expect([reply.status, reply.headers.get('location')]).toEqual([303, `${url}/back`])
    const after = claimsOf(browser)
    expect(after).toMatchObject({ sid: before.sid, fresh: true, amr: ['fed'], acr: 'aal1', remember: false })
    expect(Math.abs((after.auth_time ?? 0) - now())).toBeLessThan(60)
    expect(await mayLink(browser)).toBe('200 undefined')
    expect(events).toContainEqual(expect.objectContaining({ event: 'reauthenticated', details: { amr: ['fed'] } }))
  })

  it.each<[what: string, said: () => number]>([
    ['its session of an hour ago', () => now() - hour],
    ['a time to come', () => now() + hour],
    ['milliseconds', () => Date.now()],
  ])('takes no answer that states %s', async (_what, said) => {
    const browser = await member('stating', stating)
    events.length = 0
    stating.loggedInAt = said()
    const { body } = await begin(browser, 'stating')
    // It does not do what it was asked for.
    await browser.open(await passProvider(without(String(body.redirect_to), 'prompt', 'max_age'), stating))
    expect(await browser.outcome()).toBe('401 provider_refused')
    const reason = 'auth_time_stale'
    expect(events).toMatchObject([{ event: 'login_failed', details: { provider: 'stating', reason } }])
    expect(await mayLink(browser)).toBe('401 insufficient_user_authentication')
  })

  it('takes no answer that does not say when the person logged in', async () => {
    const browser = await member('silent', silent)
    events.length = 0
    const { body } = await begin(browser, 'silent')
    await browser.open(await passProvider(without(String(body.redirect_to), 'prompt', 'max_age'), silent))
    expect(await browser.outcome()).toBe('401 provider_refused')
    expect(events).toMatchObject([{ event: 'login_failed', details: { reason: 'auth_time_missing' } }])
    expect(await mayLink(browser)).toBe('401 insufficient_user_authentication')
  })

  it('takes no account that is not linked to the user, and no session that is over', async () => {
    const browser = await member('silent', silent)
    silent.account = { sub: 'another person' }
    const { body } = await begin(browser, 'silent')
    await browser.open(await passProvider(String(body.redirect_to), silent))
    expect([await browser.outcome(), await mayLink(browser)]).toEqual([
      '401 provider_refused',
      '401 insufficient_user_authentication',
    ])
    silent.account = { sub: `person ${count++}` }
    const gone = await member('silent', silent)
    const begun = await begin(gone, 'silent')
    await service.auth.sessions.endAll(String((await gone.me()).id))
    await gone.open(await passProvider(String(begun.body.redirect_to), silent))
    expect([await gone.outcome(), (await gone.me()).code]).toEqual(['401 provider_refused', 'token_revoked'])
  })

  it('is one use of an answer, and fresh for five minutes', async () => {
    const browser = await member('silent', silent)
    const { body } = await begin(browser, 'silent')
    const answer = await passProvider(String(body.redirect_to), silent)
    service.elapsed += 400
    await browser.open(answer)
    expect(claimsOf(browser)).toMatchObject({ fresh: false })
    expect(await mayLink(browser)).toBe('401 insufficient_user_authentication')
    await browser.open(answer)
    expect(await browser.outcome()).toBe('401 provider_refused')
  })

  it('changes nothing for another user who signed in meanwhile, and is not for clients without cookies', async () => {
    const browser = await member('silent', silent)
    const { body } = await begin(browser, 'silent')
    const answer = await passProvider(String(body.redirect_to), silent)
    const token = browser.cookies.get('__Host-access_token') ?? ''
    const bearer = await service.call('POST', '/auth/identities/silent', { token, body: { purpose: 'reauthenticate' } })
    expect(refusal(bearer)).toBe('422 invalid_request')
    silent.account = { sub: `person ${count++}` }
    await browser.signIn('silent', silent)
    const other = claimsOf(browser)
    // Browsers also send a former cookie, often first.
    const cookie = [['__Host-access_token', 'former'], ...browser.cookies].map((pair) => pair.join('=')).join('; ')
    const { pathname, search } = new URL(answer)
    expect((await browser.send('GET', pathname + search, { headers: { cookie } })).status).toBe(303)
    expect(claimsOf(browser)).toEqual(other)
  })

  it('is asked of a person who has to add a factor, and whom the provider did not ask', async () => {
    const browser = await member('stating', stating)
    await service.auth.users.setRoles(String((await browser.me()).id), ['admin'])
    stating.loggedInAt = now() - hour
    const again = openBrowser(service)
    const { headers, status } = await again.signIn('stating', stating)
    const asked = new URL(headers.get('location') ?? '')
    expect([status, asked.origin, asked.searchParams.get('max_age')]).toEqual([303, stating.issuer, '0'])
    expect(await again.outcome()).toBe('204')
    // If it does not ask then either, that is the end.
    const refused = openBrowser(service)
    const second = (await refused.signIn('stating', stating)).headers.get('location') ?? ''
    await refused.open(await passProvider(without(second, 'prompt', 'max_age'), stating))
    expect(await refused.outcome()).toBe('401 provider_refused')
    stating.loggedInAt = undefined
    await again.open(await passProvider(asked.href, stating))
    expect(await again.outcome()).toBe('403 mfa_enrollment_required')
  })

  it('is one factor: a second one is still asked for', async () => {
    const first = openBrowser(service)
    service.elapsed -= 600
    await first.signIn('silent', silent)
    await addApp(service, first.cookies.get('__Host-access_token') ?? '')
    service.elapsed += 600
    const { body } = await begin(first, 'silent')
    await first.open(await passProvider(String(body.redirect_to), silent))
    expect(claimsOf(first)).toMatchObject({ fresh: true, acr: 'aal1' })
    expect(await mayLink(first)).toBe('401 insufficient_user_authentication')
  })

  it.each([
    ['plain', '422 invalid_request'],
    ['unknown', '404 provider_not_found'],
  ])('is not offered by %s', async (name, expected) => {
    const browser = await member('silent', silent)
    expect(refusal(await begin(browser, name))).toBe(expected)
    const { body } = await browser.send('GET', '/auth/providers')
    expect(body.providers).toMatchObject([{ proves_again: true }, { proves_again: true }, { proves_again: false }])
  })

  it.each([
    ['an hour ago', () => now() - hour, () => now() - hour],
    ['in a time to come', () => now() + hour, () => 0],
    ['in milliseconds', () => Date.now(), () => 0],
  ])('is not what a provider says of %s at an ordinary sign-in', async (_when, said, expected) => {
    stating.loggedInAt = said()
    const browser = openBrowser(service)
    await browser.signIn('stating', stating)
    const claims = claimsOf(browser)
    expect(claims).toMatchObject({ amr: ['fed'], fresh: false })
    expect(Math.abs((claims.auth_time ?? 0) - expected())).toBeLessThan(60)
    expect(await mayLink(browser)).toBe('401 insufficient_user_authentication')
  })
})
