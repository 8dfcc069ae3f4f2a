import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSqliteFile } from '../../databases.ts'
import { password, refusal, startService } from '../service.ts'
import { type MailedNodes, startMailedNodes, url } from './mailed-service.ts'

describe('what is mailed', () => {
  let world: MailedNodes
  let off: MailedNodes
  beforeAll(async () => {
    world = await startMailedNodes(await openSqliteFile(), { corsOrigins: ['https://app.example'] })
    off = await startMailedNodes(await openSqliteFile(), { emailSignIn: false }, { hasMail: false })
  })
  afterAll(async () => {
    await world.close()
    await off.close()
  })
  const ask = (path: string, body: object, headers: Record<string, string> = {}) =>
    world.nodes[0].call('POST', `/auth${path}`, { body, headers })

  const senders: [path: string, body: (email: string) => object][] = [
    ['/register', (email) => ({ username: email, email, password })],
    ['/email/verification', (email) => ({ email })],
    ['/password/forgot', (email) => ({ email })],
    ['/login/email', (email) => ({ email })],
  ]

  describe.each(senders)('by POST /auth%s', (path, bodyOf) => {
    const pages: [page: string, headers: Record<string, string>, isRefused: boolean][] = [
      ['a page of another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, true],
      ['an old browser on another site', { origin: 'https://evil.example' }, true],
      ['a page without an origin', { origin: 'null' }, true],
      ['a page of a listed site', { 'sec-fetch-site': 'cross-site', origin: 'https://app.example' }, false],
      ['our own page', { 'sec-fetch-site': 'same-origin' }, false],
      ['a program', {}, false],
    ]
    it.each(pages)('is asked for by %s, or not', async (_, headers, isRefused) => {
      const before = await world.countMails()
      const { email } = await (path === '/register' ? world.named() : world.member({ verified: false }))
      const already = await world.countMails()
      const reply = await ask(path, bodyOf(email), headers)
      if (isRefused) expect([refusal(reply), await world.countMails()]).toEqual(['403 cross_site_refused', already])
      else expect([reply.status < 300, await world.countMails()]).toEqual([true, already + 1])
      expect(already).toBeGreaterThanOrEqual(before)
    })

    const forgeries: [what: string, headers: Record<string, string>, target?: string][] = [
      ['Host', { host: 'evil.example' }],
      ['Host with a port', { host: 'id.example:evil.example' }],
      ['X-Forwarded-Host', { 'x-forwarded-host': 'evil.example' }],
      ['X-Forwarded-Proto', { 'x-forwarded-proto': 'javascript', 'x-forwarded-port': '666' }],
      ['X-Forwarded-Prefix', { 'x-forwarded-prefix': '//evil.example' }],
      ['Forwarded', { forwarded: 'for=1.2.3.4;host=evil.example;proto=https' }],
      ['X-Original-URL and X-Rewrite-URL', { 'x-original-url': '//evil.example/', 'x-rewrite-url': '//evil.example/' }],
      ['an absolute target', {}, 'https://evil.example'],
      ['a target with two slashes', { host: 'evil.example' }, 'http://evil.example:80'],
    ]
    it.each(forgeries)('has the same link, whatever %s says', async (_, headers, target = 'http://localhost') => {
      const { email } = await (path === '/register' ? world.named() : world.member({ verified: false }))
      const response = await world.nodes[0].auth.handler(
        new Request(`${target}/auth${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: JSON.stringify(bodyOf(email)),
        }),
        { address: '127.0.0.1' },
      )
      expect(response.ok).toBe(true)
      const { link, text, html } = await world.inbox.next(email)
      expect(link).toMatch(new RegExp(`^${url}/auth/pages/[a-z/-]+#token=hp_ot_[\\w-]{50}$`))
      expect(text + html).not.toMatch(/evil\.example|javascript:|:666/)
    })
  })

  it('goes to one mailbox, however the address is written', async () => {
    const odd = [
      'a@mail.example, b@evil.example',
      'a@mail.example\r\nBcc: b@evil.example',
      '"a@mail.example" <b@evil.example>',
      'a@mail.example;b@evil.example',
      '<a@mail.example>',
      '@evil.example:a@mail.example',
      `${'a'.repeat(320)}@mail.example`,
      'a@mail.example ',
      'a b@mail.example',
      'a@mail.example\0',
    ]
    const before = await world.countMails()
    for (const email of odd) {
      for (const [path, bodyOf] of senders) {
        expect([email, refusal(await ask(path, { ...bodyOf(email), username: 'odd' }))]).toEqual([
          email,
          '422 invalid_request',
        ])
      }
    }
    expect(await world.countMails()).toBe(before)
  })

  const uses: [ask: string, use: string][] = [
    ['/email/verification', '/email/verify'],
    ['/password/forgot', '/password/reset'],
    ['/login/email', '/login/email/verify'],
  ]
  it.each(uses)('by POST /auth%s is as good as before after a scanner fetched it', async (path, use) => {
    const { email } = await world.member({ verified: false })
    await world.post(path, { email })
    const { link, token } = await world.inbox.next(email)
    const { pathname } = new URL(link)
    for (const target of [pathname, `${pathname}?token=${token}`, `/auth${use}?token=${token}`]) {
      for (const method of ['GET', 'HEAD', 'OPTIONS']) {
        for (let i = 0; i < 20; i++) await world.nodes[0].call(method, target)
      }
    }
    expect((await world.post(use, { token, new_password: 'quite another password' })).status).toBeLessThan(300)
  })

  it('is missed at start, where something needs it', async () => {
    const faults: string[] = []
    const onFault = (fault: unknown) => faults.push(String(fault))
    for (const options of [{}, { emailSignIn: true }, { requireVerifiedEmail: true }]) {
      const service = await startService('sqlite::memory:', { ...options, onFault })
      faults.push('|')
      await service.auth.close()
    }
    expect(faults.join('')).toMatch(/^\|[^|]*emailSignIn[^|]*\|[^|]*requireVerifiedEmail[^|]*\|$/)
  })

  it('is refused where this server sends no mail, or logs in by none', async () => {
    const outcomes: string[] = []
    for (const [path, bodyOf] of senders.slice(1))
      outcomes.push(refusal(await off.post(path, bodyOf('a@mail.example'))))
    expect(outcomes).toEqual(Array(3).fill('403 mail_disabled'))
    expect(refusal(await off.post('/login/email/verify', { token: 'x' }))).toBe('403 email_sign_in_disabled')
    expect((await off.post('/register', { username: 'anna', email: 'a@mail.example', password })).status).toBe(201)
    await off.setUser('anna', { email_verified_at: 1 })
    expect(refusal(await off.post('/register', { username: 'bob', email: 'a@mail.example', password }))).toBe(
      '409 email_taken',
    )
  })
})
