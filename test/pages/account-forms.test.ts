import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accountPages } from '../../src/pages/account/index.ts'
import { type Mailbox, openMailbox } from '../auth/email/mailbox.ts'
import { manyMails } from '../auth/email/mailed-service.ts'
import { codeNow } from '../auth/mfa/authenticator.ts'
import { password, type Service, startService } from '../auth/service.ts'
import { fieldsOf, newMember, signIn } from './member.ts'
import { site, type Visitor } from './visitor.ts'

let inbox: Mailbox
let service: Service
beforeAll(async () => {
  inbox = openMailbox()
  const limits = { attemptsPerAccount: 1000, attemptsPerAddress: 100_000, ...manyMails }
  service = await startService('sqlite::memory:', { url: site, pages: '/', limits, sendMail: inbox.send })
})
afterAll(() => service.auth.close())

const later = 600

describe('the username', () => {
  beforeAll(() => service.newcomer('taken'))

  it('is changed', async () => {
    const { visitor, username } = await newMember(service)
    const name = `${username}-new`
    expect(await visitor.send('/account/username', { username: name })).toMatchObject({
      status: 303,
      location: '/account?done=username',
    })
    const { text } = await visitor.open('/account?done=username')
    expect(text).toContain('Your username has been changed.')
    expect(text).toContain(name)
  })

  it.each([
    ['one that is taken', 'taken', 200, 'This username is taken.'],
    ['an empty one', '', 200, 'Use 1 to 64 visible characters'],
    ['one with a line break', 'a\nb', 200, 'Use 1 to 64 visible characters'],
  ])('stays, with %s', async (_what, username, status, text) => {
    const { visitor } = await newMember(service)
    const shown = await visitor.send('/account/username', { username })
    expect(shown.status).toBe(status)
    expect(shown.text).toContain(text)
    expect(shown.text).toContain('id="username-fault"')
  })
})

describe('the password', () => {
  const next = 'another password of some length'

  it.each([
    ['a moment after signing in', 0],
    ['a while after', later],
    ['after the access token has expired', 3600],
  ])('is changed %s, and the other sessions end', async (_when, seconds) => {
    const member = await newMember(service)
    const other = await signIn(service, member)
    service.elapsed += seconds
    const shown = await member.visitor.send('/account/password', { current: password, new_password: next })
    expect(shown).toMatchObject({ status: 303, location: '/account?done=password' })
    expect(await member.visitor.open('/account')).toMatchObject({ status: 200 })
    expect((await other.open('/account')).location).toContain('signed-out-elsewhere')
    const { username } = member
    expect(await service.call('POST', '/auth/login', { body: { username, password: next } })).toMatchObject({
      status: 200,
    })
  })

  it.each([
    ['a wrong current one', { current: 'not the password', new_password: next }, 'current', 'The password is wrong.'],
    ['a short one', { current: password, new_password: 'short' }, 'new_password', 'Choose a longer password'],
    ['the same', { current: password, new_password: password }, 'new_password', 'This is already your password'],
    ['nothing', { current: '', new_password: '' }, 'current', 'The password is wrong.'],
  ])('stays, with %s', async (_what, fields, field, text) => {
    for (const seconds of [0, later]) {
      const { visitor, username } = await newMember(service)
      service.elapsed += seconds
      const shown = await visitor.send('/account/password', fields)
      expect(shown.status).toBe(200)
      expect(shown.text).toContain(`id="${field}-fault"`)
      expect(shown.text).toContain(text)
      expect(shown.text).not.toContain('value="not the password')
      expect(shown.text).not.toContain(`value="${password}`)
      const login = await service.call('POST', '/auth/login', { body: { username, password } })
      expect(login.status).toBe(200)
    }
  })
})

describe('the address', () => {
  const addressOf = async (visitor: Visitor) => (await visitor.open('/account')).text

  it('is verified by the code of the mail, which is sent again on request', async () => {
    const email = 'verify@mail.example'
    const { visitor } = await newMember(service, { email })
    expect(await addressOf(visitor)).toContain('Not verified')
    await inbox.next(email)
    expect(await visitor.send('/account/email/send', {})).toMatchObject({
      status: 303,
      location: '/account/email/verify?done=sent',
    })
    const { code } = await inbox.next(email)
    const wrong = await visitor.send('/account/email/verify', { code: code === '123456' ? '654321' : '123456' })
    expect(wrong.status).toBe(200)
    expect(wrong.text).toContain('id="code-fault"')
    expect(await visitor.send('/account/email/verify', { code: ` ${code}` })).toMatchObject({
      status: 303,
      location: '/account?done=email-verified',
    })
    expect(await addressOf(visitor)).not.toContain('Not verified')
    // There is nothing to send any more.
    expect(await visitor.send('/account/email/send', {})).toMatchObject({ location: '/account' })
  })

  it('is changed by the code of the mail to the new one', async () => {
    const { visitor } = await newMember(service)
    const email = 'changed@mail.example'
    expect(await visitor.send('/account/email', { new_email: email })).toMatchObject({
      status: 303,
      location: '/account/email/confirm',
    })
    const { code } = await inbox.next(email)
    const wrong = await visitor.send('/account/email/confirm', { code: code === '123456' ? '654321' : '123456' })
    expect(wrong.status).toBe(200)
    expect(wrong.text).toContain('id="code-fault"')
    // The session may have grown old meanwhile.
    service.elapsed += later
    expect(await visitor.send('/account/email/confirm', { code })).toMatchObject({
      status: 303,
      location: '/account?done=email-changed',
    })
    const shown = await addressOf(visitor)
    expect(shown).toContain(email)
    expect(shown).toContain('Verified')
  })

  it('stays with one that is none', async () => {
    const { visitor } = await newMember(service)
    const shown = await visitor.send('/account/email', { new_email: 'a b' })
    expect(shown.status).toBe(200)
    expect(shown.text).toContain('id="new_email-fault"')
    expect(shown.text).toContain('value="a b"')
  })
})

