import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { languages } from '../../src/pages/messages/index.ts'
import { openMailbox } from '../auth/email/mailbox.ts'
import { manyMails } from '../auth/email/mailed-service.ts'
import { clientId, clientSecret, openProvider, passProvider } from '../auth/identities/openid-provider.ts'
import { codeNow } from '../auth/mfa/authenticator.ts'
import { password, type Service, startService } from '../auth/service.ts'
import { fieldsOf, newMember } from './member.ts'
import { type PlainProvider, startPlainProvider } from './plain-provider.ts'
import { type Shown, site, Visitor } from './visitor.ts'

const { problems, account: words } = languages.en
const inbox = openMailbox()
let service: Service
let provider: PlainProvider
beforeAll(async () => {
  provider = await startPlainProvider()
  service = await startService('sqlite::memory:', {
    url: site,
    pages: '/',
    corsOrigins: ['https://app.example'],
    sendMail: inbox.send,
    limits: { attemptsPerAccount: 1000, attemptsPerAddress: 100_000, ...manyMails },
    providers: { example: provider.options, github: { clientId: 'a', clientSecret: 'b' } },
  })
})
afterAll(async () => {
  await service.auth.close()
  provider.close()
})

/** The way there and back: what the provider sends the browser back with. */
async function comeBack(visitor: Visitor, there: string | undefined, answer: object = { code: 'x' }): Promise<Shown> {
  const { searchParams, origin } = new URL(there ?? '')
  expect(origin).toBe(provider.url)
  const back = new URL(searchParams.get('redirect_uri') ?? '')
  back.search = `${new URLSearchParams({ ...answer, state: searchParams.get('state') ?? '' })}`
  return visitor.open(back.pathname + back.search)
}

/** Follows redirects of the pages. */
async function follow(visitor: Visitor, shown: Shown): Promise<{ readonly at: string; readonly text: string }> {
  let at = ''
  let last = shown
  while (last.location !== undefined) {
    at = last.location.replace(site, '')
    last = await visitor.open(at)
  }
  return { at, text: last.text }
}

async function signInWith(visitor: Visitor, query = '', answer?: object) {
  const { location } = await visitor.open(`/sign-in/with?provider=example${query}`)
  return follow(visitor, await comeBack(visitor, location, answer))
}

