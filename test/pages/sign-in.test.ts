import { Secret, TOTP } from 'otpauth'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pages } from '../../src/pages/index.ts'
import { password, type Service, start, startService } from '../auth/service.ts'
import { site, Visitor } from './visitor.ts'

const app = 'https://app.example'
const options = { url: site, pages: '/', corsOrigins: [app] }

let service: Service
beforeAll(async () => {
  service = await startService('sqlite::memory:', options)
  await service.newcomer('alice')
})
afterAll(() => service.auth.close())

const wrong = { username: 'alice', password: 'not the password' }
const right = { username: 'alice', password, remember: 'yes' }

describe('signing in', () => {
  it.each([
    ['/', '/sign-in'],
    ['/?next=/account/sessions', '/sign-in?next=%2Faccount%2Fsessions'],
    ['/sign-in/code', '/sign-in'],
    ['/sign-out', '/account'],
  ])('leads from %s to %s', async (path, location) => {
    expect(await new Visitor(service.auth).open(path)).toMatchObject({ status: 303, location })
  })

  it('takes the right password, and keeps the session in cookies', async () => {
    const visitor = new Visitor(service.auth)
    expect(await visitor.send('/sign-in', right)).toMatchObject({ status: 303, location: '/account' })
    expect([...visitor.cookies.keys()].sort()).toEqual([
      '__Host-access_token',
      '__Host-csrf_access_token',
      '__Host-csrf_refresh_token',
      '__Host-device_token',
      '__Host-refresh_token',
    ])
    expect(await visitor.open('/sign-in')).toMatchObject({ status: 303, location: '/account' })
    expect(await visitor.open('/')).toMatchObject({ status: 303, location: '/account' })
  })

  it('says that a password is wrong, keeps the name and forgets the password', async () => {
    const shown = await new Visitor(service.auth).send('/sign-in', wrong)
    expect(shown.status).toBe(200)
    expect(shown.text).toContain('The name or the password is wrong.')
    expect(shown.text).toContain('value="alice"')
    expect(shown.text).not.toContain('not the password')
  })

  it('ends the session when signing out', async () => {
    const visitor = new Visitor(service.auth)
    await visitor.send('/sign-in', right)
    const token = visitor.cookies.get('__Host-access_token')
    expect(await visitor.send('/sign-out', {})).toMatchObject({ status: 303, location: '/sign-in?done=signed-out' })
    expect(await visitor.open('/')).toMatchObject({ location: '/sign-in' })
    expect(await service.call('GET', '/auth/me', { token })).toMatchObject({ status: 401 })
  })

  it('goes on after the access token has expired, and after its cookie has gone', async () => {
    const visitor = new Visitor(service.auth)
    await visitor.send('/sign-in', right)
    const before = visitor.cookies.get('__Host-access_token')
    service.elapsed += 3600
    expect(await visitor.open('/')).toMatchObject({ location: '/account' })
    expect(visitor.cookies.get('__Host-access_token')).not.toBe(before)
    visitor.setCookie('__Host-access_token', undefined)
    expect(await visitor.open('/')).toMatchObject({ location: '/account' })
  })

  it.each([
    [`${app}/orders?id=1`, `${app}/orders?id=1`],
    [`${site}/docs`, `${site}/docs`],
    ['https://evil.example/', '/account'],
    ['//evil.example', '/account'],
    ['javascript:alert(1)', '/account'],
  ])('returns to %s at %s', async (returnTo, location) => {
    const path = `/sign-in?return_to=${encodeURIComponent(returnTo)}`
    expect(await new Visitor(service.auth).send(path, right)).toMatchObject({ status: 303, location })
  })

  it('speaks the language of the browser', async () => {
    const visitor = new Visitor(service.auth)
    const german = await visitor.open('/sign-in', { 'accept-language': 'de-AT,de;q=0.9,en;q=0.8' })
    expect(german.text).toContain('<html lang="de">')
    expect(german.title).toBe('Bei hallpass anmelden')
    expect((await visitor.open('/sign-in', { 'accept-language': 'tlh' })).title).toBe('Sign in to hallpass')
  })
})

describe('registration', () => {
  it('makes an account and signs in', async () => {
    const visitor = new Visitor(service.auth)
    const shown = await visitor.send('/register', { username: 'bob', email: '', password })
    expect(shown).toMatchObject({ status: 303, location: '/account' })
    expect(await visitor.open('/')).toMatchObject({ location: '/account' })
  })

  it.each([
    ['', 'registered'],
    ['  ', 'registered'],
    ['erin@mail.example', 'registered-mail'],
  ])('that cannot sign in at once announces a mail only where one is sent: to %j', async (email, done) => {
    const { auth } = await startService('sqlite::memory:', {
      ...options,
      sendMail: async () => {},
      limits: { attemptsPerAddress: 1 },
    })
    await new Visitor(auth).send('/sign-in', wrong)
    const shown = await new Visitor(auth).send('/register', { username: 'erin', email, password })
    expect(shown.location).toBe(`/sign-in?done=${done}`)
    await auth.close()
  })

  it.each([
    ['a name that is taken', { username: 'alice', password }, 200, 'This username is taken.'],
    ['a short password', { username: 'carol', password: 'short' }, 200, 'Choose a longer password'],
    ['an empty name', { username: '', password }, 200, 'Use 1 to 64 visible characters'],
    ['an odd address', { username: 'carol', password, email: 'a b' }, 200, 'This is not an e-mail address.'],
  ])('says what is wrong with %s', async (_what, fields, status, text) => {
    const shown = await new Visitor(service.auth).send('/register', { email: '', ...fields })
    expect(shown.status).toBe(status)
    expect(shown.text).toContain(text)
    expect(shown.text).toContain('aria-invalid="true"')
  })
})

