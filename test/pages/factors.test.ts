import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { languages } from '../../src/pages/messages/index.ts'
import { codeNow, wrongCode } from '../auth/mfa/authenticator.ts'
import { Authenticator } from '../auth/passkeys/authenticator.ts'
import { password, type Service, startService } from '../auth/service.ts'
import { fieldsOf, newMember, signIn } from './member.ts'
import { addPasskey, madeFields } from './passkey.ts'
import { site, Visitor } from './visitor.ts'

const { problems, account } = languages.en
const { apps } = account
let service: Service
beforeAll(async () => {
  service = await startService('sqlite::memory:', { url: site, pages: '/', mfaRoles: ['admin'] })
})
afterAll(() => service.auth.close())

async function makeAdmin(username: string): Promise<void> {
  const user = await service.auth.users.findByUsername(username)
  await service.auth.users.setRoles(user?.id ?? '', ['admin'])
}

const later = 600
const addPath = '/account/authenticator/add'
const confirmPath = '/account/authenticator/confirm'

/** The form with the QR code. */
async function begin(visitor: Visitor, fields: Readonly<Record<string, string>> = {}) {
  const shown = await visitor.send(addPath, fields)
  const entry = fieldsOf(shown.text, confirmPath)
  return { shown, entry, secret: entry.secret ?? '' }
}

const codesIn = (text: string) => [...text.matchAll(/<li><code>([\w-]+)<\/code>/g)].map(([, code]) => code as string)

describe('setting up an authenticator app', () => {
  it('shows a QR code and the key, then the recovery codes, once', async () => {
    const { visitor, ...member } = await newMember(service)
    const other = await signIn(service, member)
    const { shown, entry, secret } = await begin(visitor)
    expect(shown.status).toBe(200)
    expect(shown.text).toMatch(/<svg [^>]*viewBox/)
    expect(shown.text).not.toMatch(/ style=| on\w+=/)
    expect(shown.text).toContain(secret.match(/.{1,4}/g)?.join(' '))
    const done = await visitor.send(confirmPath, { ...entry, code: codeNow(service, secret) })
    expect(done).toMatchObject({ status: 200, title: 'Save your recovery codes' })
    expect(codesIn(done.text)).toHaveLength(10)
    expect((await visitor.open('/account')).text).toContain('10 left')
    expect((await other.open('/account')).location).toContain('signed-out-elsewhere')
  })

  it('shows the same QR code after a wrong code', async () => {
    const { visitor } = await newMember(service)
    const { shown, entry, secret } = await begin(visitor)
    const wrong = await visitor.send(confirmPath, { ...entry, code: wrongCode(service, secret) })
    expect(wrong.status).toBe(200)
    expect(wrong.text).toContain('id="code-fault"')
    expect(fieldsOf(wrong.text, confirmPath)).toMatchObject({ id: entry.id, secret, otpauth_uri: entry.otpauth_uri })
    const drawing = /<svg xmlns.*?<\/svg>/s
    expect(drawing.exec(wrong.text)?.[0]).toBe(drawing.exec(shown.text)?.[0])
    expect(await visitor.send(confirmPath, { ...entry, code: codeNow(service, secret) })).toMatchObject({ status: 200 })
  })

  it('asks for the password beside the code where it took longer than a login is recent', async () => {
    const { visitor } = await newMember(service)
    const { entry, secret } = await begin(visitor)
    service.elapsed += later
    const code = codeNow(service, secret)
    const asked = await visitor.send(confirmPath, { ...entry, code })
    expect(asked.status).toBe(200)
    const fields = fieldsOf(asked.text, confirmPath)
    expect(fields).toMatchObject({ id: entry.id, secret, code, asks_proof: 'yes', password: '' })
    const wrong = await visitor.send(confirmPath, { ...fields, password: 'not the password' })
    expect(wrong.text).toContain('id="password-fault"')
    expect(await visitor.send(confirmPath, { ...fields, password })).toMatchObject({
      status: 200,
      title: 'Save your recovery codes',
    })
  })

  it('asks for a code of the first app too, before a second one', async () => {
    const { visitor, secret: first } = await newMember(service, { factor: true })
    const { entry, secret } = await begin(visitor, { name: 'Tablet' })
    service.elapsed += later
    const asked = await visitor.send(confirmPath, { ...entry, code: codeNow(service, secret) })
    const fields = fieldsOf(asked.text, confirmPath)
    const done = await visitor.send(confirmPath, { ...fields, password, proof: codeNow(service, first) })
    expect(done).toMatchObject({ status: 303, location: '/account/authenticator?done=added' })
    const list = await visitor.open('/account/authenticator?done=added')
    expect(list.text).toContain('The app has been set up.')
    expect(list.text).toContain('Tablet')
  })

  it('begins anew after an hour', async () => {
    const { visitor } = await newMember(service)
    const { entry, secret } = await begin(visitor)
    service.elapsed += 3601
    await visitor.send('/account/confirm', { password })
    const shown = await visitor.send(confirmPath, { ...entry, code: codeNow(service, secret) })
    expect(shown.status).toBe(200)
    expect(shown.text).toContain('This app is not waiting to be set up')
  })

  it.each([
    ['no id', { id: '' }],
    ['the path of another route', { id: '../../me' }],
    ['no secret', { secret: '' }],
    ['another address', { otpauth_uri: 'javascript:alert(1)' }],
    ['an address that is too long', { otpauth_uri: `otpauth://totp/${'a'.repeat(5000)}` }],
  ])('begins anew with %s', async (_what, changed) => {
    const { visitor } = await newMember(service)
    const { entry, secret } = await begin(visitor)
    const shown = await visitor.send(confirmPath, { ...entry, code: codeNow(service, secret), ...changed })
    expect(shown).toMatchObject({ status: 303, location: '/account/authenticator' })
    expect(await visitor.open('/account')).toMatchObject({ status: 200 })
  })

  it('refuses the sixth app', async () => {
    const { visitor } = await newMember(service)
    for (let count = 0; count < 5; count++) {
      const { entry, secret } = await begin(visitor)
      await visitor.send(confirmPath, { ...entry, code: codeNow(service, secret) })
    }
    expect((await visitor.send(addPath, {})).status).toBe(200)
  })
})