describe('another provider', () => {
  it('is not affected by HEAD: neither the outcome nor a session changes', async () => {
    const visitor = new Visitor(service.auth)
    const { location } = await visitor.open('/sign-in/with?provider=example')
    const { location: outcome = '' } = await comeBack(visitor, location, { error: 'access_denied' })
    const path = outcome.replace(site, '')
    expect(path).toMatch(/^\/sign-in\/provider/)
    const cookie = [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    for (const page of [path, '/', '/account', '/sign-in/with?provider=example']) {
      const { status, headers } = await service.auth.handler(
        new Request(site + page, { method: 'HEAD', headers: { cookie } }),
        { address: '127.0.0.1' },
      )
      expect([page, status, headers.getSetCookie()]).toEqual([page, 303, []])
    }
    expect((await follow(visitor, await visitor.open(path))).text).toContain(problems.provider_refused)
  })

  it('has a button, with its mark', async () => {
    const { text } = await new Visitor(service.auth).open('/sign-in?next=/account/sessions')
    expect(text).toContain('href="/sign-in/with?next=%2Faccount%2Fsessions&amp;provider=github"')
    expect(text.match(/<a class="button wide"[^>]*><svg[^>]*>/g)).toHaveLength(2)
    expect(text).toContain('Continue with GitHub')
    expect(text).toContain('Continue with Example &lt;&amp;&gt;')
  })

  it('makes an account, and leads to the page that was asked for', async () => {
    provider.account = { id: 1, email: 'new@mail.example', email_verified: true }
    const visitor = new Visitor(service.auth)
    expect((await signInWith(visitor, '&next=/account/sessions')).at).toBe('/account/sessions')
    const { text } = await visitor.open('/account/linked')
    expect(text).toContain('new@mail.example')
    const overview = (await visitor.open('/account')).text
    expect(overview).toContain('Example &lt;&amp;&gt;')
    // There is no password to confirm with.
    service.elapsed += 600
    const confirm = await visitor.open('/account/confirm?next=/account/password')
    expect(confirm.text).toContain(words.confirm.signInAgain)
    const out = await visitor.send('/sign-out', { next: '/account/password' })
    expect(out.location).toBe('/sign-in?next=%2Faccount%2Fpassword')
    expect((await signInWith(visitor, '&next=/account/password')).text).toContain(words.password.titleFirst)
  })

  it.each([
    ['denies', { error: 'access_denied' }, problems.provider_refused],
    ['answers something else', {}, problems.provider_refused],
  ])('that %s leads to the sign-in page, which says so', async (_what, answer, sentence) => {
    const shown = await signInWith(new Visitor(service.auth), '', answer)
    expect(shown.at).toMatch(/^\/sign-in\?.*problem=provider_refused$/)
    expect(shown.text).toContain(sentence)
    expect(shown.text).toContain('name="password"')
  })

  it('keeps, on the way there and back, that the person does not stay signed in', async () => {
    const visitor = new Visitor(service.auth)
    const { text } = await visitor.open('/sign-in?remember=false')
    expect(text).toContain('name="remember" value="yes">')
    expect(text).toContain('href="/sign-in/with?remember=false&amp;provider=example"')
    const refused = await signInWith(visitor, '&remember=false', { error: 'access_denied' })
    expect(refused.at).toMatch(/^\/sign-in\?.*&remember=false&problem=provider_refused$/)
    expect(refused.text).toContain('name="remember" value="yes">')
    provider.account = { id: 7 }
    const { location } = await visitor.open('/sign-in/with?provider=example&remember=false')
    const { headers } = await comeBack(visitor, location)
    const [token = ''] = headers.getSetCookie().filter((line) => line.startsWith('__Host-refresh_token='))
    expect(token).toContain('HttpOnly')
    expect(token).not.toMatch(/max-age|expires/i)
  })

  it.each(['', 'unknown', '..', '../me', '%2e%2e', 'example/callback'])('is not %j', async (name) => {
    const visitor = new Visitor(service.auth)
    const { at, text } = await follow(visitor, await visitor.open(`/sign-in/with?provider=${name}`))
    expect(at).toBe('/sign-in?problem=provider_not_found')
    expect(text).toContain(problems.provider_not_found)
  })

  it('with the address of an account is linked after signing in to it', async () => {
    const { username } = await newMember(service, { email: 'alice@mail.example' })
    const { token } = await inbox.next('alice@mail.example')
    await service.call('POST', '/auth/email/verify', { body: { token } })
    provider.account = { id: 2, email: 'alice@mail.example', email_verified: true }
    const visitor = new Visitor(service.auth)
    const shown = await signInWith(visitor)
    expect(shown.text).toContain(problems.account_exists)
    expect((await visitor.send('/sign-in', { username, password })).location).toBe('/account')
    expect((await visitor.open('/account/linked')).text).toContain('alice@mail.example')
  })

  it('still asks for the second factor', async () => {
    const { visitor, secret } = await newMember(service, { factor: true })
    provider.account = { id: 3 }
    await link(visitor)
    await visitor.send('/sign-out', {})
    const { at } = await signInWith(visitor, '&next=/account/sessions')
    expect(at).toMatch(/^\/sign-in\/code/)
    service.elapsed += 60
    const { location } = await visitor.send(at, { code: codeNow(service, secret) })
    expect(location?.replace(site, '')).toBe('/account/sessions')
  })
})

describe('authenticating again with a provider', () => {
  it.each([
    ['/', ''],
    ['/id', '/id'],
    ['/id/', '/id'],
    ['/a/b', '/a/b'],
  ])('is offered to an account that has nothing else, and leads there: pages at %s', async (pages, base) => {
    const openid = await openProvider([`${site}/auth/oauth/work/callback`])
    const known = { preset: 'openid', title: 'Work', clientId, clientSecret, issuer: openid.issuer } as const
    const own = await startService('sqlite::memory:', { url: site, pages, providers: { work: known } })
    openid.account = { sub: 'anna' }
    const visitor = new Visitor(own.auth)
    const { location = '' } = await visitor.open(`${base}/sign-in/with?provider=work`)
    const back = new URL(await passProvider(location, openid))
    const { at } = await follow(visitor, await visitor.open(back.pathname + back.search))
    expect(at).toBe(`${base}/account`)
    own.elapsed += 600
    const { text } = await visitor.open(`${base}/account/confirm?next=/account/password`)
    expect(text).toContain('Continue with Work')
    expect(text).toContain(words.confirm.signInAgain)
    const path = `${base}/account/confirm/provider`
    const fields = { ...fieldsOf(text, `${path}?next=%2Faccount%2Fpassword`) }
    const leaving = await visitor.send(`${path}?next=/account/password`, fields)
    const [, to = ''] = /http-equiv="refresh" content="0; url=([^"]*)"/.exec(leaving.text) ?? []
    const { origin, searchParams } = new URL(to.replaceAll('&amp;', '&'))
    expect([origin, searchParams.get('prompt'), searchParams.get('max_age')]).toEqual([openid.issuer, 'login', '0'])
    const refused = await visitor.send(path, { ...fields, provider: 'another' })
    expect(refused.text).toContain(problems.provider_not_found)
    // Another person was at the provider: the page that was asked for is still known.
    openid.account = { sub: 'berta' }
    const answer = new URL(await passProvider(to.replaceAll('&amp;', '&'), openid))
    const shown = await follow(visitor, await visitor.open(answer.pathname + answer.search))
    expect(shown.at).toBe(`${base}/account/confirm?next=%2Faccount%2Fpassword&problem=provider_refused`)
    expect(shown.text).toContain(problems.provider_refused)
    await own.auth.close()
    await openid.close()
  })

  it('says where accounts are linked why it failed for a page of another origin', async () => {
    const { visitor } = await newMember(service)
    const asked = new URLSearchParams({ return_to: 'https://app.example/account/password' })
    const { location } = await visitor.open(`/auth/oauth/example?${asked}`)
    const shown = await follow(visitor, await comeBack(visitor, location, { error: 'access_denied' }))
    expect(shown.at).toBe('/account/linked?problem=provider_refused')
  })
})

