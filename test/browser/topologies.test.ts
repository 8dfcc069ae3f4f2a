import type { BrowserContext } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { laterNames, rows } from '../../src/client/calls.ts'
import { openMailbox } from '../auth/email/mailbox.ts'
import { manyMails } from '../auth/email/mailed-service.ts'
import { codeNow } from '../auth/mfa/authenticator.ts'
import { password } from '../auth/service.ts'
import { type CallInPage, callEverything } from './client-calls.ts'
import { type Hosts, names, openHosts } from './hosts.ts'
import { type Send, senderOn } from './page-script.ts'

const { app, id, neighbour, other, hostile } = names
const routes = `https://${id}/auth`

/** Where a page is, where the routes are, and how it keeps its session. */
type Topology = readonly [what: string, host: string, base: string, mode: 'cookies' | 'bearer']

const topologies: Topology[] = [
  ['1: one origin, by cookies', app, '/auth', 'cookies'],
  ['2: two hosts of one site, by cookies', app, routes, 'cookies'],
  ['3: two sites, by bearer', other, routes, 'bearer'],
]

const inbox = openMailbox()
/** What a call of the client returns. */
interface CallResult {
  readonly ok: boolean
  readonly code?: string
  readonly value: Readonly<Record<string, unknown>>
}

let hosts: Hosts
let count = 0
beforeAll(async () => {
  hosts = await openHosts({
    corsOrigins: [`https://${app}`, `https://${other}`],
    url: `https://${id}`,
    sendMail: inbox.send,
    emailSignIn: true,
    limits: { attemptsPerAccount: 1000, attemptsPerAddress: 100_000, ...manyMails },
  })
})
afterAll(() => hosts.close())

async function newcomer(): Promise<string> {
  const username = `user${count++}`
  await hosts.service.auth.users.add({ username, password })
  return username
}

describe.each(topologies)('topology %s', (_what, host, base, mode) => {
  let context: BrowserContext
  let send: Send
  let username: string
  beforeAll(async () => {
    context = await hosts.newContext()
    send = senderOn(await hosts.open(context, host), base, mode)
    username = await newcomer()
  })
  afterAll(() => context.close())
  const credentials = (secret = password) => ({
    username,
    password: secret,
    ...(mode === 'cookies' && { cookies: true }),
  })
  const statusOf = async (...request: Parameters<typeof send>) => (await send(...request)).status

  it('logs in, refreshes, lists and ends sessions, and logs out', async () => {
    const login = await send('POST', '/login', credentials())
    expect([login.status, login.body.access_token !== undefined]).toEqual([200, mode === 'bearer'])
    expect(await statusOf('GET', '/me')).toBe(200)
    expect(await statusOf('POST', '/refresh')).toBe(200)
    await hosts.service.auth.login({ username, password })
    const listed = await send('GET', '/sessions')
    const [another] = (listed.body.sessions as { id: string; current: boolean }[]).filter(({ current }) => !current)
    expect(await statusOf('DELETE', `/sessions/${another?.id}`)).toBe(204)
    expect(await statusOf('DELETE', '/sessions')).toBe(204)
    expect((await send('GET', '/sessions')).body.sessions).toHaveLength(1)
    hosts.service.elapsed += 901
    expect((await send('GET', '/me')).body.code).toBe('token_expired')
    expect(await statusOf('POST', '/refresh')).toBe(200)
    expect(await statusOf('GET', '/me')).toBe(200)
    expect(await statusOf('POST', '/logout')).toBe(204)
    expect(await statusOf('GET', '/me')).toBe(401)
  })

  it('authenticates again, changes the password, and sets up and asks for a second factor', async () => {
    expect(await statusOf('POST', '/login', credentials())).toBe(200)
    expect(await statusOf('POST', '/reauthenticate', { password })).toBe(200)
    const next = 'quite another password'
    expect(await statusOf('POST', '/password', { current_password: password, new_password: next })).toBe(204)
    expect(await statusOf('POST', '/refresh')).toBe(200)
    expect(await statusOf('POST', '/reauthenticate', { password: next })).toBe(200)
    const { body: begun } = await send('POST', '/mfa/totp', {})
    const secret = String(begun.secret)
    const confirm = { code: codeNow(hosts.service, secret) }
    expect(await statusOf('POST', `/mfa/totp/${begun.id}/confirm`, confirm)).toBe(200)
    expect(await statusOf('POST', '/logout')).toBe(204)
    hosts.service.elapsed += 60
    const { body } = await send('POST', '/login', credentials(next))
    expect(body.code).toBe('mfa_required')
    const proof = { mfa_token: body.mfa_token, method: 'totp', code: codeNow(hosts.service, secret) }
    expect(await statusOf('POST', '/mfa/verify', proof)).toBe(200)
    expect(await statusOf('GET', '/me')).toBe(200)
    expect(await statusOf('POST', '/logout')).toBe(204)
  })
})

