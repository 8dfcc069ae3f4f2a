import type { Database } from '../../../src/store/engine/database.ts'
import { openDatabase } from '../../../src/store/engine/open-database.ts'
import { openSqliteFile, type TestDatabase } from '../../databases.ts'
import type { Row } from '../declared-rows.ts'
import { form, last, never, type World } from '../declared-world.ts'
import { password, type Reply, type Service, startService } from '../service.ts'
import { type Browser, openBrowser } from './browser.ts'
import { type OauthServer, openOauthServer } from './oauth-server.ts'

const url = 'https://id.example'
const crossSite = { 'sec-fetch-site': 'cross-site' }

/** A request for each answer and refusal of the endpoints of other providers. */
export function identityRowsOf(world: World): { readonly rows: Row[]; open(): Promise<void>; close(): Promise<void> } {
  let server: OauthServer
  let file: TestDatabase
  let database: Database
  let service: Service
  let closed: Service
  let strict: Service
  let strictCookies: Service
  let count = 0

  async function open(): Promise<void> {
    server = await openOauthServer()
    file = await openSqliteFile()
    const gone = 'http://127.0.0.1:1'
    const down = { preset: 'openid', clientId: 'x', issuer: gone } as const
    const options = { url, issuer: 'https://id.example', audience: 'shop', providers: { plain: server.options, down } }
    service = await startService(file.url, { ...options, mfaRoles: ['admin'] })
    closed = await startService('sqlite::memory:', { ...options, registration: 'closed' })
    const limits = { registrationsPerAddress: 1 }
    strict = await startService('sqlite::memory:', { ...options, requireVerifiedEmail: true, limits })
    strictCookies = await startService('sqlite::memory:', { ...options, cookieSameSite: 'Strict' })
    database = await openDatabase(file.url)
  }
  async function close(): Promise<void> {
    await database.close()
    for (const one of [service, closed, strict, strictCookies]) await one.auth.close()
    await server.close()
    await file.drop()
  }

  const outcome = (browser: Browser) => browser.send('POST', '/auth/oauth/outcome')
  const enter = async (user: object, browser = openBrowser(service)) => {
    server.user = user
    await browser.signIn('plain', server)
    return browser
  }
  const stranger = () => ({ id: ++count, email: `p${count}@mail.example` })
  /** A user with a password, logged in. */
  async function member() {
    const username = `linked${count++}`
    const { id } = await service.auth.users.add({ username, password, email: `${username}@mail.example` })
    await service.auth.users.verifyEmail(id)
    const browser = openBrowser(service)
    await browser.send('POST', '/auth/login', { body: { username, password, cookies: true } })
    return { id, username, browser }
  }
  async function link(browser: Browser, user: object): Promise<Reply> {
    server.user = user
    const { body } = await browser.send('POST', '/auth/identities/plain')
    const { headers } = await fetch(body.redirect_to as string, { redirect: 'manual' })
    return browser.open(headers.get('location') ?? '')
  }
  const identityOf = async (browser: Browser) => {
    const { body } = await browser.send('GET', '/auth/identities')
    return (body.identities as { readonly id: string }[])[0]?.id ?? ''
  }
  const again = async (columns: { second_factors?: number; roles?: string }) => {
    const user = stranger()
    const { id } = await (await enter(user)).me()
    await database.sql.updateTable('hallpass_users').set(columns).where('id', '=', String(id)).execute()
    return outcome(await enter(user))
  }
  const later = async (send: () => Promise<Reply>) => {
    service.elapsed += 301
    return send().finally(() => {
      service.elapsed -= 301
    })
  }

  const rows: Row[] = [
    ['listProviders', '200', () => service.call('GET', '/auth/providers')],
    ['beginProviderSignIn', '200', () => service.call('GET', '/auth/oauth/plain', { headers: crossSite })],
    ['beginProviderSignIn', '303', () => service.call('GET', '/auth/oauth/plain')],
    ['beginProviderSignIn', 'provider_not_found', () => service.call('GET', '/auth/oauth/other')],
    [
      'finishProviderSignIn',
      '200',
      () => strictCookies.call('GET', '/auth/oauth/plain/callback', { headers: crossSite }),
    ],
    ['finishProviderSignIn', '303', () => service.call('GET', '/auth/oauth/plain/callback')],
    ['finishProviderSignIn', 'provider_not_found', () => service.call('GET', '/auth/oauth/other/callback')],
    ['finishProviderForm', '303', () => service.call('POST', '/auth/oauth/plain/callback', form({ code: 'x' }))],
    [
      'finishProviderForm',
      'provider_not_found',
      () => service.call('POST', '/auth/oauth/other/callback', form({ code: 'x' })),
    ],
    ['listIdentities', '200', async () => (await enter(stranger())).send('GET', '/auth/identities')],
    ['linkIdentity', '200', async () => (await member()).browser.send('POST', '/auth/identities/plain')],
    ['linkIdentity', 'provider_not_found', async () => (await member()).browser.send('POST', '/auth/identities/other')],
    [
      'linkIdentity',
      'provider_unavailable',
      async () => (await member()).browser.send('POST', '/auth/identities/down'),
    ],
    ['linkIdentity', 'session_required', () => service.call('POST', '/auth/identities/plain', { token: world.own() })],
    [
      'linkIdentity',
      'insufficient_user_authentication',
      async () => {
        const { browser } = await member()
        return later(() => browser.send('POST', '/auth/identities/plain'))
      },
    ],
    [
      'unlinkIdentity',
      '204',
      async () => {
        const { browser } = await member()
        await link(browser, stranger())
        return browser.send('DELETE', `/auth/identities/${await identityOf(browser)}`)
      },
    ],
    [
      'unlinkIdentity',
      'identity_not_found',
      async () => (await member()).browser.send('DELETE', `/auth/identities/${never}`),
    ],
    [
      'unlinkIdentity',
      'last_way_in',
      async () => {
        const browser = await enter(stranger())
        return browser.send('DELETE', `/auth/identities/${await identityOf(browser)}`)
      },
    ],
    [
      'unlinkIdentity',
      'session_required',
      () => service.call('DELETE', `/auth/identities/${never}`, { token: world.own() }),
    ],
    [
      'unlinkIdentity',
      'insufficient_user_authentication',
      async () => {
        const { browser } = await member()
        return later(() => browser.send('DELETE', `/auth/identities/${never}`))
      },
    ],
    ['providerOutcome', '204', () => outcome(openBrowser(service))],
    ['providerOutcome', 'mfa_required', () => again({ second_factors: 1 })],
    ['providerOutcome', 'mfa_enrollment_required', () => again({ roles: '["admin"]' })],
    ['providerOutcome', 'email_not_verified', async () => outcome(await enter(stranger(), openBrowser(strict)))],
    [
      'providerOutcome',
      'rate_limited',
      () => last(2, async () => outcome(await enter(stranger(), openBrowser(strict)))),
    ],
    ['providerOutcome', 'registration_closed', async () => outcome(await enter(stranger(), openBrowser(closed)))],
    [
      'providerOutcome',
      'account_exists',
      async () => {
        const { username } = await member()
        const browser = await enter({ id: ++count, email: `${username}@mail.example`, email_verified: true })
        return outcome(browser)
      },
    ],
    [
      'providerOutcome',
      'identity_taken',
      async () => {
        const user = stranger()
        await enter(user)
        const { browser } = await member()
        await link(browser, user)
        return outcome(browser)
      },
    ],
    [
      'providerOutcome',
      'factor_limit_reached',
      async () => {
        const { browser } = await member()
        for (let linked = 0; linked <= 20; linked++) await link(browser, stranger())
        return outcome(browser)
      },
    ],
    [
      'providerOutcome',
      'provider_refused',
      async () => {
        const browser = openBrowser(service)
        await browser.send('GET', '/auth/oauth/plain/callback?error=access_denied')
        return outcome(browser)
      },
    ],
    [
      'providerOutcome',
      'provider_unavailable',
      async () => {
        const browser = openBrowser(service)
        await browser.send('GET', '/auth/oauth/down')
        return outcome(browser)
      },
    ],
    [
      'providerOutcome',
      'cross_site_refused',
      () => service.call('POST', '/auth/oauth/outcome', { headers: { 'sec-fetch-site': 'cross-site' } }),
    ],
  ]
  return { rows, open, close }
}
