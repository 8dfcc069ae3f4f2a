import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { password, type Service, startService } from '../auth/service.ts'
import { fieldsOf, newMember, signIn } from './member.ts'
import { site } from './visitor.ts'

let service: Service
beforeAll(async () => {
  service = await startService('sqlite::memory:', { url: site, pages: '/' })
})
afterAll(() => service.auth.close())

const path = '/account/sessions'
const endPath = '/account/sessions/end'

const agents = {
  firefox: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0',
  telephone:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1',
}

async function logIn(username: string, agent: string): Promise<void> {
  await service.call('POST', '/auth/login', {
    body: { username, password },
    headers: { 'user-agent': agent },
    address: '203.0.113.5',
  })
}

describe('the list of sessions', () => {
  it('names each device, its address and when it was used', async () => {
    const { visitor, username } = await newMember(service)
    await logIn(username, agents.firefox)
    service.elapsed += 7200
    await logIn(username, agents.telephone)
    await logIn(username, '')
    const { text } = await visitor.open(path)
    expect(text).toContain('Firefox on Windows')
    expect(text).toContain('aria-label="End the session on Firefox on Windows"')
    expect(text).toContain('Safari on iOS')
    expect(text).toContain('203.0.113.5')
    expect(text).toMatch(/<time datetime="2027-01-15T[\d:.]+Z" title="[^"]+ UTC">2 hours ago<\/time>/)
    expect(text).toContain('just now')
    expect(text.match(/This device/g)).toHaveLength(1)
    const german = await visitor.open(path, { 'accept-language': 'de' })
    expect(german.text).toContain('vor 2 Stunden')
    expect(german.text).toContain('Firefox unter Windows')
  })

  it('has pages', async () => {
    const { visitor, username } = await newMember(service)
    for (let count = 0; count < 25; count++) await logIn(username, agents.firefox)
    const first = await visitor.open(path)
    expect(first.text.match(/class="device"/g)).toHaveLength(20)
    const [, older = ''] = /href="([^"]*\?after=[^"]*)"/.exec(first.text) ?? []
    const second = await visitor.open(older)
    expect(second.text.match(/class="device"/g)).toHaveLength(6)
    expect(second.text).toContain('Newest sessions')
    expect(await visitor.open(`${path}?after=x`)).toMatchObject({ status: 303, location: path })
  })
})

describe('a session', () => {
  it('is ended', async () => {
    const member = await newMember(service)
    const other = await signIn(service, member)
    const { text } = await member.visitor.open(path)
    const shown = await member.visitor.send(endPath, fieldsOf(text, endPath))
    expect(shown).toMatchObject({ status: 303, location: '/account/sessions?done=ended' })
    expect((await member.visitor.open(`${path}?done=ended`)).text).toContain('The session has ended.')
    expect((await other.open('/account')).location).toContain('/sign-in')
    expect((await member.visitor.open(path)).text).not.toContain('End all other sessions')
  })

  it('is ended with all others', async () => {
    const member = await newMember(service)
    const others = [await signIn(service, member), await signIn(service, member)]
    const shown = await member.visitor.send('/account/sessions/end-others', {})
    expect(shown).toMatchObject({ status: 303, location: '/account/sessions?done=others-ended' })
    for (const other of others) expect((await other.open('/account')).location).toContain('/sign-in')
    expect(await member.visitor.open('/account')).toMatchObject({ status: 200 })
  })

  it.each(['', 'x', '.', '..', '../me', 'a/../../me', '01a2097a-4775-7927-b3ee-e7e2b8ae2143'])(
    'stays for the id "%s"',
    async (id) => {
      const member = await newMember(service)
      const other = await signIn(service, member)
      const shown = await member.visitor.send(endPath, { id })
      expect(shown.status).toBe(200)
      expect(shown.text).toContain('This session has ended.')
      for (const one of [member.visitor, other]) expect(await one.open('/account')).toMatchObject({ status: 200 })
    },
  )

  it('of another user stays', async () => {
    const [member, victim] = [await newMember(service), await newMember(service)]
    await signIn(service, victim)
    const { text } = await victim.visitor.open(path)
    const { id = '' } = fieldsOf(text, endPath)
    expect(await member.visitor.send(endPath, { id })).toMatchObject({ status: 200 })
  })
})