describe('topology 3: two sites, by cookies', () => {
  it('is refused with a code that the page can read, and the browser keeps nothing', async () => {
    const context = await hosts.newContext()
    const send = senderOn(await hosts.open(context, other), routes, 'cookies')
    const reply = await send('POST', '/login', { username: await newcomer(), password, cookies: true })
    expect([reply.status, reply.body.code]).toEqual([403, 'cookies_cross_site'])
    expect(await context.cookies()).toEqual([])
    await context.close()
  })
})

describe('a page of an origin that is not listed', () => {
  const targets = [`https://${app}/auth`, routes]

  /** In one browser, a session with each host. */
  async function logInAtBoth(context: BrowserContext, username: string) {
    const page = await hosts.open(context, app)
    const senders = ['/auth', routes].map((base) => senderOn(page, base, 'cookies'))
    for (const send of senders) await send('POST', '/login', { username, password, cookies: true })
    return async () => ({
      sessions: await Promise.all(senders.map(async (send) => (await send('GET', '/sessions')).body.sessions)),
      users: await Promise.all(senders.map(async (send) => (await send('GET', '/me')).body.username)),
      cookies: await context.cookies(),
    })
  }

  /**
   * On a busy machine, Chromium may give up on a navigation. It is then begun again in another page, because the first is
   * about to show what went wrong.
   */
  async function attackByNavigation(context: BrowserContext, attacker: string, url: string): Promise<void> {
    const page = await hosts.open(context, attacker)
    await page.evaluate(`attackByNavigation(${JSON.stringify(url)})`)
    await page.waitForURL(url).catch((error: Error) => {
      if (!error.message.includes('ERR_TOO_MANY_RETRIES')) throw error
      return attackByNavigation(context, attacker, url)
    })
  }

  it.each([hostile, neighbour])('on %s changes nothing for a user, who stays who it is', async (attacker) => {
    const [victim, account] = [await newcomer(), await newcomer()]
    const context = await hosts.newContext()
    const look = await logInAtBoth(context, victim)
    const before = await look()
    expect(before.users).toEqual([victim, victim])
    hosts.service.events.length = 0
    const page = await hosts.open(context, attacker)
    const attacks = targets.map(
      (target) => `attack(${JSON.stringify(target)}, ${JSON.stringify({ username: account, password })})`,
    )
    await page.evaluate(`Promise.all([${attacks}])`)
    for (const target of targets) await attackByNavigation(context, attacker, `${target}/logout`)
    expect(hosts.service.events).toEqual([])
    expect(await look()).toEqual(before)
    await context.close()
  })
})

describe('a neighbour of the server', () => {
  it('cannot plant a session or a value under the names that the server reads', async () => {
    const context = await hosts.newContext()
    const page = await hosts.open(context, neighbour)
    for (const name of ['access_token', 'refresh_token', 'csrf_access_token', 'mfa_challenge', 'device_token']) {
      const attributes = 'Domain=example.test; Path=/; Secure'
      await page.evaluate(`document.cookie = ${JSON.stringify(`__Host-${name}=planted; ${attributes}`)}`)
    }
    expect(await context.cookies(`https://${id}/`)).toEqual([])
    await context.close()
  })
})

describe('the client', () => {
  it.each(topologies)('does every call in topology %s', async (_what, host, base, mode) => {
    const context = await hosts.newContext()
    const page = await hosts.open(context, host)
    const client = `createClient(${JSON.stringify({ baseUrl: base, mode })})`
    await page.evaluate(`import('/client.js').then(({ createClient }) => void (window.auth = ${client}))`)
    const called = new Set<string>()
    const call: CallInPage = async (name, ...given) => {
      called.add(name)
      const { ok, code, value } = (await page.evaluate(`auth.${name}(...${JSON.stringify(given)})`)) as CallResult
      expect([name, ok, code]).toEqual([name, true, undefined])
      return value
    }
    await callEverything(call, { service: hosts.service, inbox, username: `client${count++}` })
    // Those of the groups are called elsewhere, as are the ways in without a password.
    const elsewhere = /\.|^(?:signInWith|removePassword)$/
    const later = laterNames.split(' ').filter((name) => !elsewhere.test(name))
    const names = ['logout', ...Object.keys(rows), ...later]
    expect([...called].sort()).toEqual(names.sort())
    await context.close()
  })

  it('says why it cannot keep a session in cookies of another site', async () => {
    const context = await hosts.newContext()
    const page = await hosts.open(context, other)
    const options = JSON.stringify({ baseUrl: routes, mode: 'cookies' })
    const login = `createClient(${options}).login(${JSON.stringify({ username: await newcomer(), password })})`
    const result = await page.evaluate(`import('/client.js').then(({ createClient }) => ${login})`)
    expect(result).toMatchObject({ ok: false, code: 'cookies_cross_site' })
    await context.close()
  })
})