describe('removing an authenticator app', () => {
  const removePath = '/account/authenticator/remove'

  it('removes it, and the recovery codes with it', async () => {
    const { visitor } = await newMember(service, { factor: true })
    const { text } = await visitor.open('/account/authenticator')
    const shown = await visitor.send(removePath, fieldsOf(text, removePath))
    expect(shown).toMatchObject({ status: 303, location: '/account/authenticator?done=removed' })
    expect((await visitor.open('/account')).text).toContain('Not set up')
  })

  it('says what goes with the last factor, which an app beside a passkey is not', async () => {
    const { visitor } = await newMember(service, { factor: true })
    expect((await visitor.open('/account/authenticator')).text).toContain(apps.removeLast)
    await addPasskey(visitor)
    expect((await visitor.open('/account/authenticator')).text).toContain(apps.removeText)
  })

  it('asks who it is a while after signing in', async () => {
    const { visitor } = await newMember(service, { factor: true })
    const { text } = await visitor.open('/account/authenticator')
    service.elapsed += later
    expect(await visitor.send(removePath, fieldsOf(text, removePath))).toMatchObject({
      location: '/account/confirm?next=%2Faccount%2Fauthenticator',
    })
  })

  it.each(['', 'x', '..', '../../me', '../../sessions', '01a2097a-4775-7927-b3ee-e7e2b8ae2143'])(
    'removes nothing for the id "%s"',
    async (id) => {
      const { visitor } = await newMember(service, { factor: true })
      const shown = await visitor.send(removePath, { id })
      expect(shown.status).toBe(200)
      expect((await visitor.open('/account')).text).toContain('One app')
    },
  )

  it('leaves the last one to a user whose role requires one', async () => {
    const { visitor, username } = await newMember(service, { factor: true })
    await makeAdmin(username)
    const { text } = await visitor.open('/account/authenticator')
    const shown = await visitor.send(removePath, fieldsOf(text, removePath))
    expect(shown.text).toContain('add another one first')
  })
})

