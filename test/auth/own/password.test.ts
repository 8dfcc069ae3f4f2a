import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../../databases.ts'
import { type MailedNodes, type Member, startMailedNodes } from '../email/mailed-service.ts'
import { password, type Reply, refusal } from '../service.ts'

const first = 'the first one of this account'

describe.each(databases)('an account without a password on $name', ({ open }) => {
  let world: MailedNodes
  beforeAll(async () => {
    world = await startMailedNodes(await open(), {
      providers: { one: { preset: 'openid', issuer: 'https://one.example', clientId: 'x', clientSecret: 'y' } },
    })
  })
  afterAll(() => world.close())

  const remove = (token: string, node: 0 | 1 = 0): Promise<Reply> =>
    world.nodes[node].call('DELETE', '/auth/password', { token })
  const set = (token: string, more: object = {}, node: 0 | 1 = 0): Promise<Reply> =>
    world.post('/password', { new_password: first, ...more }, { token, node })
  const login = (username: string, secret = password) => world.post('/login', { username, password: secret })
  const renew = async (refresh: string) => {
    const { body } = await world.post('/refresh', { refresh_token: refresh })
    return { access: String(body.access_token), refresh: String(body.refresh_token) }
  }
  const sessionOf = async (username: string, secret = password) => {
    const { body } = await login(username, secret)
    return { access: String(body.access_token), refresh: String(body.refresh_token) }
  }
  /** Without a password, and signed in by mail a moment ago. */
  async function entered(): Promise<Member> {
    const member = await world.member()
    expect((await remove(member.access)).status).toBe(204)
    await world.inbox.next(member.email)
    await world.post('/login/email', { email: member.email })
    const { token } = await world.inbox.next(member.email)
    const { body, status } = await world.post('/login/email/verify', { token })
    expect(status).toBe(200)
    return { ...member, access: String(body.access_token), refresh: String(body.refresh_token) }
  }
  const idOf = async (username: string) => {
    const { id } = await world.database.sql
      .selectFrom('hallpass_users')
      .select('id')
      .where('username', '=', username)
      .executeTakeFirstOrThrow()
    return id
  }
  async function link(username: string, provider: string): Promise<void> {
    const user_id = await idOf(username)
    const row = { id: user_id, user_id, provider, issuer: `https://${provider}.example`, subject: username }
    await world.database.sql
      .insertInto('hallpass_identities')
      .values({ ...row, email_verified: 0, created_at: 0 })
      .execute()
  }
  const pass = (seconds: number) => {
    for (const node of world.nodes) node.elapsed += seconds
  }

  it('had one, which no longer logs in; other sessions end and the user is mailed', async () => {
    const { username, email, access, refresh } = await world.member()
    const other = await sessionOf(username)
    expect((await remove(access)).status).toBe(204)
    expect(refusal(await login(username))).toBe('401 invalid_credentials')
    expect(refusal(await login(username, ''))).toMatch(/^4/)
    const atOther = () => world.nodes[1].call('GET', '/auth/me', { token: other.access })
    await expect.poll(async () => refusal(await atOther()), { timeout: 600_000 }).toMatch(/^401/)
    expect(refusal(await world.post('/refresh', { refresh_token: other.refresh }))).toBe('401 refresh_token_invalid')
    expect(refusal(await world.nodes[0].call('GET', '/auth/me', { token: access }))).toBe('401 token_revoked')
    expect((await world.inbox.next(email)).subject).toBe('Your password was removed')
    expect(world.nodes[0].events).toContain('password_removed')
    const own = await renew(refresh)
    expect((await world.nodes[0].call('GET', '/auth/me', { token: own.access })).status).toBe(200)
    // A renewed token is not fresh.
    expect(refusal(await remove(own.access))).toBe('401 token_not_fresh')
  })

  it('sets its first without a current one, and only its first', async () => {
    const { username, email, access } = await entered()
    expect(refusal(await set(access, { current_password: '' }))).toMatch(/^4/)
    expect(refusal(await set(access, { current_password: password }))).toBe('401 invalid_credentials')
    expect((await set(access, {}, 1)).status).toBe(204)
    expect((await world.inbox.next(email)).subject).toBe('Your password was changed')
    expect((await login(username, first)).status).toBe(200)
    const own = await sessionOf(username, first)
    const again = await set(own.access, { new_password: 'someone else sets another' })
    expect(refusal(again)).toBe('422 invalid_request')
    expect(again.body.members).toMatchObject([{ member: 'current_password' }])
    expect((await login(username, first)).status).toBe(200)
  })

  it('sets one of 20 at once, on two nodes', async () => {
    const { username, access } = await entered()
    const secrets = Array.from({ length: 20 }, (_, index) => `the first one, number ${index}`)
    const replies = await Promise.all(
      secrets.map((secret, index) => set(access, { new_password: secret }, index % 2 === 0 ? 0 : 1)),
    )
    expect(replies.filter(({ status }) => status === 204)).toHaveLength(1)
    expect(replies.filter(({ status }) => status >= 500)).toEqual([])
    const winner = secrets[replies.findIndex(({ status }) => status === 204)]
    expect((await login(username, winner)).status).toBe(200)
  })

  it('takes a recent authentication to set one, and to remove one', async () => {
    const [without, member] = [await entered(), await world.member()]
    pass(6 * 60)
    const fresh = await renew(without.refresh)
    expect(refusal(await set(fresh.access))).toBe('401 token_not_fresh')
    expect(refusal(await set(without.access))).toBe('401 insufficient_user_authentication')
    expect(refusal(await remove(member.access))).toBe('401 insufficient_user_authentication')
    expect((await login(member.username)).status).toBe(200)
  })

  it('takes the second factor too', async () => {
    const member = await world.member()
    await world.setUser(member.username, { second_factors: 1 })
    expect(refusal(await remove(member.access))).toBe('401 insufficient_user_authentication')
    await world.setUser(member.username, { password_hash: '' })
    expect(refusal(await set(member.access))).toBe('401 insufficient_user_authentication')
  })

  const ways: [way: string, arrange: (member: Member) => Promise<unknown>, outcome: number][] = [
    ['a verified mailbox', async () => undefined, 204],
    ['nothing', ({ username }) => world.setUser(username, { email_verified_at: null }), 409],
    [
      'an account at a provider',
      async ({ username }) => {
        await world.setUser(username, { email_verified_at: null })
        await link(username, 'one')
      },
      204,
    ],
    [
      'an account at a provider that is set up no more',
      async ({ username }) => {
        await world.setUser(username, { email_verified_at: null })
        await link(username, 'another')
      },
      409,
    ],
  ]
  it.each(ways)('is left with %s', async (_, arrange, outcome) => {
    const member = await world.member()
    await arrange(member)
    expect((await remove(member.access)).status).toBe(outcome)
    expect((await login(member.username)).status).toBe(outcome === 204 ? 401 : 200)
    const me = await world.nodes[0].call('GET', '/auth/me', { token: member.access })
    expect(me.status).toBe(outcome === 204 ? 401 : 200)
  })
})

it('a mailbox is no way in where no mail can be sent, whatever the setting says', async () => {
  const [sqlite] = databases
  if (sqlite === undefined) throw new Error('No database')
  const world = await startMailedNodes(await sqlite.open(), {}, { hasMail: false })
  try {
    const { auth } = world.nodes[0]
    const { id } = await auth.users.add({ username: 'anna', password, email: 'anna@mail.example' })
    await auth.users.verifyEmail(id)
    const { body } = await world.post('/login', { username: 'anna', password })
    const reply = await world.nodes[0].call('DELETE', '/auth/password', { token: String(body.access_token) })
    expect(refusal(reply)).toBe('409 last_way_in')
  } finally {
    await world.close()
  }
})
