import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../../databases.ts'
import { password, refusal } from '../service.ts'
import { type MailedNodes, startMailedNodes } from './mailed-service.ts'

const another = 'quite another password'

describe.each(databases)('on $name', ({ open }) => {
  let world: MailedNodes
  beforeAll(async () => {
    world = await startMailedNodes(await open())
  })
  afterAll(() => world.close())

  const me = async (token: string, node: 0 | 1 = 0) => world.nodes[node].call('GET', '/auth/me', { token })
  const login = (username: string, secret = password) => world.post('/login', { username, password: secret })

  describe('an address is verified', () => {
    const ways: [
      how: string,
      body: (mail: { token: string; code: string }, email: string) => object,
      session: boolean,
    ][] = [
      ['by the link', ({ token }) => ({ token }), false],
      ['by the code', ({ code }, email) => ({ email, code }), false],
      [
        'by the code as it is typed',
        ({ code }, email) => ({ email, code: `${code.slice(0, 3)} ${code.slice(3)}` }),
        false,
      ],
      ['by the code of a user who is logged in', ({ code }) => ({ code }), true],
    ]
    it.each(ways)('%s, and the account keeps its password and sessions', async (_, bodyOf, session) => {
      const { username, email } = world.named()
      expect((await world.post('/register', { username, email, password })).status).toBe(201)
      const mail = await world.inbox.next(email)
      expect(mail.text).toContain(username)
      const { body } = await login(username)
      const token = body.access_token as string
      expect((await me(token)).body).toMatchObject({ email, email_verified: false })
      expect(refusal(await login(email))).toBe('401 invalid_credentials')
      const reply = await world.post('/email/verify', bodyOf(mail, email), { node: 1, ...(session && { token }) })
      expect(reply.status).toBe(204)
      expect((await me(token)).body).toMatchObject({ email, email_verified: true })
      expect((await login(email.toUpperCase())).status).toBe(200)
      expect((await login(username)).status).toBe(200)
    })

    it('by a later mail, which voids the link of the first, whoever asks for it', async () => {
      const { access, email } = await world.member({ verified: false })
      expect((await world.post('/email/verification', { email })).status).toBe(202)
      const asked = await world.inbox.next(email)
      expect((await world.post('/email/verification', {}, { token: access })).status).toBe(202)
      const own = await world.inbox.next(email)
      expect(refusal(await world.post('/email/verify', { token: asked.token }))).toBe('401 code_invalid')
      expect((await world.post('/email/verify', { token: own.token })).status).toBe(204)
    })

    it('and is refused to a user who has no address', async () => {
      const username = 'without an address'
      expect((await world.post('/register', { username, password })).status).toBe(201)
      const token = (await login(username)).body.access_token as string
      expect(refusal(await world.post('/email/verification', {}, { token }))).toBe('422 invalid_request')
    })

    it('and then no mail is sent for it, whoever asks', async () => {
      const { access, email } = await world.member()
      const before = await world.countMails()
      expect((await world.post('/email/verification', { email })).status).toBe(202)
      expect((await world.post('/email/verification', {}, { token: access })).status).toBe(202)
      expect(await world.countMails()).toBe(before)
    })

    it('and those who only typed it lose it, with every link that was mailed for them', async () => {
      const { email } = world.named()
      const [squatter, owner] = [world.named(), world.named()]
      await world.post('/register', { username: squatter.username, email, password })
      const first = await world.inbox.next(email)
      await world.post('/register', { username: owner.username, email, password: another })
      const second = await world.inbox.next(email)
      expect((await world.post('/email/verify', { token: second.token })).status).toBe(204)
      expect(refusal(await world.post('/email/verify', { token: first.token }))).toBe('401 code_invalid')
      const { body } = await login(squatter.username)
      expect((await me(body.access_token as string)).body).toMatchObject({ email: null, email_verified: false })
      expect(refusal(await login(email))).toBe('401 invalid_credentials')
      expect((await login(email, another)).status).toBe(200)
      expect(world.nodes[0].events).toContain('email_removed')
    })

    it('by one of two who prove it at once', async () => {
      for (let round = 0; round < 5; round++) {
        const { email } = world.named()
        const names = [world.named().username, world.named().username]
        const tokens: string[] = []
        for (const username of names) {
          await world.post('/register', { username, email, password })
          tokens.push((await world.inbox.next(email)).token)
        }
        const replies = await Promise.all(
          tokens.map((token, index) => world.post('/email/verify', { token }, { node: index === 0 ? 0 : 1 })),
        )
        expect(replies.map(({ status }) => status).sort()).toEqual([204, 401])
      }
    })
  })

  it('the link that undoes a change of address is good for as long as before, whoever proves the address meanwhile', async () => {
    const { username, email, access } = await world.member()
    const { email: changed } = world.named()
    await world.post('/email/change', { new_email: changed }, { token: access })
    const { token } = await world.inbox.next(changed)
    await world.post('/email/change/confirm', { token })
    await world.inbox.next(email)
    const undo = await world.inbox.next(email)
    const other = world.named()
    await world.post('/register', { username: other.username, email, password })
    await world.post('/email/verify', { token: (await world.inbox.next(email)).token })
    expect((await world.post('/email/change/undo', { token: undo.token })).status).toBe(204)
    const { users } = world.nodes[0].auth
    expect(await users.findByUsername(other.username)).toMatchObject({ email: null, emailVerifiedAt: null })
    expect(await users.findByUsername(username)).toMatchObject({ email })
  })

  describe('a login by an address', () => {
    it('means who verified it, and not who took it for a username', async () => {
      const { email } = await world.member()
      await world.nodes[0].auth.users.add({ username: email, password: another })
      expect((await login(email)).status).toBe(200)
      expect(refusal(await login(email, another))).toBe('401 invalid_credentials')
    })

    it('means a username where no one verified it', async () => {
      const { email } = world.named()
      await world.nodes[0].auth.users.add({ username: email, password })
      expect((await login(email)).status).toBe(200)
    })
  })

  describe('a forgotten password', () => {
    it('is reset by the link: every session ends on every node, older links die, and no session begins', async () => {
      const { username, email, access, refresh } = await world.member()
      await world.post('/password/forgot', { email })
      const older = await world.inbox.next(email)
      await world.post('/password/forgot', { email })
      const { token, code } = await world.inbox.next(email)
      expect(refusal(await world.post('/password/reset', { token: older.token, new_password: another }))).toBe(
        '401 code_invalid',
      )
      for (const body of [{ token }, { email, code }]) {
        const refused = await world.post('/password/reset', { ...body, new_password: 'short' })
        expect(refused.body).toMatchObject({ code: 'invalid_request', members: [{ member: 'new_password' }] })
      }
      const reply = await world.post('/password/reset', { token, new_password: another })
      expect([reply.status, reply.body, reply.headers.getSetCookie()]).toEqual([204, {}, []])
      expect(refusal(await me(access))).toBe('401 token_revoked')
      await expect.poll(async () => refusal(await me(access, 1)), { timeout: 600_000 }).toBe('401 token_revoked')
      expect(refusal(await world.post('/refresh', { refresh_token: refresh }))).toBe('401 refresh_token_invalid')
      expect(refusal(await login(username))).toBe('401 invalid_credentials')
      expect((await login(username, another)).status).toBe(200)
      expect(refusal(await world.post('/password/reset', { email, code, new_password: password }))).toBe(
        '401 code_invalid',
      )
      expect((await world.inbox.next(email)).subject).toBe('Your password was changed')
      expect(world.nodes[0].events).toContain('password_reset')
    })

    it('is reset by the code, with every other link of the user gone', async () => {
      const { email } = await world.member()
      await world.post('/login/email', { email })
      const signIn = await world.inbox.next(email)
      await world.post('/password/forgot', { email })
      const { code } = await world.inbox.next(email)
      expect((await world.post('/password/reset', { email, code, new_password: another })).status).toBe(204)
      expect(refusal(await world.post('/login/email/verify', { token: signIn.token }))).toBe('401 code_invalid')
      expect((await login(email, another)).status).toBe(200)
    })

    it('is reset by a code after many passwords that are rejected for the account', async () => {
      const member = await world.member()
      const { email } = member
      const username = 'a name that is long enough'
      await world.setUser(member.username, { username, username_normal: username })
      await world.post('/password/forgot', { email })
      const { code } = await world.inbox.next(email)
      const reset = (new_password: string, by = code) =>
        world.post('/password/reset', { email, code: by, new_password })
      for (let i = 0; i < 6; i++) expect(refusal(await reset(username))).toBe('422 invalid_request')
      // A wrong code says nothing of the account, whatever the password.
      for (let i = 0; i < 4; i++) expect(refusal(await reset(username, 'wrong'))).toBe('401 code_invalid')
      expect((await reset(another)).status).toBe(204)
    })

    it('keeps the second factors, and cannot be the name of the account', async () => {
      const { username, email } = await world.member()
      await world.setUser(username, { second_factors: 1 })
      await world.post('/password/forgot', { email })
      const { token } = await world.inbox.next(email)
      expect(refusal(await world.post('/password/reset', { token, new_password: email }))).toBe('422 invalid_request')
      await world.post('/password/reset', { token, new_password: another })
      expect(refusal(await login(username, another))).toBe('403 mfa_required')
    })

    it('of an unverified address verifies it', async () => {
      const { username, email } = await world.member({ verified: false })
      await world.post('/password/forgot', { email })
      const { token } = await world.inbox.next(email)
      expect((await world.post('/password/reset', { token, new_password: another })).status).toBe(204)
      const user = await world.nodes[0].auth.users.findByUsername(username)
      expect(user?.emailVerifiedAt).not.toBeNull()
    })

    it('of an unverified address with a second factor stays as it is', async () => {
      const { username, email } = await world.member({ verified: false })
      await world.post('/password/forgot', { email })
      const { token } = await world.inbox.next(email)
      await world.setUser(username, { second_factors: 1 })
      expect(refusal(await world.post('/password/reset', { token, new_password: another }))).toBe('401 code_invalid')
      const before = await world.countMails()
      expect((await world.post('/password/forgot', { email })).status).toBe(202)
      expect(await world.countMails()).toBe(before)
      expect(refusal(await login(username))).toBe('403 mfa_required')
    })

    it('of an address that several typed and no one verified is mailed to the first of them who is not disabled', async () => {
      const { email } = world.named()
      const usernames = Array.from({ length: 3 }, () => world.named().username)
      for (const username of usernames) {
        await world.post('/register', { username, email, password })
        await world.inbox.next(email)
      }
      const { users } = world.nodes[0].auth
      for (const username of usernames.slice(0, 2)) {
        for (const path of ['/password/forgot', '/login/email', '/email/verification']) {
          expect((await world.post(path, { email })).status).toBe(202)
          const { text } = await world.inbox.next(email)
          if (path !== '/login/email') expect([path, text]).toEqual([path, expect.stringContaining(username)])
        }
        await users.disable((await users.findByUsername(username))?.id ?? '')
      }
    })
  })

  describe('a login by mail', () => {
    const ways: [how: string, body: (mail: { token: string; code: string }, email: string) => object][] = [
      ['by the link', ({ token }) => ({ token })],
      ['by the code', ({ code }, email) => ({ email, code })],
    ]
    it.each(ways)('begins a session %s, once', async (_, bodyOf) => {
      const { email, username } = await world.member()
      expect((await world.post('/login/email', { email })).status).toBe(202)
      const mail = await world.inbox.next(email)
      const reply = await world.post('/login/email/verify', bodyOf(mail, email), { node: 1 })
      expect(reply.body).toMatchObject({ account: 'existing', token_type: 'Bearer' })
      const token = reply.body.access_token as string
      expect((await me(token)).body).toMatchObject({ username, email_verified: true })
      expect(world.nodes[0].auth.jwt.decodeToken(token)).toMatchObject({ amr: ['email'], acr: 'aal1', fresh: true })
      expect(refusal(await world.post('/login/email/verify', bodyOf(mail, email)))).toBe('401 code_invalid')
      expect((await login(email)).status).toBe(200)
    })

    it('sets cookies where they are asked for, and no token in the body', async () => {
      const { email } = await world.member()
      await world.post('/login/email', { email })
      const { token } = await world.inbox.next(email)
      const body = { token, cookies: true, remember: false }
      const headers = { 'sec-fetch-site': 'cross-site' }
      const refused = await world.nodes[0].call('POST', '/auth/login/email/verify', { body, headers })
      expect(refusal(refused)).toBe('403 cross_site_refused')
      const reply = await world.post('/login/email/verify', body)
      expect(Object.keys(reply.body).sort()).toEqual(['account', 'expires_in', 'token_type'])
      expect(reply.headers.getSetCookie()).toHaveLength(5)
    })

    it('makes an account without a password, which a reset gives one', async () => {
      const { email } = world.named()
      await world.post('/login/email', { email })
      const { token } = await world.inbox.next(email)
      const { body } = await world.post('/login/email/verify', { token })
      expect(body.account).toBe('created')
      const mine = (await me(body.access_token as string)).body
      expect(mine).toMatchObject({ email, email_verified: true })
      expect(mine.username).toMatch(/^user\d+-[0-9a-f]{10}$/)
      for (const secret of ['', password]) expect(refusal(await login(email, secret))).toBe('401 invalid_credentials')
      await world.post('/password/forgot', { email })
      const reset = await world.inbox.next(email)
      await world.post('/password/reset', { token: reset.token, new_password: another })
      expect((await login(email, another)).status).toBe(200)
    })

    it.each(['token', 'code'])('makes one account and one session of 20 uses at once, with its %s', async (by) => {
      const { email } = world.named()
      await world.post('/login/email', { email })
      const { token, code } = await world.inbox.next(email)
      const body = by === 'token' ? { token } : { email, code }
      const use = (index: number) =>
        world.nodes[index % 2 === 0 ? 0 : 1].call('POST', '/auth/login/email/verify', {
          body,
          address: `198.51.100.${index}`,
        })
      const replies = await Promise.all(Array.from({ length: 20 }, (_, index) => use(index)))
      const outcomes = replies.map((reply) => (reply.status === 200 ? 'in' : refusal(reply)))
      expect(outcomes.filter((outcome) => outcome === 'in')).toHaveLength(1)
      expect(new Set(outcomes)).toEqual(new Set(['in', '401 code_invalid']))
      const { sql } = world.database
      const made = await sql.selectFrom('hallpass_users').select('id').where('email_normal', '=', email).execute()
      expect(made).toHaveLength(1)
      const ofUser = sql
        .selectFrom('hallpass_sessions')
        .select('id')
        .where('user_id', '=', made[0]?.id ?? '')
      expect(await ofUser.execute()).toHaveLength(1)
    })

    it('adopts an account whose address was never verified: what was set before goes, and the answer says so', async () => {
      const { username, email, access } = await world.member({ verified: false })
      await world.post('/password/forgot', { email })
      const reset = await world.inbox.next(email)
      await world.post('/login/email', { email })
      const { token } = await world.inbox.next(email)
      const { body } = await world.post('/login/email/verify', { token })
      expect(body.account).toBe('adopted')
      expect((await me(body.access_token as string)).body).toMatchObject({ username, email_verified: true })
      expect(refusal(await me(access))).toBe('401 token_revoked')
      expect(refusal(await login(username))).toBe('401 invalid_credentials')
      expect(refusal(await world.post('/password/reset', { token: reset.token, new_password: another }))).toBe(
        '401 code_invalid',
      )
    })

    it('does not walk past a second factor, of an unverified account either', async () => {
      const closed = await startMailedNodes(await open(), { registration: 'closed' })
      const { id } = await closed.nodes[0].auth.users.add({ username: 'anna', email: 'anna@mail.example', password })
      await closed.setUser('anna', { second_factors: 1 })
      const { username, email } = await world.member()
      await world.setUser(username, { second_factors: 1 })
      for (const [service, name, address] of [
        [world, username, email],
        [closed, 'anna', 'anna@mail.example'],
      ] as const) {
        await service.post('/login/email', { email: address })
        const { token } = await service.inbox.next(address)
        const reply = await service.post('/login/email/verify', { token })
        expect([name, refusal(reply)]).toEqual([name, '403 mfa_required'])
        expect(reply.body.mfa_token).toMatch(/^hp_mfa_/)
      }
      expect((await closed.nodes[0].auth.users.find(id))?.emailVerifiedAt).toBeNull()
      await closed.close()
    })

    it('makes an account where that of the address is unverified and has a second factor, which loses the address', async () => {
      const squatter = await world.member({ verified: false })
      await world.setUser(squatter.username, { second_factors: 1 })
      await world.post('/login/email', { email: squatter.email })
      const { token } = await world.inbox.next(squatter.email)
      const { body } = await world.post('/login/email/verify', { token })
      expect(body.account).toBe('created')
      const mine = (await me(body.access_token as string)).body
      expect(mine).toMatchObject({ email: squatter.email, email_verified: true })
      expect(mine.username).not.toBe(squatter.username)
      const { users } = world.nodes[0].auth
      expect(await users.findByUsername(squatter.username)).toMatchObject({ email: null, secondFactors: 1 })
      expect(refusal(await login(squatter.username))).toBe('403 mfa_required')
    })

    it('is no way in for a disabled user', async () => {
      const { username, email } = await world.member()
      await world.post('/login/email', { email })
      const { token } = await world.inbox.next(email)
      const user = await world.nodes[0].auth.users.findByUsername(username)
      await world.nodes[0].auth.users.disable(user?.id ?? '')
      expect(refusal(await world.post('/login/email/verify', { token }))).toBe('401 code_invalid')
      const before = await world.countMails()
      for (const path of ['/login/email', '/password/forgot', '/email/verification']) await world.post(path, { email })
      expect(await world.countMails()).toBe(before)
    })
  })

  describe('a registration with the address of another', () => {
    it('is answered like any, and its owner is told', async () => {
      const owner = await world.member()
      const answers = []
      for (const email of [owner.email, world.named().email]) {
        const { username } = world.named()
        const reply = await world.post('/register', { username, email, password })
        const entered = await login(username)
        const mine = (await me(entered.body.access_token as string)).body
        expect([reply.body.username, reply.body.email, mine.email]).toEqual([username, email, email])
        answers.push([reply.status, Object.keys(reply.body), entered.status, mine.email_verified])
        const again = await world.post('/email/verification', {}, { token: entered.body.access_token as string })
        expect(again.status).toBe(202)
      }
      expect(answers[0]).toEqual(answers[1])
      for (let i = 0; i < 2; i++) {
        const mail = await world.inbox.next(owner.email)
        expect([mail.subject, mail.token, mail.code]).toEqual(['You already have an account', '', ''])
      }
      expect((await login(owner.email)).status).toBe(200)
    })
  })

  it('only after the address is verified, where that is required', async () => {
    const strict = await startMailedNodes(await open(), { requireVerifiedEmail: true })
    const { username, email } = strict.named()
    const refused = await strict.post('/register', { username, password })
    expect(refused.body).toMatchObject({ code: 'invalid_request', members: [{ member: 'email' }] })
    await strict.post('/register', { username, email, password })
    expect(refusal(await strict.post('/login', { username, password: another }))).toBe('401 invalid_credentials')
    expect(refusal(await strict.post('/login', { username, password }))).toBe('403 email_not_verified')
    const { token } = await strict.inbox.next(email)
    await strict.post('/email/verify', { token })
    expect((await strict.post('/login', { username, password })).status).toBe(200)
    const other = strict.named()
    await strict.post('/register', { ...other, password })
    await strict.post('/login/email', { email: other.email })
    await strict.inbox.next(other.email)
    const signIn = await strict.inbox.next(other.email)
    expect((await strict.post('/login/email/verify', { token: signIn.token })).status).toBe(200)
    await strict.close()
  })
})
