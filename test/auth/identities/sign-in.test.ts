import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Database } from '../../../src/store/engine/database.ts'
import { openDatabase } from '../../../src/store/engine/open-database.ts'
import { databases, type TestDatabase } from '../../databases.ts'
import { type Mailbox, openMailbox } from '../email/mailbox.ts'
import { password, type Service, startService } from '../service.ts'
import { openBrowser } from './browser.ts'
import { type OauthServer, openOauthServer } from './oauth-server.ts'
import { clientId, clientSecret, openProvider, passProvider, type TestProvider } from './openid-provider.ts'

const url = 'https://id.example'

describe.each(databases)('signing in with a provider on $name', ({ open }) => {
  let test: TestDatabase
  let database: Database
  let service: Service
  let node: Service
  let honest: TestProvider
  let other: TestProvider
  let plain: OauthServer
  let inbox: Mailbox
  beforeAll(async () => {
    test = await open()
    inbox = openMailbox()
    honest = await openProvider([`${url}/auth/oauth/honest/callback`, `${url}/auth/oauth/keeping/callback`])
    other = await openProvider([`${url}/auth/oauth/other/callback`, `${url}/auth/oauth/owner/callback`])
    plain = await openOauthServer()
    const openid = { preset: 'openid', clientId, clientSecret } as const
    const options = {
      url,
      pages: '/',
      corsOrigins: ['https://app.example'],
      sendMail: inbox.send,
      limits: { attemptsPerAddress: 100_000, registrationsPerAddress: 100_000, attemptsPerAccount: 1000 },
      providers: {
        honest: { ...openid, title: 'Honest', issuer: honest.issuer },
        keeping: { ...openid, issuer: honest.issuer, keepTokens: true },
        // With a slash behind, which the issuer does not have.
        other: { ...openid, issuer: `${other.issuer}/` },
        owner: { ...openid, issuer: other.issuer, link: 'verified', keepTokens: true },
        plain: plain.options,
      },
    } as const
    service = await startService(test.url, options)
    node = await startService(test.url, options)
    database = await openDatabase(test.url)
  })
  afterAll(async () => {
    await database.close()
    for (const one of [service, node]) await one.auth.close()
    for (const one of [honest, other, plain]) await one.close()
    await test.drop()
  })
  const count = async (table: 'hallpass_identities' | 'hallpass_spent' | 'hallpass_users' | 'hallpass_secrets') =>
    (await database.sql.selectFrom(table).selectAll().execute()).length
  const place = (reply: { readonly headers: Headers }) => reply.headers.get('location')

  it('makes an account, and knows it again by its subject, on any node', async () => {
    honest.account = { sub: 'anna', email: 'Anna@mail.example', email_verified: true }
    const browser = openBrowser(service)
    const reply = await browser.signIn('honest', honest, '?return_to=https://app.example/in')
    expect([reply.status, place(reply)]).toEqual([303, 'https://app.example/in'])
    const first = await browser.me()
    expect(first).toMatchObject({ email: 'Anna@mail.example', email_verified: true })
    expect(first.username).toMatch(/^anna-[\da-f]{10}$/)
    // The address is another's by now, at the provider.
    honest.account = { sub: 'anna', email: 'new@mail.example', email_verified: true }
    const again = openBrowser(node)
    const begun = await again.goTo('honest', honest)
    again.service = service
    expect(place(await again.open(begun))).toBe(`${url}/account`)
    expect((await again.me()).id).toBe(first.id)
    expect((await again.me()).email).toBe('Anna@mail.example')
    const { body } = await again.send('GET', '/auth/identities')
    expect(body.identities).toMatchObject([{ provider: 'honest', email: 'new@mail.example' }])
    // The cookies of the sign-in are gone.
    expect([...again.cookies.keys()].filter((name) => name.includes('provider'))).toEqual([])
  })

  it('never finds an account by its address: another subject with it does not sign in', async () => {
    honest.account = { sub: 'bert', email: 'bert@mail.example', email_verified: true }
    const bert = openBrowser(service)
    await bert.signIn('honest', honest)
    const { id } = await bert.me()
    honest.account = { sub: 'not bert', email: 'BERT@mail.example', email_verified: true }
    const thief = openBrowser(service)
    const reply = await thief.signIn('honest', honest, '?return_to=https://app.example/in')
    expect(place(reply)).toBe(`${url}/sign-in/provider?return_to=https%3A%2F%2Fapp.example%2Fin`)
    expect(await thief.outcome()).toBe('409 account_exists')
    expect(await thief.outcome()).toBe('204')
    expect((await thief.me()).code).toBe('token_missing')
    // Nor is it linked by the login of anyone else.
    await service.newcomer('carl')
    await thief.send('POST', '/auth/login', { body: { username: 'carl', password, cookies: true } })
    expect((await thief.send('GET', '/auth/identities')).body.identities).toEqual([])
    expect((await bert.me()).id).toBe(id)
  })

  it('links an account with the same address after its owner has logged in, with a notice', async () => {
    const { id } = await service.auth.users.add({ username: 'dora', password, email: 'dora@mail.example' })
    await service.auth.users.verifyEmail(id)
    honest.account = { sub: 'dora', email: 'dora@mail.example', email_verified: true }
    const browser = openBrowser(service)
    await browser.signIn('honest', honest)
    expect(await browser.outcome()).toBe('409 account_exists')
    const pending = new Map(browser.cookies)
    await browser.send('POST', '/auth/login', { body: { username: 'dora', password, cookies: true } })
    expect((await browser.send('GET', '/auth/identities')).body.identities).toMatchObject([{ provider: 'honest' }])
    expect((await inbox.next('dora@mail.example')).text).toContain('Honest')
    const next = openBrowser(node)
    await next.signIn('honest', honest)
    expect((await next.me()).id).toBe(id)
    // It is used up.
    const { body } = await browser.send('GET', '/auth/identities')
    const [{ id: identity } = { id: '' }] = body.identities as { id: string }[]
    await browser.send('DELETE', `/auth/identities/${identity}`)
    for (const [name, value] of pending) browser.cookies.set(name, value)
    await browser.send('POST', '/auth/login', { body: { username: 'dora', password, cookies: true } })
    expect((await browser.send('GET', '/auth/identities')).body.identities).toEqual([])
  })

  it.each([
    ['honest', null],
    ['keeping', expect.stringMatching(/^[\w-]{40,}$/)],
  ])(
    'keeps the tokens of an account that is linked after a login, where they are to be kept: %s',
    async (name, sealed) => {
      const email = `tokens-${name}@mail.example`
      const { id } = await service.auth.users.add({ username: email.replace('@', '.'), password, email })
      await service.auth.users.verifyEmail(id)
      honest.account = { sub: `tokens ${name}`, email, email_verified: true }
      const browser = openBrowser(service)
      await browser.signIn(name, honest)
      expect(await browser.outcome()).toBe('409 account_exists')
      // They are too long for a cookie.
      for (const [, value] of browser.cookies) expect(value.length).toBeLessThan(1000)
      browser.service = node
      await browser.send('POST', '/auth/login', { body: { username: email, password, cookies: true } })
      const rows = await database.sql.selectFrom('hallpass_identities').selectAll().where('user_id', '=', id).execute()
      expect(rows).toMatchObject([{ subject: `tokens ${name}`, sealed }])
      const left = await database.sql
        .selectFrom('hallpass_secrets')
        .selectAll()
        .where('purpose', '=', 'provider_tokens')
        .execute()
      expect(left).toEqual([])
    },
  )

  it.each([
    [undefined, 'absent'],
    [false, 'false'],
    ['true', 'a text'],
  ])('takes no account over by an address that is not verified: %s', async (email_verified, what) => {
    const name = `eva ${what}`
    const email = `eva-${what.replace(' ', '')}@mail.example`
    const { id } = await service.auth.users.add({ username: name, password, email })
    await service.auth.users.verifyEmail(id)
    honest.account = { sub: name, email, ...(email_verified !== undefined && { email_verified }) }
    const browser = openBrowser(service)
    await browser.signIn('honest', honest)
    const me = await browser.me()
    expect(me).toMatchObject({ email, email_verified: false })
    expect(me.id).not.toBe(id)
    expect((await service.auth.users.find(id))?.emailVerifiedAt).not.toBe(null)
    // Its owner hears of it, and no one else.
    expect((await inbox.next(email)).subject).toBe('You already have an account')
  })

  it('adopts an account whose address was only typed: its password and its linked accounts go', async () => {
    plain.user = { id: 7, email: 'fred@mail.example' }
    const squatter = openBrowser(service)
    await squatter.signIn('plain', plain)
    const { id } = await squatter.me()
    honest.account = { sub: 'fred', email: 'fred@mail.example', email_verified: true }
    const owner = openBrowser(node)
    await owner.signIn('honest', honest)
    expect(await owner.me()).toMatchObject({ id, email_verified: true })
    expect((await owner.send('GET', '/auth/identities')).body.identities).toMatchObject([{ provider: 'honest' }])
    // The other node hears of it.
    await vi.waitFor(async () => expect((await squatter.me()).code).toBe('token_revoked'), { timeout: 600_000 })
    const again = openBrowser(service)
    await again.signIn('plain', plain)
    expect((await again.me()).id).not.toBe(id)
  })

  it('adopts no account while the application fails to provide its claims', async () => {
    let fails = true
    const failing = await startService(test.url, {
      url,
      providers: { honest: { preset: 'openid', clientId, clientSecret, issuer: honest.issuer } },
      claimsFor: () => {
        if (fails) throw new Error('the application fails')
        return {}
      },
      onError: () => {},
    })
    const email = 'quin@mail.example'
    const { id } = await failing.auth.users.add({ username: 'quin', password, email })
    honest.account = { sub: 'quin', email, email_verified: true }
    const owner = openBrowser(failing)
    expect((await owner.signIn('honest', honest)).status).toBe(500)
    expect((await failing.auth.users.find(id))?.emailVerifiedAt).toBe(null)
    fails = false
    await owner.signIn('honest', honest)
    expect(await owner.me()).toMatchObject({ id, email_verified: true, has_password: false })
    await failing.auth.close()
  })

  it('links at once where the provider owns the mailboxes, and keeps its tokens encrypted', async () => {
    const { id } = await service.auth.users.add({ username: 'gina', password, email: 'gina@mail.example' })
    await service.auth.users.verifyEmail(id)
    other.account = { sub: 'gina', email: 'gina@mail.example', email_verified: true }
    const browser = openBrowser(service)
    await browser.signIn('owner', other)
    expect((await browser.me()).id).toBe(id)
    const again = openBrowser(service)
    await again.signIn('owner', other)
    const rows = await database.sql.selectFrom('hallpass_identities').selectAll().where('user_id', '=', id).execute()
    expect(rows).toMatchObject([{ issuer: other.issuer, subject: 'gina' }])
    expect(rows[0]?.sealed).toMatch(/^[\w-]{40,}$/)
  })

  it('works with plain OAuth 2.0, with PKCE, and an issuer with a slash behind', async () => {
    plain.user = { id: 4711, email: 'hugo@mail.example', verified: true }
    const browser = openBrowser(service)
    await browser.signIn('plain', plain)
    expect(await browser.me()).toMatchObject({ email: 'hugo@mail.example', email_verified: false })
    expect(plain.forms.at(-1)?.get('code_verifier')).toMatch(/^[\w-]{43}$/)
    other.account = { sub: 'ida' }
    const ida = openBrowser(service)
    await ida.signIn('other', other)
    expect(await ida.me()).toMatchObject({ email: null })
  })

  it('goes on where the browser cannot be sent to', async () => {
    honest.account = { sub: 'anna' }
    const evil = ['https://evil.example', 'https://app.example@evil.example/', '//evil.example', 'javascript:alert(1)']
    for (const address of evil) {
      const reply = await openBrowser(service).signIn('honest', honest, `?return_to=${encodeURIComponent(address)}`)
      expect([address, place(reply)]).toEqual([address, `${url}/account`])
    }
  })

  describe('refuses', () => {
    const refused = async (browser: ReturnType<typeof openBrowser>, address: string) => {
      const reply = await browser.open(address)
      const outcome = [place(reply)?.split('?')[0], await browser.outcome(), (await browser.me()).code]
      expect(outcome).toEqual([`${url}/sign-in/provider`, '401 provider_refused', 'token_missing'])
    }
    const altered = (address: string, change: (query: URLSearchParams) => void) => {
      const copy = new URL(address)
      change(copy.searchParams)
      return copy.href
    }
    beforeEach(() => {
      honest.account = { sub: 'victim' }
      other.account = { sub: 'attacker' }
    })

    it('HEAD, which leaves the answer to the browser', async () => {
      const browser = openBrowser(service)
      const { pathname, search } = new URL(await browser.goTo('honest', honest))
      const before = new Map(browser.cookies)
      expect((await browser.send('HEAD', '/auth/oauth/honest')).status).toBe(303)
      expect((await browser.send('HEAD', pathname + search)).status).toBe(405)
      expect(browser.cookies).toEqual(before)
      await browser.send('GET', pathname + search)
      expect((await browser.me()).id).toBeDefined()
    })

    it('an answer that is replayed, with the cookies of then', async () => {
      const browser = openBrowser(service)
      const back = await browser.goTo('honest', honest)
      const cookies = [...browser.cookies]
      const replies = await Promise.all(
        [service, node, service, node].map(async (one) => {
          const copy = openBrowser(one)
          for (const [name, value] of cookies) copy.cookies.set(name, value)
          await copy.open(back)
          return (await copy.me()).id === undefined ? 'refused' : 'in'
        }),
      )
      expect(replies.sort()).toEqual(['in', 'refused', 'refused', 'refused'])
      const late = openBrowser(node)
      for (const [name, value] of cookies) late.cookies.set(name, value)
      await refused(late, back)
    })

    it('the answer to another browser, with its own sign-in or without any', async () => {
      const attacker = openBrowser(service)
      const back = await attacker.goTo('honest', honest)
      await refused(openBrowser(service), back)
      const victim = openBrowser(service)
      await victim.goTo('honest', honest)
      await refused(victim, back)
    })

    it('an answer after ten minutes', async () => {
      const browser = openBrowser(service)
      const back = await browser.goTo('honest', honest)
      service.elapsed += 601
      await refused(browser, back).finally(() => {
        service.elapsed -= 601
      })
    })

    it('the answer of one provider to another: mix-up', async () => {
      const browser = openBrowser(service)
      const toOther = await browser.goTo('other', other)
      const toHonest = await browser.goTo('honest', honest)
      // Honest's code, where it is to be exchanged at the other one.
      const state = new URL(toOther).searchParams.get('state') ?? ''
      const code = new URL(toHonest).searchParams.get('code') ?? ''
      const iss = new URL(toHonest).searchParams.get('iss') ?? ''
      const mixed = altered(toOther, (query) => {
        query.set('code', code)
        query.set('iss', iss)
      })
      await refused(browser, mixed)
      await refused(
        openBrowser(service),
        altered(toHonest, (query) => query.set('state', state)),
      )
    })

    it.each<[string, (query: URLSearchParams) => void]>([
      ['no state', (query) => query.delete('state')],
      ['another state', (query) => query.set('state', 'a'.repeat(43))],
      ['another issuer', (query) => query.set('iss', 'https://evil.example')],
      ['no issuer, which it has announced', (query) => query.delete('iss')],
      ['another code', (query) => query.set('code', 'x')],
      ['no code', (query) => query.delete('code')],
    ])('an answer with %s', async (_what, change) => {
      const browser = openBrowser(service)
      await refused(browser, altered(await browser.goTo('honest', honest), change))
    })

    it('an ID token without the nonce', async () => {
      const browser = openBrowser(service)
      const { headers } = await browser.send('GET', '/auth/oauth/honest')
      const begin = altered(headers.get('location') ?? '', (query) => query.delete('nonce'))
      await refused(browser, await passProvider(begin, honest))
    })

    it('a user who clicks cancel there, and one who is disabled here', async () => {
      honest.denies = true
      await refused(openBrowser(service), await openBrowser(service).goTo('honest', honest))
      const browser = openBrowser(service)
      const back = await browser.goTo('honest', honest)
      honest.denies = false
      await refused(browser, back)
      honest.account = { sub: 'disabled' }
      const member = openBrowser(service)
      await member.signIn('honest', honest)
      await service.auth.users.disable((await member.me()).id as string)
      const again = openBrowser(service)
      await refused(again, await again.goTo('honest', honest))
    })
  })

  describe('says that a provider is unavailable', () => {
    it.each<[string, TestProvider['instead']]>([
      ['that answers HTML', (_request, response) => response.end('<!doctype html><p>Down')],
      ['that fails', (_request, response) => response.writeHead(503).end()],
      ['that redirects elsewhere', (_request, response) => response.writeHead(302, { location: '/x' }).end()],
      ['that hangs up', (request) => request.socket.destroy()],
      ['that sends a million bytes', (_request, response) => response.end(' '.repeat(1_000_000))],
    ])('%s', async (_what, instead) => {
      honest.account = { sub: 'kurt' }
      const browser = openBrowser(service)
      const back = await browser.goTo('honest', honest)
      honest.instead = instead
      const reply = await browser.open(back)
      expect([reply.status, await browser.outcome()]).toEqual([303, '503 provider_unavailable'])
      // Also where its document was not read yet.
      const fresh = await startService('sqlite::memory:', {
        url,
        providers: { honest: { preset: 'openid', clientId, clientSecret, issuer: honest.issuer } },
      })
      const begin = await openBrowser(fresh).send('GET', '/auth/oauth/honest')
      expect([begin.status, place(begin)]).toEqual([303, `${url}/?error=provider_unavailable`])
      honest.instead = undefined
      const { status } = await openBrowser(fresh).send('GET', '/auth/oauth/honest')
      expect(status).toBe(303)
      await fresh.auth.close()
    })
  })

  it('follows a provider that has changed its keys a moment ago', async () => {
    honest.account = { sub: 'lena' }
    const before = openBrowser(service)
    await before.signIn('honest', honest)
    honest.rotate()
    const after = openBrowser(service)
    await after.signIn('honest', honest)
    expect((await after.me()).id).toBe((await before.me()).id)
  })

  it('asks for a second factor as after a password', async () => {
    honest.account = { sub: 'mona' }
    const browser = openBrowser(service)
    await browser.signIn('honest', honest)
    const { id } = await browser.me()
    await database.sql.updateTable('hallpass_users').set({ second_factors: 1 }).where('id', '=', String(id)).execute()
    const again = openBrowser(service)
    const reply = await again.signIn('honest', honest)
    expect([place(reply), again.cookies.has('__Host-mfa_challenge')]).toEqual([`${url}/sign-in/provider`, true])
    const { body, status } = await again.send('POST', '/auth/oauth/outcome')
    expect([status, body.code, body.mfa_token]).toEqual([403, 'mfa_required', expect.stringMatching(/^hp_mfa_/)])
    expect((await again.me()).code).toBe('token_missing')
  })

  it('leaves no row behind for a thousand that were only begun', async () => {
    const before = [await count('hallpass_spent'), await count('hallpass_identities'), await count('hallpass_secrets')]
    for (let index = 0; index < 1000; index++) await service.call('GET', '/auth/oauth/plain')
    const after = [await count('hallpass_spent'), await count('hallpass_identities'), await count('hallpass_secrets')]
    expect(after).toEqual(before)
  })
})