describe('recovery codes', () => {
  it('are made anew, and the ones before are void', async () => {
    const { visitor, username, recoveryCodes } = await newMember(service, { factor: true })
    expect((await visitor.open('/account/recovery-codes')).text).toContain('You have 10 codes left.')
    const shown = await visitor.send('/account/recovery-codes', {})
    expect(shown).toMatchObject({ status: 200, title: 'Save your recovery codes' })
    const [code = ''] = codesIn(shown.text)
    const other = new Visitor(service.auth)
    await other.send('/sign-in', { username, password })
    const path = '/sign-in/code?method=recovery'
    expect(await other.send(path, { code: recoveryCodes[1] ?? '' })).toMatchObject({ status: 200 })
    expect(await other.send(path, { code })).toMatchObject({ status: 303, location: '/account' })
  })

  it('are named where few are left', async () => {
    const { visitor, recoveryCodes } = await newMember(service, { factor: true })
    for (const proof of recoveryCodes.slice(0, 7)) await visitor.send('/account/confirm', { password, proof })
    const { text } = await visitor.open('/account')
    expect(text).toContain('3 left')
    expect(text).toContain(account.overview.codesLow(3))
    for (const proof of recoveryCodes.slice(7)) await visitor.send('/account/confirm', { password, proof })
    expect((await visitor.open('/account')).text).toContain(account.overview.codesLow(0))
  })
})

describe('a second factor that a role requires', () => {
  let count = 0
  async function admin() {
    const username = `admin${count++}`
    await service.newcomer(username)
    await makeAdmin(username)
    const visitor = new Visitor(service.auth)
    const step = await visitor.send('/sign-in?next=/account/sessions', { username, password })
    return { visitor, username, step, path: step.location ?? '' }
  }

  it('is set up between the password and the session', async () => {
    const { visitor, step, path } = await admin()
    expect(step).toMatchObject({ status: 303, location: '/sign-in/set-up?next=%2Faccount%2Fsessions' })
    expect(await visitor.open(path)).toMatchObject({ status: 200, title: 'Set up a second factor' })
    expect(await visitor.open('/account')).toMatchObject({ status: 303 })
    const begun = await visitor.send(path, {})
    const entry = Object.fromEntries(
      [...begun.text.matchAll(/name="(id|secret|otpauth_uri)" value="([^"]*)"/g)].map(([, name, value]) => [
        name,
        value?.replaceAll('&amp;', '&'),
      ]),
    ) as { id: string; secret: string; otpauth_uri: string }
    const wrong = await visitor.send(path, { ...entry, code: wrongCode(service, entry.secret) })
    expect(wrong.status).toBe(200)
    expect(wrong.text).toContain(entry.secret)
    const done = await visitor.send(path, { ...entry, code: codeNow(service, entry.secret) })
    expect(done).toMatchObject({ status: 200, title: 'Save your recovery codes' })
    expect(codesIn(done.text)).toHaveLength(10)
    expect(done.text).toContain('href="/account/sessions"')
    expect(visitor.cookies.has('__Host-login_step')).toBe(false)
    expect(await visitor.open('/account/sessions')).toMatchObject({ status: 200 })
  })

  it('may be a passkey', async () => {
    const { visitor, path } = await admin()
    expect((await visitor.open(path)).text).toContain('data-passkey="create" data-options="/sign-in/set-up.js"')
    const lax = await madeFields(visitor, '/sign-in/set-up.js', new Authenticator({ isUserVerified: false }))
    expect((await visitor.send(path, lax)).text).toContain(problems.passkey_invalid)
    const fields = await madeFields(visitor, '/sign-in/set-up.js', new Authenticator())
    const done = await visitor.send(path, fields)
    expect(done).toMatchObject({ status: 200, title: 'Save your recovery codes' })
    expect(codesIn(done.text)).toHaveLength(10)
    expect(done.text).toContain('href="/account/sessions"')
    expect(visitor.cookies.has('__Host-login_step')).toBe(false)
    expect(await visitor.open('/account/passkeys')).toMatchObject({ status: 200 })
  })

  it('is no passkey after the login has expired', async () => {
    const { visitor, path } = await admin()
    const fields = await madeFields(visitor, '/sign-in/set-up.js', new Authenticator())
    service.elapsed += 3600
    const again = `export default ${JSON.stringify({ problem: problems.mfa_token_invalid })}`
    expect((await visitor.open('/sign-in/set-up.js')).text).toBe(again)
    expect((await visitor.send(path, fields)).text).toContain(problems.mfa_token_invalid)
  })

  it.each([
    ['nothing', undefined],
    ['what is none', 'hp_mfa_x'],
  ])('is not set up with %s from the password', async (_what, step) => {
    const visitor = new Visitor(service.auth)
    visitor.setCookie('__Host-login_step', step)
    expect(await visitor.open('/sign-in/set-up')).toMatchObject(
      step === undefined ? { status: 303, location: '/sign-in' } : { status: 200 },
    )
    const shown = await visitor.send('/sign-in/set-up', {})
    expect(shown.status).toBe(200)
    expect(shown.text).toContain('Please sign in again.')
  })
})
