import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Database } from '../../../src/store/engine/database.ts'
import { openDatabase } from '../../../src/store/engine/open-database.ts'
import { databases, type TestDatabase } from '../../databases.ts'
import { type Mailbox, openMailbox } from '../email/mailbox.ts'
import { codeNow, enroll } from '../mfa/authenticator.ts'
import { password, refusal, type Service, startService } from '../service.ts'
import { type Browser, openBrowser } from './browser.ts'
import { type OauthServer, openOauthServer } from './oauth-server.ts'

const url = 'https://id.example'

describe.each(databases)('linking accounts at providers on $name', ({ open }) => {
  let test: TestDatabase
  let database: Database
  let service: Service
  let node: Service
  let server: OauthServer
  let inbox: Mailbox
  let count = 0
  beforeAll(async () => {
    test = await open()
    inbox = openMailbox()
    server = await openOauthServer()
    const options = {
      url,
      sendMail: inbox.send,
      limits: { attemptsPerAddress: 100_000, registrationsPerAddress: 100_000, attemptsPerAccount: 1000 },
      providers: {
        plain: { ...server.options, title: 'Plain', keepTokens: true },
        owner: { ...server.options, link: 'verified', keepTokens: true },
      },
    } as const
    service = await startService(test.url, options)
    node = await startService(test.url, options)
    database = await openDatabase(test.url)
  })
  afterAll(async () => {
    await database.close()
    for (const one of [service, node]) await one.auth.close()
    await server.close()
    await test.drop()
  })

  async function member(): Promise<
    Browser & { readonly id: string; readonly email: string; readonly username: string }
  > {
    const username = `member${count++}`
    const email = `${username}@mail.example`
    const { id } = await service.auth.users.add({ username, password, email })
    await service.auth.users.verifyEmail(id)
    const browser = openBrowser(service)
    await browser.send('POST', '/auth/login', { body: { username, password, cookies: true } })
    return Object.assign(browser, { id, email, username })
  }
  const begin = async (browser: Browser, body = {}) =>
    (await browser.send('POST', '/auth/identities/plain', { body })).body.redirect_to as string
  const follow = async (address: string) => {
    const { headers } = await fetch(address, { redirect: 'manual' })
    return headers.get('location') ?? ''
  }
  const identities = async (browser: Browser) =>
    (await browser.send('GET', '/auth/identities')).body.identities as { readonly id: string }[]

  it('needs a user who has authenticated a moment ago, sends a notice, and keeps the other sessions', async () => {
    const anna = await member()
    const other = openBrowser(node)
    await other.send('POST', '/auth/login', { body: { username: anna.username, password, cookies: true } })
    server.user = { id: `of ${anna.id}` }
    const back = await follow(await begin(anna, { return_to: `${url}/settings` }))
    const reply = await anna.open(back)
    expect([reply.status, reply.headers.get('location')]).toEqual([303, `${url}/settings`])
    expect(await identities(anna)).toMatchObject([{ provider: 'plain', email: null, last_used_at: null }])
    expect((await inbox.next(anna.email)).subject).toBe('An account was linked')
    expect(service.events).toContain('identity_added')
    expect((await other.me()).id).toBe(anna.id)
    // Again changes nothing, and the answer is used up.
    await anna.open(back)
    expect(await anna.outcome()).toBe('401 provider_refused')
    await anna.open(await follow(await begin(anna)))
    expect(await identities(anna)).toHaveLength(1)
    const next = openBrowser(node)
    await next.signIn('plain', server)
    expect((await next.me()).id).toBe(anna.id)
  })

  it('takes no identity from another user', async () => {
    server.user = { id: 'of no one else' }
    const owner = openBrowser(service)
    await owner.signIn('plain', server)
    const thief = await member()
    await thief.open(await follow(await begin(thief)))
    expect([await thief.outcome(), await identities(thief)]).toEqual(['409 identity_taken', []])
  })

  it('ends with the session that asked for it, and needs a factor that was added meanwhile', async () => {
    server.user = { id: 'too late' }
    const gone = await member()
    const back = await follow(await begin(gone))
    await service.auth.sessions.endAll(gone.id)
    await gone.open(back)
    expect(await gone.outcome()).toBe('401 provider_refused')
    const guarded = await member()
    const later = await follow(await begin(guarded))
    const users = database.sql.updateTable('hallpass_users').set({ second_factors: 1 })
    await users.where('id', '=', guarded.id).execute()
    await guarded.open(later)
    expect([await guarded.outcome(), await identities(guarded)]).toEqual(['401 provider_refused', []])
  })

  it('is not done by a browser that did not ask for it, with any user signed in there', async () => {
    const attacker = await member()
    server.user = { id: 'of the attacker' }
    const back = await follow(await begin(attacker))
    const victim = await member()
    await victim.open(back)
    expect([await victim.outcome(), await identities(victim)]).toEqual(['401 provider_refused', []])
    await begin(victim)
    await victim.open(back)
    expect(await identities(victim)).toEqual([])
  })

  it('is undone by the user: other sessions end on every node, and never the last way in goes', async () => {
    const bert = await member()
    server.user = { id: `of ${bert.id}` }
    await bert.open(await follow(await begin(bert)))
    const other = openBrowser(node)
    await other.signIn('plain', server)
    const [{ id } = { id: '' }] = await identities(bert)
    const stranger = await member()
    const path = `/auth/identities/${id}`
    expect(refusal(await stranger.send('DELETE', path))).toBe('404 identity_not_found')
    expect(refusal(await bert.send('DELETE', '/auth/identities/x'))).toBe('404 identity_not_found')
    expect((await bert.send('DELETE', path)).status).toBe(204)
    // The other node hears of it.
    await vi.waitFor(async () => expect((await other.me()).code).toBe('token_revoked'), { timeout: 600_000 })
    expect((await bert.me()).id).toBe(bert.id)
    const alone = openBrowser(service)
    server.user = { id: 'alone', email: 'alone@mail.example' }
    await alone.signIn('plain', server)
    const [last = { id: '' }] = await identities(alone)
    expect(refusal(await alone.send('DELETE', `/auth/identities/${last.id}`))).toBe('409 last_way_in')
    expect(await identities(alone)).toHaveLength(1)
  })

  it.each(['plain', 'owner'])('waits for the second factor of an account with its address: %s', async (name) => {
    const user = await enroll(service, `factor-${name}`)
    const { id } = (await service.auth.users.findByUsername(user.username)) ?? { id: '' }
    const email = `factor-${name}@mail.example`
    await database.sql.updateTable('hallpass_users').set({ email, email_normal: email }).where('id', '=', id).execute()
    await service.auth.users.verifyEmail(id)
    server.user = { id: `subject ${name}`, email, email_verified: true }
    const browser = openBrowser(service)
    await browser.signIn(name, server)
    let { body } = await browser.send('POST', '/auth/oauth/outcome')
    if (name === 'plain') {
      expect(body.code).toBe('account_exists')
      const credentials = { username: user.username, password, cookies: true }
      body = (await browser.send('POST', '/auth/login', { body: credentials })).body
    }
    expect(body.code).toBe('mfa_required')
    const linked = () => database.sql.selectFrom('hallpass_identities').selectAll().where('user_id', '=', id).execute()
    expect(await linked()).toEqual([])
    service.elapsed += 60
    const proof = { mfa_token: body.mfa_token, method: 'totp', code: codeNow(service, user.secret) }
    expect((await browser.send('POST', '/auth/mfa/verify', { body: proof })).status).toBe(200)
    expect(await linked()).toMatchObject([{ subject: `subject ${name}`, sealed: expect.any(String) }])
    service.elapsed -= 60
  })

  it('is undone where an address is taken back by its owner, for what was linked since', async () => {
    const dora = await member()
    server.user = { id: `of ${dora.id}` }
    await dora.open(await follow(await begin(dora)))
    await dora.send('POST', '/auth/email/change', { body: { new_email: `new.${dora.email}` } })
    const proof = await inbox.next(`new.${dora.email}`)
    await dora.send('POST', '/auth/email/change/confirm', { body: { token: proof.token } })
    const linked = () =>
      database.sql.selectFrom('hallpass_identities').selectAll().where('user_id', '=', dora.id).execute()
    expect(await linked()).toHaveLength(1)
    const mails = [await inbox.next(dora.email), await inbox.next(dora.email), await inbox.next(dora.email)]
    const { token } = mails.find(({ subject }) => subject === 'Your e-mail address was changed') ?? {}
    expect((await dora.send('POST', '/auth/email/change/undo', { body: { token } })).status).toBe(204)
    expect(await linked()).toEqual([])
  })

  it('goes when the owner of a typed address resets the password', async () => {
    server.user = { id: 'squatter', email: 'owner@mail.example' }
    const squatter = openBrowser(service)
    await squatter.signIn('plain', server)
    const { id } = await squatter.me()
    expect((await inbox.next('owner@mail.example')).subject).toBe('Verify your e-mail address')
    await service.call('POST', '/auth/password/forgot', { body: { email: 'owner@mail.example' } })
    const { token } = await inbox.next('owner@mail.example')
    await service.call('POST', '/auth/password/reset', { body: { token, new_password: 'a password of the owner' } })
    const again = openBrowser(service)
    await again.signIn('plain', server)
    expect((await again.me()).id).not.toBe(id)
  })

  it('of one new account at once, many times, makes one', async () => {
    server.user = { id: 'at once', email: 'at.once@mail.example', email_verified: true }
    const browsers = await Promise.all(
      [service, node, service, node, service].map(async (one) => {
        const browser = openBrowser(one)
        return { browser, back: await browser.goTo('plain', server) }
      }),
    )
    await Promise.all(browsers.map(({ browser, back }) => browser.open(back)))
    const ids = await Promise.all(browsers.map(async ({ browser }) => (await browser.me()).id))
    expect([typeof ids[0], new Set(ids).size]).toEqual(['string', 1])
  })
})