async function link(visitor: Visitor) {
  const { text } = await visitor.send('/account/linked/link', { provider: 'example' })
  const [, to = ''] = /http-equiv="refresh" content="0; url=([^"]*)"/.exec(text) ?? []
  return follow(visitor, await comeBack(visitor, to.replaceAll('&amp;', '&')))
}

describe('an account there', () => {
  it('is linked and unlinked', async () => {
    const { visitor } = await newMember(service)
    provider.account = { id: 4, email: 'other@mail.example' }
    expect((await link(visitor)).at).toBe('/account/linked?done=linked')
    const { text } = await visitor.open('/account/linked')
    const fields = fieldsOf(text, '/account/linked/remove')
    expect((await visitor.send('/account/linked/remove', fields)).location).toBe('/account/linked?done=removed')
    expect((await visitor.open('/account/linked')).text).not.toContain('other@mail.example')
  })

  it('is not linked to two users', async () => {
    provider.account = { id: 5 }
    await link((await newMember(service)).visitor)
    const shown = await link((await newMember(service)).visitor)
    expect(shown.at).toBe('/account/linked?problem=identity_taken')
    expect(shown.text).toContain(problems.identity_taken)
  })

  it('that is the only way in stays', async () => {
    provider.account = { id: 6 }
    const visitor = new Visitor(service.auth)
    await signInWith(visitor)
    const fields = fieldsOf((await visitor.open('/account/linked')).text, '/account/linked/remove')
    expect((await visitor.send('/account/linked/remove', fields)).text).toContain(problems.last_way_in)
  })

  it('is linked after confirming who it is', async () => {
    const { visitor } = await newMember(service)
    service.elapsed += 600
    const shown = await visitor.send('/account/linked/link', { provider: 'example' })
    expect(shown.location).toBe('/account/confirm?next=%2Faccount%2Flinked')
  })
})