describe('deletion', () => {
  it.each(['', 'member', ' ', 'OTHER '])('is refused for the name "%s"', async (typed) => {
    const { username: other } = await newMember(service)
    const { visitor } = await newMember(service)
    const shown = await visitor.send('/account/delete', { confirm_username: typed.replace('OTHER', other) })
    expect(shown.status).toBe(200)
    expect(shown.text).toContain('This is not your username.')
    expect(await visitor.open('/account')).toMatchObject({ status: 200 })
  })

  it('deletes the account', async () => {
    const { visitor, username } = await newMember(service)
    const shown = await visitor.send('/account/delete', { confirm_username: ` ${username.toUpperCase()} ` })
    expect(shown).toMatchObject({ status: 303, location: '/sign-in?done=deleted' })
    expect([...visitor.cookies.keys()].filter((name) => /access_token|refresh_token/.test(name))).toEqual([])
    expect(await visitor.open('/account')).toMatchObject({ location: '/sign-in?next=%2Faccount' })
    const login = await service.call('POST', '/auth/login', { body: { username, password } })
    expect(login.body.code).toBe('invalid_credentials')
  })
})

describe('pages of the account', () => {
  it('show nothing that was chosen by someone as markup', async () => {
    const markup = '"><svg onload=alert(1)>'
    const { visitor, username } = await newMember(service)
    const browser = { headers: { 'user-agent': markup } }
    await service.call('POST', '/auth/login', { body: { username, password }, ...browser })
    await visitor.send('/account/username', { username: markup + username })
    const shown = [await visitor.send('/account/authenticator/add', { name: markup })]
    const entry = fieldsOf(shown[0]?.text ?? '', '/account/authenticator/confirm')
    for (const name of Object.keys(entry)) {
      shown.push(await visitor.send('/account/authenticator/confirm', { ...entry, code: '1', [name]: markup }))
    }
    const secret = entry.secret ?? ''
    shown.push(await visitor.send('/account/authenticator/confirm', { ...entry, code: codeNow(service, secret) }))
    const typed = [
      'username',
      'current',
      'new_password',
      'new_email',
      'code',
      'id',
      'confirm_username',
      'name',
      'proof',
    ]
    const fields = Object.fromEntries(typed.map((name) => [name, markup]))
    for (const { path, submit } of accountPages) {
      const query = `?done=${encodeURIComponent(markup)}&next=${encodeURIComponent(markup)}&after=${encodeURIComponent(markup)}`
      shown.push(await visitor.open(path), await visitor.open(path + query))
      if (submit !== undefined) shown.push(await visitor.send(path + query, fields))
    }
    const texts = shown.map(({ text }) => text)
    expect(texts.some((text) => text.includes('&lt;svg onload'))).toBe(true)
    expect(texts.filter((text) => text.includes('<svg onload'))).toEqual([])
    expect(shown.filter(({ location = '/' }) => !location.startsWith('/'))).toEqual([])
  })

  it('change nothing when they are opened', async () => {
    const { visitor } = await newMember(service, { factor: true })
    const before = service.events.length
    for (const { path } of accountPages) for (const query of ['', '?id=1', '?done=x']) await visitor.open(path + query)
    expect(service.events.slice(before)).toEqual([])
  })

  it('change nothing for a form of another site', async () => {
    const member = await newMember(service, { factor: true })
    const before = service.events.length
    const fields = {
      username: 'taken-over',
      password,
      current: password,
      new_password: 'another password of some length',
      new_email: 'evil@mail.example',
      confirm_username: member.username,
      proof: codeNow(service, member.secret, 1),
    }
    for (const { path, submit } of accountPages) {
      if (submit === undefined) continue
      const { status } = await member.visitor.send(path, fields, { 'sec-fetch-site': 'cross-site' })
      expect(status).toBe(403)
    }
    expect(service.events.slice(before)).toEqual([])
  })

  it('are complete in German', async () => {
    const { visitor } = await newMember(service, { factor: true })
    const shown = await visitor.open('/account', { 'accept-language': 'de' })
    expect(shown.title).toBe('Ihr Konto')
    expect((await visitor.open('/account/sessions', { 'accept-language': 'de' })).text).toContain('gerade eben')
  })
})
