import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accountPages } from '../../src/pages/account/index.ts'
import { openMailbox } from '../auth/email/mailbox.ts'
import { manyMails } from '../auth/email/mailed-service.ts'
import { codeNow, wrongCode } from '../auth/mfa/authenticator.ts'
import { password, type Service, startService } from '../auth/service.ts'
import { newMember, type PageMember, signIn } from './member.ts'
import { site, Visitor } from './visitor.ts'

let service: Service
let withoutMail: Service
beforeAll(async () => {
  const limits = { attemptsPerAccount: 1000, attemptsPerAddress: 100_000, ...manyMails }
  const options = { url: site, pages: '/', limits }
  service = await startService('sqlite::memory:', { ...options, sendMail: openMailbox().send })
  withoutMail = await startService('sqlite::memory:', options)
})
afterAll(async () => {
  await service.auth.close()
  await withoutMail.auth.close()
})

const confirmAt = (path: string) => `/account/confirm?next=${encodeURIComponent(path)}`
const later = 600

/** Pages that are only for users who have authenticated a moment ago. */
const guarded = [
  '/account/username',
  '/account/email',
  '/account/authenticator/add',
  '/account/passkeys/add',
  '/account/password/remove',
  '/account/delete',
]
const open = [
  '/account',
  '/account/sessions',
  '/account/authenticator',
  '/account/passkeys',
  '/account/linked',
  '/account/devices',
  '/account/confirm',
]
/** Addresses of forms alone, and where their form is. */
const formsOnly: Readonly<Record<string, string>> = {
  '/account/email/send': '/account/email/send',
  '/account/authenticator/confirm': '/account/authenticator',
  '/account/authenticator/remove': '/account/authenticator',
  '/account/passkeys/rename': '/account/passkeys',
  '/account/passkeys/remove': '/account/passkeys',
  '/account/confirm/provider': '/account',
  '/account/linked/link': '/account/linked',
  '/account/linked/remove': '/account/linked',
  '/account/devices/remove': '/account/devices',
  '/account/devices/remove-all': '/account/devices',
  '/account/sessions/end': '/account/sessions',
  '/account/sessions/end-others': '/account/sessions',
}

/** What scripts import. */
const modules = { '/account/confirm.js': '/account', '/account/passkeys/add.js': '/account/passkeys/add' }
const shown = accountPages.filter(({ path }) => !Object.hasOwn(modules, path))

