import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { languages } from '../../src/pages/messages/index.ts'
import { codeNow } from '../auth/mfa/authenticator.ts'
import { password, type Service, startService } from '../auth/service.ts'
import { fieldsOf, newMember, type PageMember } from './member.ts'
import { site } from './visitor.ts'

const { account: words, secondFactor } = languages.en
let service: Service
let member: PageMember
beforeAll(async () => {
  service = await startService('sqlite::memory:', { url: site, pages: '/' })
  member = await newMember(service, { factor: true })
})
afterAll(() => service.auth.close())

/** Signs out and in again; returns where the password leads. */
async function signInAgain(): Promise<string | undefined> {
  const { visitor, username } = member
  await visitor.send('/sign-out', {})
  return (await visitor.send('/sign-in', { username, password })).location
}

async function giveCode(fields: Readonly<Record<string, string>> = {}) {
  service.elapsed += 60
  return member.visitor.send('/sign-in/code', { code: codeNow(service, member.secret), ...fields })
}

describe('a device', () => {
  it('is not trusted unless the person asks for it', async () => {
    expect(await signInAgain()).toBe('/sign-in/code')
    const { text } = await member.visitor.open('/sign-in/code')
    expect(text).toContain(`name="remember_device" value="yes"><span>${secondFactor.remember(30)}`)
    await giveCode()
    expect(await signInAgain()).toBe('/sign-in/code')
  })

  it('stays chosen after a wrong code', async () => {
    const { text } = await member.visitor.send('/sign-in/code', { code: '000000', remember_device: 'yes' })
    expect(text).toContain('name="remember_device" value="yes" checked')
  })

  it('is not asked again, is listed, and is asked again once it is removed', async () => {
    expect((await giveCode({ remember_device: 'yes' })).location).toBe('/account')
    expect(await signInAgain()).toBe('/account')
    expect((await member.visitor.open('/account')).text).toContain(words.ways.trustedCount(1))
    const { text } = await member.visitor.open('/account/devices')
    expect(text).toContain(`<span class="tag">${words.sessions.current}</span>`)
    const removed = await member.visitor.send('/account/devices/remove', fieldsOf(text, '/account/devices/remove'))
    expect(removed.location).toBe('/account/devices?done=removed')
    expect((await member.visitor.open('/account/devices')).text).toContain(words.trusted.none)
    expect(await signInAgain()).toBe('/sign-in/code')
  })

  it('is removed with all others', async () => {
    await giveCode({ remember_device: 'yes' })
    const removed = await member.visitor.send('/account/devices/remove-all', {})
    expect(removed.location).toBe('/account/devices?done=all-removed')
    expect(await signInAgain()).toBe('/sign-in/code')
  })

  it.each(['', 'x', '../me', '01a2097a-4775-7927-b3ee-e7e2b8ae2143'])('is not %j', async (id) => {
    await giveCode()
    const shown = await member.visitor.send('/account/devices/remove', { id })
    expect(shown.text).toContain(languages.en.problems.device_not_found)
    await signInAgain()
  })

  it('cannot be chosen where the server trusts none', async () => {
    const strict = await startService('sqlite::memory:', { url: site, pages: '/', trustedDeviceSeconds: 0 })
    const { visitor, username } = await newMember(strict, { factor: true })
    await visitor.send('/sign-out', {})
    await visitor.send('/sign-in', { username, password })
    expect((await visitor.open('/sign-in/code')).text).not.toContain('remember_device')
    await strict.auth.close()
  })
})
