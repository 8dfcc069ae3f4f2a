import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { databases } from '../../databases.ts'
import { password, refusal } from '../service.ts'
import type { ReadMail } from './mailbox.ts'
import { type MailedNodes, type Member, startMailedNodes } from './mailed-service.ts'

const day = 24 * 60 * 60

describe.each(databases)('on $name', ({ open }) => {
  let world: MailedNodes
  beforeAll(async () => {
    world = await startMailedNodes(await open())
  })
  afterAll(() => world.close())
  beforeEach(() => setElapsed(0))

  function setElapsed(seconds: number) {
    for (const node of world.nodes) node.elapsed = seconds
  }
  const statusOf = async (token: string, node: 0 | 1) =>
    (await world.nodes[node].call('GET', '/auth/me', { token })).status
  const me = async (token: string) => (await world.nodes[0].call('GET', '/auth/me', { token })).body
  const login = async (username: string, secret = password) =>
    (await world.post('/login', { username, password: secret })).body as { access_token: string; refresh_token: string }
  const find = (username: string) => world.nodes[0].auth.users.findByUsername(username)
  const change = (token: string, new_email: string) => world.post('/email/change', { new_email }, { token })
  const confirm = (body: object, token?: string) =>
    world.post('/email/change/confirm', body, { node: 1, ...(token !== undefined && { token }) })
  const undo = (token: string) => world.post('/email/change/undo', { token }, { node: 1 })

  /** Asks for a change, and reads both mails. */
  async function begin(member: Member, email = world.named().email) {
    expect((await change(member.access, email)).status).toBe(202)
    return { email, proof: await world.inbox.next(email), notice: await world.inbox.next(member.email) }
  }
  async function changed(member: Member): Promise<{ readonly email: string; readonly undone: ReadMail }> {
    const { email, proof } = await begin(member)
    expect((await confirm({ token: proof.token })).status).toBe(204)
    return { email, undone: await world.inbox.next(member.email) }
  }

  it('an address stays in use until the new one is proven; then the other sessions end on every node', async () => {
    const member = await world.member()
    const others = await login(member.username)
    const { email, proof, notice } = await begin(member)
    expect(world.nodes[0].events).toContain('email_change_requested')
    expect(notice.text).toContain(`${email[0]}***@`)
    expect(`${notice.text}${notice.html}`).not.toContain(email)
    expect(await me(member.access)).toMatchObject({ email: member.email, email_verified: true })
    expect((await confirm({ token: proof.token })).status).toBe(204)
    expect(await me(member.access)).toMatchObject({ email, email_verified: true })
    expect(await statusOf(others.access_token, 1)).toBe(401)
    await vi.waitFor(async () => expect(await statusOf(others.access_token, 0)).toBe(401), { timeout: 600_000 })
    expect((await world.post('/refresh', { refresh_token: others.refresh_token })).status).toBe(401)
    expect((await login(email)).access_token).toEqual(expect.any(String))
    expect(refusal(await confirm({ token: proof.token }))).toBe('401 code_invalid')
    const undone = await world.inbox.next(member.email)
    expect(undone.text).toContain('7 days')
  })

  it('the code of the mail proves it, for the user alone', async () => {
    const [member, other] = [await world.member(), await world.member()]
    const { email, proof } = await begin(member)
    expect(refusal(await confirm({ code: proof.code }, other.access))).toBe('401 code_invalid')
    expect(refusal(await confirm({ code: proof.code }))).toBe('401 token_missing')
    expect(refusal(await confirm({ code: proof.code, token: proof.token }, member.access))).toBe('422 invalid_request')
    expect((await confirm({ code: proof.code }, member.access)).status).toBe(204)
    expect(await me(member.access)).toMatchObject({ email, email_verified: true })
  })

  it('the address in use cancels the change', async () => {
    const member = await world.member()
    const { proof, notice } = await begin(member)
    expect(notice.link).toContain('/cancel-email-change#token=')
    expect((await world.post('/email/change/cancel', { token: notice.token })).status).toBe(204)
    expect(refusal(await world.post('/email/change/cancel', { token: notice.token }))).toBe('401 code_invalid')
    expect(refusal(await confirm({ token: proof.token }))).toBe('401 code_invalid')
    expect(await me(member.access)).toMatchObject({ email: member.email })
  })

  it('the change ends with the session that asked for it, unless the user is there', async () => {
    const member = await world.member()
    const { proof, email } = await begin(member)
    const user = await find(member.username)
    await world.nodes[0].auth.sessions.endAll(user?.id ?? '')
    expect(refusal(await confirm({ token: proof.token }))).toBe('401 code_invalid')
    const { access_token } = await login(member.username)
    expect((await confirm({ token: proof.token }, access_token)).status).toBe(204)
    expect((await find(member.username))?.email).toBe(email)
  })

  it('the change ends when the user is disabled', async () => {
    const member = await world.member()
    const { proof } = await begin(member)
    const { id = '' } = (await find(member.username)) ?? {}
    const { users } = world.nodes[0].auth
    await users.disable(id)
    await users.enable(id)
    const { access_token: token } = await login(member.username)
    // On the same node: the other may not know yet that the user is enabled again.
    const late = await world.post('/email/change/confirm', { token: proof.token }, { token })
    expect(refusal(late)).toBe('401 code_invalid')
  })

  it('an address of another account is answered alike, and its owner is told', async () => {
    const [member, owner] = [await world.member(), await world.member()]
    expect((await change(member.access, owner.email)).status).toBe(202)
    const mail = await world.inbox.next(owner.email)
    expect([mail.text.includes(owner.username), mail.token, mail.code]).toEqual([true, '', ''])
    await world.inbox.next(member.email)
  })

  it('those who only typed the new address lose it; of two who prove it at once one has it', async () => {
    const squatter = await world.member({ verified: false })
    const [one, two] = [await world.member(), await world.member()]
    const mails = [await begin(one, squatter.email), await begin(two, squatter.email)]
    const replies = await Promise.all(mails.map(({ proof }) => confirm({ token: proof.token })))
    expect(replies.map(({ status }) => status).sort()).toEqual([204, 401])
    const users = await Promise.all([squatter, one, two].map(({ username }) => find(username)))
    expect(users.filter((user) => user?.email === squatter.email)).toHaveLength(1)
    expect(users[0]?.email).toBeNull()
  })

  describe('the previous address undoes it', () => {
    it('for seven days: it is verified again, and sessions, password and what is pending are gone', async () => {
      const member = await world.member()
      const { email, undone } = await changed(member)
      const thief = await login(email)
      await world.post('/password/forgot', { email })
      const pending = await world.inbox.next(email)
      setElapsed(7 * day - 1)
      expect((await undo(undone.token)).status).toBe(204)
      expect(await find(member.username)).toMatchObject({ email: member.email, emailVerifiedAt: expect.any(Date) })
      setElapsed(7 * day)
      for (const token of [member.access, thief.access_token]) expect(await statusOf(token, 1)).toBe(401)
      expect((await world.post('/refresh', { refresh_token: thief.refresh_token })).status).toBe(401)
      expect(refusal(await world.post('/login', { username: member.username, password }))).toBe(
        '401 invalid_credentials',
      )
      const reset = { token: pending.token, new_password: 'quite another password' }
      expect(refusal(await world.post('/password/reset', reset))).toBe('401 code_invalid')
      expect((await world.inbox.next(email)).subject).toMatch(/undone/)
      // Both nodes send, so two mails of one change arrive in any order.
      const mails = [await world.inbox.next(member.email), await world.inbox.next(member.email)]
      expect(mails.filter(({ subject }) => subject.includes('undone'))).toHaveLength(1)
      const { token = '' } = mails.find(({ subject }) => subject === 'Reset your password') ?? {}
      expect((await world.post('/password/reset', { ...reset, token })).status).toBe(204)
      expect((await login(member.email, reset.new_password)).access_token).toEqual(expect.any(String))
      expect(world.nodes[1].events).toContain('email_restored')
    })

    it('and not a millisecond longer', async () => {
      const member = await world.member()
      const { undone } = await changed(member)
      setElapsed(7 * day)
      expect(refusal(await undo(undone.token))).toBe('401 code_invalid')
    })

    it('also after a second change, whatever is undone in between', async () => {
      const owner = await world.member()
      const first = await changed(owner)
      const thief = { ...owner, email: first.email }
      const second = await changed(thief)
      expect((await undo(second.undone.token)).status).toBe(204)
      expect((await find(owner.username))?.email).toBe(first.email)
      expect((await undo(first.undone.token)).status).toBe(204)
      expect((await find(owner.username))?.email).toBe(owner.email)
      expect(refusal(await undo(second.undone.token))).toBe('401 code_invalid')
    })

    it('and ends what later changes left', async () => {
      const owner = await world.member()
      const first = await changed(owner)
      const second = await changed({ ...owner, email: first.email })
      expect((await undo(first.undone.token)).status).toBe(204)
      expect(refusal(await undo(second.undone.token))).toBe('401 code_invalid')
      expect((await find(owner.username))?.email).toBe(owner.email)
    })

    it('and the links of later changes, also where the clocks of nodes disagree about their order', async () => {
      const owner = await world.member()
      const first = await changed(owner)
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 60_000 })
      const second = await changed({ ...owner, email: first.email }).finally(() => vi.useRealTimers())
      expect((await undo(first.undone.token)).status).toBe(204)
      expect(refusal(await undo(second.undone.token))).toBe('401 code_invalid')
      expect((await find(owner.username))?.email).toBe(owner.email)
    })

    it('not where the user went back to it', async () => {
      const member = await world.member()
      const { email, undone } = await changed(member)
      const { proof } = await begin({ ...member, email }, member.email)
      expect((await confirm({ token: proof.token })).status).toBe(204)
      expect(refusal(await undo(undone.token))).toBe('401 code_invalid')
    })

    it('also from an account that has proven it since, because it is the same mailbox', async () => {
      const left = await world.member()
      const gone = await changed(left)
      const { username } = world.named()
      await world.post('/register', { username, email: left.email, password })
      await world.post('/email/verify', { token: (await world.inbox.next(left.email)).token })
      expect((await undo(gone.undone.token)).status).toBe(204)
      expect(await find(left.username)).toMatchObject({ email: left.email, emailVerifiedAt: expect.any(Date) })
      expect(await find(username)).toMatchObject({ email: null, emailVerifiedAt: null })
    })

    it('with the factors that were added since its session began, and not those of before', async () => {
      const member = await world.member()
      const user = await find(member.username)
      const totp = (id: string, created: number, confirmed: number | null) => ({
        id: `${member.username}-${id}`,
        user_id: user?.id ?? '',
        name: id,
        sealed: '',
        sealed_under: '',
        created_at: created,
        confirmed_at: confirmed,
      })
      const { undone } = await changed(member)
      const now = world.nodes[0].auth.jwt.settings.clock() * 1000
      // Another node may be so far behind.
      const since = now - 10_000
      await world.database.sql
        .insertInto('hallpass_totp')
        .values([
          totp('before', since - 1, since - 1),
          totp('begun before', since - 1, since),
          totp('since', now, now),
          totp('unconfirmed', since - 1, null),
        ])
        .execute()
      expect((await undo(undone.token)).status).toBe(204)
      const { totp: left } = await world.nodes[0].auth.users.factors(user?.id ?? '')
      expect(left.map(({ name }) => name)).toEqual(['before'])
      expect((await find(member.username))?.secondFactors).toBe(1)
    })
  })

  describe('what is refused changes nothing:', () => {
    it('links that are cut, extended, flipped, of another purpose, or superseded', async () => {
      const member = await world.member()
      const first = await begin(member)
      const { email, proof, notice } = await begin(member)
      const tokens = [
        first.proof.token,
        notice.token,
        proof.token.slice(0, -1),
        `${proof.token}A`,
        proof.token.replace(/[a-z](?=[^a-z]*$)/, (letter) => letter.toUpperCase()),
        '',
        'hp_ot_',
      ]
      for (const token of tokens)
        expect([token, refusal(await confirm({ token }))]).toEqual([token, '401 code_invalid'])
      for (const token of [proof.token, first.notice.token, '']) {
        expect(refusal(await undo(token))).toBe('401 code_invalid')
        expect(refusal(await world.post('/email/change/cancel', { token }))).toBe('401 code_invalid')
      }
      setElapsed(day)
      expect(refusal(await confirm({ token: proof.token }))).toBe('401 code_invalid')
      setElapsed(day - 1)
      expect((await find(member.username))?.email).toBe(member.email)
      expect((await confirm({ token: proof.token })).status).toBe(204)
      expect((await find(member.username))?.email).toBe(email)
    })

    it('one link 50 times at once, on two nodes', async () => {
      const member = await world.member()
      const { proof } = await begin(member)
      const many = (path: string, token: string) =>
        Promise.all(Array.from({ length: 50 }, (_, i) => world.post(path, { token }, { node: (i % 2) as 0 | 1 })))
      const count = (replies: { status: number }[]) => replies.filter(({ status }) => status === 204).length
      expect(count(await many('/email/change/confirm', proof.token))).toBe(1)
      const { token } = await world.inbox.next(member.email)
      expect(count(await many('/email/change/undo', token))).toBe(1)
    })

    it('five wrong codes, and the right one after them', async () => {
      const member = await world.member()
      const { proof } = await begin(member)
      const wrong = proof.code === '000000' ? '000001' : '000000'
      for (let i = 0; i < 5; i++)
        expect(refusal(await confirm({ code: wrong }, member.access))).toBe('401 code_invalid')
      expect(refusal(await confirm({ code: proof.code }, member.access))).toBe('401 code_invalid')
    })

    const bodies: [what: string, email: string][] = [
      ['the address that it has', ''],
      ['none', 'alice'],
      ['two', 'a@x.example,b@y.example'],
      ['a line break', 'a@x.example\r\nBcc: b@y.example'],
      ['a quoted one', '"a b"@x.example'],
    ]
    it.each(bodies)('a change to %s', async (_what, email) => {
      const member = await world.member()
      expect(refusal(await change(member.access, email || member.email))).toBe('422 invalid_request')
    })

    it('a session that is old, one without the second factor, and none', async () => {
      const member = await world.member()
      const { auth } = world.nodes[0]
      const own = auth.jwt.createAccessToken((await find(member.username))?.id ?? '', { fresh: true })
      const asks = (token: string) => [
        () => change(token, world.named().email),
        () => world.post('/username', { username: world.named().username }, { token }),
        () => world.nodes[0].call('DELETE', '/auth/me', { token }),
      ]
      const answers = async (token: string) => {
        const codes: unknown[] = []
        for (const ask of asks(token)) codes.push((await ask()).body.code)
        return codes
      }
      expect((await answers(own)).slice(0, 2)).toEqual(['session_required', 'session_required'])
      const { body } = await world.post('/refresh', { refresh_token: member.refresh })
      expect(await answers(body.access_token as string)).toEqual(Array(3).fill('token_not_fresh'))
      const insufficient = Array(3).fill('insufficient_user_authentication')
      const { access_token: late } = await login(member.username)
      setElapsed(5 * 60 + 1)
      expect(await answers(late)).toEqual(insufficient)
      setElapsed(0)
      await world.setUser(member.username, { second_factors: 1 })
      expect(await answers(member.access)).toEqual(insufficient)
      await world.setUser(member.username, { second_factors: 0 })
      expect(await find(member.username)).toMatchObject({ email: member.email, username: member.username })
    })
  })

  it('a username changes, is told, and sessions go on', async () => {
    const [member, other] = [await world.member(), await world.member()]
    const { username } = world.named()
    const rename = (name: string) => world.post('/username', { username: name }, { token: member.access })
    expect(refusal(await rename(other.username.toUpperCase()))).toBe('409 username_taken')
    expect(refusal(await rename('a  b'))).toBe('422 invalid_request')
    expect((await rename(username)).status).toBe(204)
    expect(await me(member.access)).toMatchObject({ username })
    const { subject, text } = await world.inbox.next(member.email)
    expect([subject, text.includes(username)]).toEqual(['Your username was changed', true])
    expect((await login(username)).access_token).toEqual(expect.any(String))
    expect((await world.post('/login', { username: member.username, password })).status).toBe(401)
    expect((await rename(username.toUpperCase())).status).toBe(204)
  })

  it('a user deletes the account: nothing of it is valid, and the audit stays', async () => {
    const member = await world.member()
    const user = await find(member.username)
    const other = await login(member.username)
    expect((await world.nodes[0].call('DELETE', '/auth/me', { token: member.access })).status).toBe(204)
    for (const token of [member.access, other.access_token]) {
      expect(await statusOf(token, 0)).toBe(401)
      await vi.waitFor(async () => expect(await statusOf(token, 1)).toBe(401), { timeout: 600_000 })
    }
    expect((await world.post('/refresh', { refresh_token: member.refresh })).status).toBe(401)
    expect(await find(member.username)).toBeUndefined()
    expect((await world.inbox.next(member.email)).subject).toBe('Your account was deleted')
    const rows = await world.database.sql
      .selectFrom('hallpass_audit')
      .select(['event', 'details', 'actor'])
      .where('user_id', '=', user?.id ?? '')
      .where('event', '=', 'user_deleted')
      .execute()
    expect(rows).toEqual([
      { event: 'user_deleted', details: JSON.stringify({ username: member.username }), actor: null },
    ])
  })
})