describe('a visitor who is not signed in', () => {
  it.each(Object.entries(modules))('learns from %s where to sign in', async (path, next) => {
    const { visitor } = await newMember(service)
    await visitor.send('/sign-out', {})
    const { headers, text } = await visitor.open(path)
    expect(headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(text).toBe(`export default ${JSON.stringify({ go: `/sign-in?next=${encodeURIComponent(next)}` })}`)
  })

  it.each(shown.map(({ path, submit }) => [path, submit !== undefined] as const))(
    'is sent from %s to sign in, and back',
    async (path, hasForm) => {
      const { visitor } = await newMember(service)
      await visitor.send('/sign-out', {})
      const next = path === '/account/confirm' ? '/account' : (formsOnly[path] ?? path)
      const location = `/sign-in?next=${encodeURIComponent(next)}`
      if (formsOnly[path] === undefined) expect(await visitor.open(path)).toMatchObject({ status: 303, location })
      else expect(await visitor.open(path)).toMatchObject({ status: 303, location: '/account' })
      if (hasForm) expect(await visitor.send(path, {})).toMatchObject({ status: 303, location })
    },
  )

  it('goes from the page that confirms to the one behind it', async () => {
    const { visitor } = await newMember(service)
    await visitor.send('/sign-out', {})
    const { location } = await visitor.open(confirmAt('/account/email'))
    expect(location).toBe('/sign-in?next=%2Faccount%2Femail')
  })

  it.each(['/account', '/account/sessions', '/account/password'])(
    'reads at %s that the session was ended elsewhere',
    async (path) => {
      const member = await newMember(service)
      const other = await signIn(service, member)
      await other.send('/account/sessions/end-others', {})
      const location = `/sign-in?next=${encodeURIComponent(path)}&done=signed-out-elsewhere`
      expect(await member.visitor.open(path)).toMatchObject({ status: 303, location })
    },
  )
})

describe('a user who has just signed in', () => {
  it.each([...guarded, ...open, '/account/password', '/account/email/confirm'])('is shown %s', async (path) => {
    const { visitor, username } = await newMember(service)
    const { status, text } = await visitor.open(path)
    expect(status).toBe(200)
    expect(text).toContain(username)
    expect(text).toContain('href="/account"')
    expect(text.match(/<h1/g)).toHaveLength(1)
  })

  it('is not asked to confirm because of a former cookie, which the routes skip', async () => {
    const { visitor } = await newMember(service)
    const cookies = [['__Host-access_token', 'former'], ...visitor.cookies]
    const cookie = cookies.map(([name, value]) => `${name}=${value}`).join('; ')
    expect(await visitor.open('/account/username', { cookie })).toMatchObject({ status: 200 })
  })

  it.each([
    ['/account/email/verify', '/account'],
    ['/account/recovery-codes', '/account/authenticator'],
  ])('has no use for %s, and is sent to %s', async (path, location) => {
    const { visitor } = await newMember(service)
    expect(await visitor.open(path)).toMatchObject({ status: 303, location })
  })

  it.each(['/account/email', '/account/email/confirm', '/account/email/verify'])(
    'has no %s on a server without mail',
    async (path) => {
      const { visitor } = await newMember(withoutMail, { email: `${path.replaceAll('/', '')}@mail.example` })
      expect(await visitor.open(path)).toMatchObject({ status: 303, location: '/account' })
      expect((await visitor.open('/account')).text).not.toContain('/account/email')
      const shown = await visitor.send(path, { new_email: 'new@mail.example', code: '123456' })
      expect([shown.status === 303, shown.text.includes('role="alert"')]).toContain(true)
    },
  )
})

describe('a user who signed in a while ago', () => {
  let member: PageMember
  beforeAll(async () => {
    member = await newMember(service)
    service.elapsed += later
  })

  it.each(guarded)('confirms before %s', async (path) => {
    expect(await member.visitor.open(path)).toMatchObject({ status: 303, location: confirmAt(path) })
  })

  it.each([
    ['/account/username', { username: 'someone-else' }, '/account/username'],
    ['/account/email', { new_email: 'new@mail.example' }, '/account/email'],
    ['/account/authenticator/add', {}, '/account/authenticator/add'],
    ['/account/password/remove', {}, '/account/password/remove'],
    ['/account/delete', { confirm_username: 'NAME' }, '/account/delete'],
  ])('confirms after sending the form of %s', async (path, fields, next) => {
    const sent = 'confirm_username' in fields ? { confirm_username: member.username } : fields
    expect(await member.visitor.send(path, sent)).toMatchObject({ status: 303, location: confirmAt(next) })
  })

  it.each([...open, '/account/password'])('is shown %s at once', async (path) => {
    expect(await member.visitor.open(path)).toMatchObject({ status: 200 })
  })

  it('comes back from the confirmation', async () => {
    const { visitor } = await newMember(service)
    service.elapsed += later
    const path = confirmAt('/account/email')
    const wrong = await visitor.send(path, { password: 'not the password' })
    expect(wrong.status).toBe(200)
    expect(wrong.text).toContain('The password is wrong.')
    expect(await visitor.send(path, { password })).toMatchObject({ status: 303, location: '/account/email' })
    expect(await visitor.open('/account/email')).toMatchObject({ status: 200 })
  })

  it.each(['https://evil.example/', '//evil.example', '/sign-out', '/account/confirm', '/account/../sign-out'])(
    'comes to the account where the confirmation was for %s',
    async (next) => {
      const { visitor } = await newMember(service)
      expect(await visitor.send(confirmAt(next), { password })).toMatchObject({ status: 303, location: '/account' })
    },
  )
})

describe('a user with a second factor', () => {
  let member: PageMember
  beforeAll(async () => {
    member = await newMember(service, { factor: true })
  })

  it.each([...guarded, '/account/recovery-codes', '/account/password'])(
    'confirms before %s unless both factors are proven',
    async (path) => {
      service.elapsed += later
      const location = confirmAt(path)
      expect(await member.visitor.open(path)).toMatchObject({ status: 303, location })
      await member.visitor.send(location, { password, proof: codeNow(service, member.secret) })
      expect(await member.visitor.open(path)).toMatchObject({ status: 200 })
    },
  )

  it('confirms with a recovery code too', async () => {
    service.elapsed += later
    const [code = ''] = member.recoveryCodes
    const shown = await member.visitor.send(confirmAt('/account/email'), { password, proof: ` ${code} ` })
    expect(shown).toMatchObject({ status: 303, location: '/account/email' })
  })

  it('reads which of both is wrong', async () => {
    service.elapsed += later
    const path = confirmAt('/account/email')
    const proof = wrongCode(service, member.secret)
    expect((await member.visitor.send(path, { password, proof })).text).toContain('id="proof-fault"')
    const right = codeNow(service, member.secret)
    const shown = await member.visitor.send(path, { password: 'not the password', proof: right })
    expect(shown.text).toContain('id="password-fault"')
    expect(shown.text).not.toContain(right)
    expect(shown.text).not.toContain('not the password')
  })

  it('gives the code alone before a new password, whose form asks for the current one', async () => {
    const { visitor, secret } = await newMember(service, { factor: true })
    service.elapsed += later
    const path = confirmAt('/account/password')
    expect((await visitor.open(path)).text).not.toContain('name="password"')
    const proof = codeNow(service, secret)
    expect(await visitor.send(path, { proof })).toMatchObject({ location: '/account/password' })
    const fields = { current: password, new_password: 'another password of some length' }
    expect(await visitor.send('/account/password', fields)).toMatchObject({
      location: '/account?done=password',
    })
  })
})

describe('pages below a path', () => {
  it('lead to one another', async () => {
    const below = await startService('sqlite::memory:', { url: site, pages: '/id' })
    const { username } = await newMember(below)
    const visitor = new Visitor(below.auth)
    expect(await visitor.open('/id/account/email')).toMatchObject({ location: '/id/sign-in?next=%2Faccount%2Femail' })
    const fields = { username, password }
    expect(await visitor.send('/id/sign-in?next=/account/username', fields)).toMatchObject({
      location: '/id/account/username',
    })
    below.elapsed += later
    expect(await visitor.open('/id/account/username')).toMatchObject({
      location: '/id/account/confirm?next=%2Faccount%2Fusername',
    })
    expect(await visitor.send('/id/account/confirm?next=/account/username', { password })).toMatchObject({
      location: '/id/account/username',
    })
    const links = [...(await visitor.open('/id/account')).text.matchAll(/(?:href|action|src)="([^"]*)"/g)]
    expect(links.filter(([, link = '']) => !link.startsWith('/id/'))).toEqual([])
    await below.auth.close()
  })
})
