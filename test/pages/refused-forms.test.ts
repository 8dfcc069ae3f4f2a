import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pages } from '../../src/pages/index.ts'
import { openMailbox } from '../auth/email/mailbox.ts'
import { manyMails } from '../auth/email/mailed-service.ts'
import { password, type Service, startService } from '../auth/service.ts'
import { newMember } from './member.ts'
import { addPasskey } from './passkey.ts'
import { site, Visitor } from './visitor.ts'

let service: Service
beforeAll(async () => {
  service = await startService('sqlite::memory:', {
    url: site,
    pages: '/',
    emailSignIn: true,
    sendMail: openMailbox().send,
    limits: { attemptsPerAccount: 1000, attemptsPerAddress: 100_000, ...manyMails },
  })
})
afterAll(() => service.auth.close())

type Fields = Readonly<Record<string, string>>

interface Refused {
  readonly path: string
  /** What the form sends and no one typed. */
  readonly sent?: Fields
  /** Text that a person typed, and that is shown again. */
  readonly kept: Fields
  /** What is typed and never shown again. */
  readonly secret?: Fields
  /** A box that stays as it was. */
  readonly box?: string
}

const noPasskey = { challenge_token: 'x', credential: '{}' }
const tooLong = 'x'.repeat(65)
const email = 'typed@mail.example'
const link = `${site}/one-time-link#token=typed`
const newPassword = { new_password: 'another password of some length' }

const ofStrangers: readonly Refused[] = [
  { path: '/sign-in', kept: { username: 'Typed' }, secret: { password: 'not the password' }, box: 'remember' },
  { path: '/sign-in/passkey', kept: { username: 'Typed' }, sent: noPasskey, box: 'remember' },
  { path: '/register', kept: { username: 'Typed', email }, secret: { password: 'short' } },
  { path: '/forgot-password', kept: { email: 'typed' } },
  { path: '/sign-in/mail', kept: { email: 'typed' } },
  { path: '/verify-email/mail', kept: { email: 'typed' } },
  { path: '/sign-in/link', kept: { email }, sent: { code: '000000' }, box: 'remember' },
  { path: '/verify-email', kept: { email }, sent: { code: '000000' } },
  { path: '/reset-password', kept: { email }, sent: { code: '000000' }, secret: newPassword },
  { path: '/one-time-link', kept: { link }, secret: newPassword },
  { path: '/change-email', kept: { link } },
  { path: '/cancel-email-change', kept: { link } },
  { path: '/undo-email-change', kept: { link } },
]

const ofMembers: readonly Refused[] = [
  { path: '/account/username', kept: { username: tooLong } },
  { path: '/account/email', kept: { new_email: 'typed' } },
  { path: '/account/delete', kept: { confirm_username: 'typed' } },
  { path: '/account/authenticator/add', kept: { name: tooLong } },
  { path: '/account/passkeys/add', kept: { name: tooLong }, sent: noPasskey },
]

/** Forms with tests of their own below. */
const others = ['/sign-in/code', '/account/passkeys/rename']

/** Forms in which nothing is typed but passwords and codes, and nothing is ticked. */
const withoutText = [
  '/sign-in/set-up',
  '/sign-out',
  '/account/confirm',
  '/account/confirm/provider',
  '/account/password',
  '/account/password/remove',
  '/account/email/confirm',
  '/account/email/verify',
  '/account/email/send',
  '/account/authenticator/confirm',
  '/account/authenticator/remove',
  '/account/recovery-codes',
  '/account/passkeys/remove',
  '/account/linked/link',
  '/account/linked/remove',
  '/account/devices/remove',
  '/account/devices/remove-all',
  '/account/sessions/end',
  '/account/sessions/end-others',
]

describe('a refused form', () => {
  it('is in one of these lists', () => {
    const listed = [...ofStrangers.map(({ path }) => path), ...ofMembers.map(({ path }) => path), ...others]
    const paths = pages.filter(({ submit }) => submit !== undefined).map(({ path }) => path)
    expect([...listed, ...withoutText].sort()).toEqual(paths.sort())
  })

  it.each(ofStrangers)('at $path is shown again as it was filled in', (row) =>
    expectKept(new Visitor(service.auth), row),
  )

  it.each(ofMembers)('at $path is shown again as it was filled in', async (row) => {
    await expectKept((await newMember(service)).visitor, row)
  })

  it('of the second factor keeps whether the device is trusted, for a code', async () => {
    const { username } = await newMember(service, { factor: true })
    const visitor = await challenged(username)
    await expectKept(visitor, { path: '/sign-in/code', kept: {}, sent: { code: '000000' }, box: 'remember_device' })
  })

  it('of the second factor keeps whether the device is trusted, for a passkey', async () => {
    const member = await newMember(service)
    await addPasskey(member.visitor)
    const visitor = await challenged(member.username)
    await expectKept(visitor, { path: '/sign-in/code', kept: {}, sent: noPasskey, box: 'remember_device' })
  })

  it.each([tooLong, ''])('that names a passkey %j keeps that name, and is open', async (name) => {
    const { visitor } = await newMember(service)
    for (const usual of [{}, {}]) await addPasskey(visitor, usual)
    const { text: list } = await visitor.open('/account/passkeys')
    expect(list).not.toContain('<details class="ask" name="ask" open>')
    const [, id = ''] = /name="id" value="([^"]*)"/.exec(list) ?? []
    const { text } = await visitor.send('/account/passkeys/rename', { id, name })
    expect(text).toContain('role="alert"')
    const names = inputs(text, 'name').map((tag) => [attribute(tag, 'id'), attribute(tag, 'value')])
    expect(names).toContainEqual([`name-${id}`, name])
    expect(names.filter(([, value]) => value === 'Laptop')).toHaveLength(1)
    expect(text.match(/<details class="ask" name="ask" open>/g)).toHaveLength(1)
  })
})

/** Sends the form with and without its box ticked. */
async function expectKept(visitor: Visitor, { path, kept, sent = {}, secret = {}, box }: Refused): Promise<void> {
  for (const isTicked of box === undefined ? [false] : [false, true]) {
    const ticked = box !== undefined && isTicked ? { [box]: 'yes' } : {}
    const { status, text } = await visitor.send(path, { ...sent, ...kept, ...secret, ...ticked })
    expect(status).toBe(200)
    expect(text).toContain('role="alert"')
    for (const [name, value] of Object.entries(kept)) {
      expect(inputs(text, name).map((tag) => attribute(tag, 'value'))).toContain(value)
    }
    for (const value of Object.values(secret)) expect(text).not.toContain(`"${value}"`)
    if (box !== undefined) expect(inputs(text, box).map((tag) => tag.includes(' checked'))).toEqual([isTicked])
  }
}

/** A browser that has still to prove the second factor. */
async function challenged(username: string): Promise<Visitor> {
  const visitor = new Visitor(service.auth)
  expect(await visitor.send('/sign-in', { username, password })).toMatchObject({ location: '/sign-in/code' })
  return visitor
}

/** The fields of a name that a person sees. */
function inputs(html: string, name: string): string[] {
  const tags = [...html.matchAll(/<input [^>]*>/g)].map(([tag]) => tag)
  return tags.filter((tag) => attribute(tag, 'name') === name && !/ hidden|type="hidden"/.test(tag))
}

function attribute(tag: string, name: string): string {
  return new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? ''
}
