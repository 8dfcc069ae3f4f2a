import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../../databases.ts'
import { password, type Reply } from '../service.ts'
import { type MailedNodes, startMailedNodes } from './mailed-service.ts'

describe.each(databases)('users are notified on $name', ({ open }) => {
  let world: MailedNodes
  beforeAll(async () => {
    world = await startMailedNodes(await open())
  })
  afterAll(() => world.close())

  const another = 'quite another password'
  const subjectsTo = async (email: string) =>
    (await world.database.sql.selectFrom('hallpass_mails').select('template').where('recipient', '=', email).execute())
      .map(({ template }) => template)
      .filter((template) => template !== 'verify_email')
      .sort()
  const login = (username: string, address: string, more: object = {}): Promise<Reply> =>
    world.nodes[0].call('POST', '/auth/login', { body: { username, password, ...more }, address })

  it('of a login from a new device, and of no other', async () => {
    const { username, email } = await world.member()
    const { body } = await login(username, '127.0.0.1')
    expect(await subjectsTo(email)).toEqual([])
    const known = { device_token: body.device_token }
    expect((await login(username, '198.51.100.7', known)).status).toBe(200)
    expect(await subjectsTo(email)).toEqual([])
    expect((await login(username, '203.0.113.9')).status).toBe(200)
    const mail = await world.inbox.next(email)
    expect([mail.subject, mail.text.replaceAll('\u2060', '')]).toEqual([
      'A new device signed in',
      expect.stringContaining('203.0.113.9'),
    ])
    for (const address of ['203.0.113.9', '198.51.100.7', '127.0.0.1']) await login(username, address)
    expect(await subjectsTo(email)).toEqual(['new_device'])
    await login(username, '2001:db8:1:2::1')
    await login(username, '2001:db8:1:2::2')
    expect(await subjectsTo(email)).toEqual(['new_device', 'new_device'])
  })

  it('not at an address that was only typed', async () => {
    const { username, email } = await world.member({ verified: false })
    await login(username, '203.0.113.9')
    await world.nodes[0].auth.users.setPassword((await find(username)).id, another)
    expect(await subjectsTo(email)).toEqual([])
  })

  it('of a new password, whoever sets it', async () => {
    const { username, email, access } = await world.member()
    const passwords = { current_password: password, new_password: another }
    expect((await world.post('/password', passwords, { token: access })).status).toBe(204)
    expect(await subjectsTo(email)).toEqual(['password_changed'])
    const { id } = await find(username)
    await world.nodes[0].auth.users.setPassword(id, password)
    expect(await subjectsTo(email)).toEqual(['password_changed', 'password_changed'])
    const made = await world.nodes[0].auth.users.oneTimeLink(id)
    expect(made?.link).toBe(`https://id.example/auth/pages/one-time-link#token=${made?.token}`)
    expect((await world.post('/one-time-link', { token: made?.token, new_password: another })).status).toBe(204)
    expect(await subjectsTo(email)).toEqual(Array(3).fill('password_changed'))
    await world.nodes[0].auth.users.delete(id)
    expect(await subjectsTo(email)).toEqual(['account_deleted', ...Array(3).fill('password_changed')])
  })

  async function find(username: string) {
    const user = await world.nodes[0].auth.users.findByUsername(username)
    if (user === undefined) throw new Error(`No ${username}`)
    return user
  }
})
