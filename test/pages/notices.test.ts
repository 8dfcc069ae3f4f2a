import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { languages } from '../../src/pages/messages/index.ts'
import { password, type Service, startService } from '../auth/service.ts'
import { newMember } from './member.ts'
import { site, Visitor } from './visitor.ts'

const { account: words, signIn, problems, mailed } = languages.en
const { overview, apps, passkeys, linked, trusted, sessions } = words
let service: Service
beforeAll(async () => {
  service = await startService('sqlite::memory:', {
    url: site,
    pages: '/',
    emailSignIn: true,
    sendMail: async () => {},
  })
})
afterAll(() => service.auth.close())

const hasNotice = (text: string) => /class="notice (?:done|info" role|error)/.test(text)

/** What pages say of another's work, by the address that names it. */
const ofMembers: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  '/account': overview.done,
  '/account/authenticator': apps.done,
  '/account/passkeys': passkeys.done,
  '/account/linked': linked.done,
  '/account/devices': trusted.done,
  '/account/sessions': sessions.done,
}
const namesIn = (texts: Readonly<Record<string, Readonly<Record<string, unknown>>>>) =>
  Object.entries(texts).flatMap(([path, done]) => Object.keys(done).map((name) => `${path}?done=${name}`))
const refusals = Object.keys(problems).flatMap((code) => [
  `/sign-in?problem=${code}`,
  `/account/linked?problem=${code}`,
])

// Anyone can link to an address: it would frighten a person, or make one believe that something is done.
describe('an address alone says nothing was done', () => {
  let member: Visitor
  beforeAll(async () => {
    member = (await newMember(service)).visitor
  })

  it.each([...namesIn(ofMembers), ...refusals.filter((path) => path.startsWith('/account'))])('%s', async (path) => {
    const { status, text } = await member.open(path)
    expect([status, hasNotice(text)]).toEqual([200, false])
  })

  it.each([...namesIn({ '/sign-in': signIn.done }), ...refusals.filter((path) => path.startsWith('/sign-in'))])(
    '%s',
    async (path) => {
      const { status, text } = await new Visitor(service.auth).open(path)
      expect([status, hasNotice(text)]).toEqual([200, false])
    },
  )

  it.each([
    ['/reset-password?done=undone', mailed.reset.afterUndo],
    ['/cancel-email-change?done=cancelled', mailed.cancel.doneLead],
    ['/sign-in/link?done=created', mailed.signInLink.createdLead],
    ['/sign-in/link?done=adopted', mailed.signInLink.adoptedLead],
  ])('%s', async (path, sentence) => {
    const { status, text } = await new Visitor(service.auth).open(path)
    expect(status).toBe(200)
    expect(text).not.toContain(sentence)
  })
})

describe('what was done', () => {
  it('is said to the browser that did it, for a minute', async () => {
    const { visitor } = await newMember(service)
    const { location = '', headers } = await visitor.send('/sign-out', {})
    const cookie = headers.getSetCookie().find((line) => line.startsWith('__Host-notice='))
    expect(cookie).toMatch(/^__Host-notice=signed-out; .*Max-Age=60; Secure; HttpOnly; Path=\/; SameSite=Lax$/)
    expect((await new Visitor(service.auth).open(location)).text).not.toContain(signIn.done['signed-out'])
    expect((await visitor.open(location)).text).toContain(signIn.done['signed-out'])
  })

  it('is not what another address names', async () => {
    const { visitor } = await newMember(service)
    await visitor.send('/sign-out', {})
    expect(hasNotice((await visitor.open('/sign-in?done=deleted')).text)).toBe(false)
    expect(hasNotice((await visitor.open('/sign-in?problem=signed-out')).text)).toBe(false)
  })

  it('is not said because a destination names it', async () => {
    const { username } = await newMember(service)
    const visitor = new Visitor(service.auth)
    const path = `/sign-in?return_to=${encodeURIComponent(`${site}/account?done=email-changed`)}`
    const { location = '' } = await visitor.send(path, { username, password })
    expect(location).toBe(`${site}/account?done=email-changed`)
    expect(hasNotice((await visitor.open(location.replace(site, ''))).text)).toBe(false)
  })

  it('is no cookie where the browser keeps none: then the address says so', async () => {
    const { text } = await new Visitor(service.auth).open('/sign-in?done=no-cookies')
    expect(text).toContain(signIn.noCookies)
  })
})
