import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { languages } from '../../src/pages/messages/index.ts'
import { openMailbox } from '../auth/email/mailbox.ts'
import { manyMails } from '../auth/email/mailed-service.ts'
import { password, type Service, startService } from '../auth/service.ts'
import { newMember, signIn } from './member.ts'
import { addPasskey } from './passkey.ts'
import { site, type Visitor } from './visitor.ts'

const { account: words, problems } = languages.en
const path = '/account/password/remove'
const inbox = openMailbox()
let service: Service
beforeAll(async () => {
  const limits = { attemptsPerAccount: 1000, attemptsPerAddress: 100_000, ...manyMails }
  service = await startService('sqlite::memory:', {
    url: site,
    pages: '/',
    sendMail: inbox.send,
    emailSignIn: true,
    limits,
  })
})
afterAll(() => service.auth.close())

const offersIt = async (visitor: Visitor) => (await visitor.open('/account')).text.includes(`href="${path}"`)

describe('removing the password', () => {
  it('leaves a passkey to sign in with, and ends the other sessions', async () => {
    const { visitor, ...member } = await newMember(service)
    await addPasskey(visitor)
    const other = await signIn(service, { ...member, secret: '' })
    expect(await offersIt(visitor)).toBe(true)
    const { text } = await visitor.open(path)
    expect(text).toContain(words.removePassword.lead(words.ways.byPasskey))
    const { location = '' } = await visitor.send(path, {})
    expect(location).toBe('/account?done=password-removed')
    const overview = (await visitor.open(location)).text
    expect(overview).toContain(words.overview.done['password-removed'])
    expect(overview).toContain('href="/account/password"')
    expect(await offersIt(visitor)).toBe(false)
    expect(await other.open('/account')).toMatchObject({ status: 303 })
    const { username } = member
    expect((await service.call('POST', '/auth/login', { body: { username, password } })).status).toBe(401)
  })

  it('leaves mail to sign in with, where that is on and the address is verified', async () => {
    const email = 'by-mail@mail.example'
    const { visitor } = await newMember(service, { email })
    expect(await offersIt(visitor)).toBe(false)
    const { token } = await inbox.next(email)
    await service.call('POST', '/auth/email/verify', { body: { token } })
    expect(await offersIt(visitor)).toBe(true)
    expect((await visitor.open(path)).text).toContain(words.ways.byMail)
    expect((await visitor.send(path, {})).location).toBe('/account?done=password-removed')
  })

  it('is undone by setting a first one', async () => {
    const { visitor, username } = await newMember(service)
    await addPasskey(visitor)
    await visitor.send(path, {})
    expect((await visitor.open(path)).location).toBe('/account')
    expect(await visitor.open('/account/password')).toMatchObject({ title: words.password.titleFirst })
    const { location = '' } = await visitor.send('/account/password', { new_password: 'a mad tea party' })
    expect(location).toBe('/account?done=password-set')
    expect((await visitor.open(location)).text).toContain(words.overview.done['password-set'])
    const body = { username, password: 'a mad tea party' }
    expect((await service.call('POST', '/auth/login', { body })).body).toMatchObject({ code: 'mfa_required' })
  })

  it.each([
    ['nothing else', async () => {}, 'en', problems.last_way_in],
    ['nothing else, in German', async () => {}, 'de', languages.de.problems.last_way_in],
    ['a passkey that does not verify the user', withSecurityKey, 'en', problems.last_way_in],
  ])('is refused with %s', async (_what, prepare, language, sentence) => {
    const { visitor, username } = await newMember(service)
    await prepare(visitor)
    expect(await offersIt(visitor)).toBe(false)
    for (const shown of [
      await visitor.open(path, { 'accept-language': language }),
      await visitor.send(path, {}, { 'sec-fetch-site': 'same-origin', 'accept-language': language }),
    ]) {
      expect(shown.status).toBe(200)
      expect(shown.text).toContain(sentence)
      expect(shown.text).not.toContain('class="danger"')
    }
    expect((await service.call('POST', '/auth/login', { body: { username, password } })).status).not.toBe(401)
  })

  // The page was open while the passkey was removed in another tab.
  it('is refused by the route once the other way is gone', async () => {
    const { visitor } = await newMember(service)
    await addPasskey(visitor)
    const [, id = ''] = /name="id" value="([^"]*)"/.exec((await visitor.open('/account/passkeys')).text) ?? []
    await visitor.send('/account/passkeys/remove', { id })
    expect((await visitor.send(path, {})).text).toContain(problems.last_way_in)
  })
})

async function withSecurityKey(visitor: Visitor) {
  await addPasskey(visitor, { isUserVerified: false })
}