describe('the second factor', () => {
  const seed = async () => {
    const { access_token: token } = await service.newcomer('dora')
    const begun = await service.call('POST', '/auth/mfa/totp', { token, body: {} })
    const { id, secret } = begun.body as { id: string; secret: string }
    const totp = new TOTP({ secret: Secret.fromBase32(secret) })
    const codeNow = () => totp.generate({ timestamp: (start + service.elapsed) * 1000 })
    const confirmed = await service.call('POST', `/auth/mfa/totp/${id}/confirm`, { token, body: { code: codeNow() } })
    return { codeNow, recoveryCodes: confirmed.body.recovery_codes as string[] }
  }

  it('is asked for after the password, and taken once', async () => {
    const { codeNow, recoveryCodes } = await seed()
    const visitor = new Visitor(service.auth)
    const path = `/sign-in?return_to=${encodeURIComponent(`${app}/`)}`
    const step = await visitor.send(path, { username: 'dora', password })
    expect(step.location).toBe(`/sign-in/code?return_to=${encodeURIComponent(`${app}/`)}`)
    expect((await visitor.open('/sign-in/code')).title).toBe('One more step')
    expect(await visitor.send('/sign-in/code', { code: '000000' })).toMatchObject({ status: 200 })
    service.elapsed += 30
    expect(await visitor.send(step.location as string, { code: codeNow() })).toMatchObject({
      status: 303,
      location: `${app}/`,
    })
    expect(visitor.cookies.has('__Host-login_step')).toBe(false)

    const other = new Visitor(service.auth)
    await other.send('/sign-in', { username: 'dora', password })
    const recovered = await other.send('/sign-in/code?method=recovery', { code: recoveryCodes[0] as string })
    expect(recovered).toMatchObject({ status: 303, location: '/account' })
  })

  it('is of no use in another browser', async () => {
    const victim = new Visitor(service.auth)
    await victim.send('/sign-in', { username: 'dora', password })
    const thief = new Visitor(service.auth)
    thief.setCookie('__Host-login_step', victim.cookies.get('__Host-login_step'))
    const shown = await thief.send('/sign-in/code', { code: '000000' })
    expect(shown.text).toContain('This sign-in has expired')
  })
})

describe.each(pages.map(({ path, submit }) => [path, submit !== undefined] as const))('%s', (path, hasForm) => {
  const foreign: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
    ['a neighbouring host', { 'sec-fetch-site': 'same-site', origin: 'https://app.id.example' }],
    ['a listed origin', { 'sec-fetch-site': 'cross-site', origin: app }],
    ['a sandboxed frame of an older browser', { origin: 'null' }],
    ['an older browser, of another site', { origin: 'https://evil.example' }],
    ['what names no origin', {}],
  ]

  it.runIf(hasForm).each(foreign)('rejects a form of %s', async (_who, headers) => {
    const visitor = new Visitor(service.auth)
    await visitor.send('/sign-in', right)
    const before = [...visitor.cookies.values()]
    const shown = await visitor.send(path, right, headers)
    expect(shown.status).toBe(403)
    expect(shown.text).toContain('This form was not sent from this site.')
    expect([...visitor.cookies.values()]).toEqual(before)
  })

  it('is never stored or framed, and runs nothing inline', async () => {
    const { headers, status } = await new Visitor(service.auth).open(path)
    expect([200, 303]).toContain(status)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-frame-options')).toBe('DENY')
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toContain('unsafe')
    expect(policy).toContain(`form-action 'self' ${site} ${app}`)
  })

  it('shows nothing that was typed in as markup', async () => {
    const markup = '"><svg onload=alert(1)>'
    const visitor = new Visitor(service.auth)
    const query = `return_to=${encodeURIComponent(markup)}&next=${encodeURIComponent(markup)}&done=${encodeURIComponent(markup)}`
    const shown = [
      await visitor.open(`${path}?${query}`),
      ...(hasForm
        ? [await visitor.send(path, { username: markup, email: markup, password: markup, code: markup })]
        : []),
    ]
    for (const { text } of shown) expect(text).not.toContain('<svg onload')
  })
})

describe('what is no page', () => {
  it('is a page for a person, and data for a program', async () => {
    const visitor = new Visitor(service.auth)
    const shown = await visitor.open('/nope')
    expect(shown).toMatchObject({ status: 404, title: 'Page not found' })
    expect(shown.headers.get('content-security-policy')).toContain("style-src 'self'; script-src 'self'")
    expect(shown.headers.get('cache-control')).toBe('no-store')
    expect((await visitor.open('/docs')).title).toBe('hallpass')
    const answer = await visitor.open('/nope', { accept: 'application/json' })
    expect(JSON.parse(answer.text)).toMatchObject({ code: 'not_found' })
  })

  it('serves the style sheet, the script and the icon for good, by their hash', async () => {
    const { text } = await new Visitor(service.auth).open('/sign-in')
    const files = [...text.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, path]) => path as string)
    expect(files).toHaveLength(3)
    for (const file of files) {
      const { status, headers } = await new Visitor(service.auth).open(file)
      expect(status).toBe(200)
      expect(headers.get('cache-control')).toContain('immutable')
    }
  })
})
