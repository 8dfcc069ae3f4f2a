import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../../databases.ts'
import { type Reply, refusal } from '../service.ts'
import type { ReadMail } from './mailbox.ts'
import { type MailedNodes, type Member, startMailedNodes } from './mailed-service.ts'

const another = 'quite another password'

/** A purpose: how its mail is asked for, how it is used, and what shows that nothing happened. */
interface Kind {
  readonly ask: string
  readonly use: string
  readonly more: object
  readonly validSeconds: number
  readonly succeeds: number
}

const kinds: Record<string, Kind> = {
  'verifies an address': {
    ask: '/email/verification',
    use: '/email/verify',
    more: {},
    validSeconds: 24 * 60 * 60,
    succeeds: 204,
  },
  'resets a password': {
    ask: '/password/forgot',
    use: '/password/reset',
    more: { new_password: another },
    validSeconds: 30 * 60,
    succeeds: 204,
  },
  'logs in': { ask: '/login/email', use: '/login/email/verify', more: {}, validSeconds: 10 * 60, succeeds: 200 },
}

const flipped = (token: string) => token.replace(/[a-z](?=[^a-z]*$)/, (letter) => letter.toUpperCase())
const otherCode = (code: string) => code.replace(/\d$/, (digit) => `${(Number(digit) + 1) % 10}`)

describe.each(databases)('on $name', ({ open }) => {
  let world: MailedNodes
  let stranger: Member
  beforeAll(async () => {
    world = await startMailedNodes(await open())
    stranger = await world.member({ verified: false })
  })
  afterAll(() => world.close())

  describe.each(Object.entries(kinds))('what %s', (purpose, { ask, use, more, validSeconds, succeeds }) => {
    const send = (body: object, node: 0 | 1 = 0) => world.post(use, { ...more, ...body }, { node })
    async function mailed(): Promise<{ member: Member; mail: ReadMail }> {
      const member = await world.member({ verified: false })
      return { member, mail: await again(member) }
    }
    async function again({ email }: Member): Promise<ReadMail> {
      expect((await world.post(ask, { email })).status).toBe(202)
      return world.inbox.next(email)
    }
    const stateOf = async ({ username }: Member) =>
      world.database.sql
        .selectFrom('hallpass_users')
        .selectAll()
        .where('username', '=', username)
        .executeTakeFirstOrThrow()

    type Bodies = (mail: ReadMail, member: Member) => object[] | Promise<object[]>
    const bodiesOf = ({ token, code }: ReadMail, { email }: Member) => [{ token }, { email, code }]
    const invalid: [why: string, bodies: Bodies][] = [
      ['is cut', ({ token, code }, { email }) => [{ token: token.slice(0, -1) }, { email, code: code.slice(0, -1) }]],
      ['is extended', ({ token, code }, { email }) => [{ token: `${token}A` }, { email, code: `${code}0` }]],
      ['has a letter in the other case', ({ token }) => [{ token: flipped(token) }]],
      ['is another code', ({ code }, { email }) => [{ email, code: otherCode(code) }]],
      ['is empty', (_, { email }) => [{ token: '' }, { email, code: '' }]],
      [
        'is of other digits',
        ({ code }, { email }) => [
          { email, code: code.replace(/\d/g, (one) => String.fromCharCode(0xff10 + Number(one))) },
        ],
      ],
      ['is the code of another user', ({ code }) => [{ email: stranger.email, code }]],
      ['is the code of an address that no account has', ({ code }) => [{ email: 'no.one@mail.example', code }]],
      [
        'is the code of what is no address',
        ({ code }, { email }) =>
          ['no address', `\0${email}`, `${email}\0`, 'x'.repeat(9000), ''].map((text) => ({
            email: text,
            code,
          })),
      ],
      ['has what no code has', (_, { email }) => ['\0', '9'.repeat(9000)].map((code) => ({ email, code }))],
      ['is the prefix of a challenge', ({ token }) => [{ token: token.replace('hp_ot_', 'hp_mfa_') }]],
      [
        'is superseded',
        async (mail, member) => {
          const bodies = bodiesOf(mail, member)
          await again(member)
          return bodies
        },
      ],
    ]
    it.each(invalid)('is refused if it %s, and nothing changes', async (_, bodiesFor) => {
      const { member, mail } = await mailed()
      const bodies = await bodiesFor(mail, member)
      const before = await stateOf(member)
      for (const body of bodies) expect([body, refusal(await send(body))]).toEqual([body, '401 code_invalid'])
      expect(await stateOf(member)).toEqual(before)
    })

    it('is refused for anything else', async () => {
      const { member, mail } = await mailed()
      for (const [other, kind] of Object.entries(kinds)) {
        if (other === purpose) continue
        for (const body of bodiesOf(mail, member)) {
          expect(refusal(await world.post(kind.use, { ...kind.more, ...body }))).toBe('401 code_invalid')
        }
      }
      expect((await send({ token: mail.token })).status).toBe(succeeds)
    })

    it.each([0, 1])('is used once, whether by link or by code (%i first)', async (first) => {
      const { member, mail } = await mailed()
      const bodies = bodiesOf(mail, member)
      expect((await send(bodies[first] ?? {})).status).toBe(succeeds)
      for (const body of bodies)
        for (const node of [0, 1] as const) {
          expect(refusal(await send(body, node))).toBe('401 code_invalid')
        }
    })

    it('is valid until the millisecond that it expires', async () => {
      const { elapsed } = world.nodes[0]
      const set = (seconds: number) => {
        for (const node of world.nodes) node.elapsed = seconds
      }
      for (const by of [0, 1]) {
        const late = await mailed()
        set(world.nodes[0].elapsed + validSeconds)
        expect(refusal(await send(bodiesOf(late.mail, late.member)[by] ?? {}))).toBe('401 code_invalid')
        const { mail, member } = await mailed()
        set(world.nodes[0].elapsed + validSeconds - 0.001)
        expect((await send(bodiesOf(mail, member)[by] ?? {})).status).toBe(succeeds)
      }
      expect(world.nodes[0].elapsed).toBeGreaterThan(elapsed)
    })

    it('is void after five wrong codes, and its link is not', async () => {
      const { member, mail } = await mailed()
      const { email } = member
      for (let i = 0; i < 5; i++) await send({ email, code: otherCode(mail.code) })
      expect(refusal(await send({ email, code: mail.code }))).toBe('401 code_invalid')
      expect((await send({ token: mail.token })).status).toBe(succeeds)
    })

    it.each(['token', 'code'])('is used by one of 50 at once, on two nodes, with its %s', async (by) => {
      const { member, mail } = await mailed()
      const body = by === 'token' ? { token: mail.token } : { email: member.email, code: mail.code }
      const replies: Reply[] = await Promise.all(
        Array.from({ length: 50 }, (_, index) => send(body, index % 2 === 0 ? 0 : 1)),
      )
      const outcomes = replies.map((reply) => (reply.status < 300 ? 'used' : refusal(reply)))
      expect(outcomes.filter((outcome) => outcome === 'used')).toHaveLength(1)
      expect(new Set(outcomes)).toEqual(new Set(['used', '401 code_invalid']))
    })

    const unreadable: [what: string, body: object][] = [
      ['nothing', {}],
      ['both', { token: 'x', code: '1', email: 'a@mail.example' }],
      ['a code without an address', { code: '123456' }],
      ['a number', { email: 'a@mail.example', code: 123456 }],
      ['a list', { token: ['x'] }],
    ]
    it.each(unreadable)('cannot be read from %s', async (_, body) => {
      expect(refusal(await send(body))).toBe('422 invalid_request')
    })
  })

  it('members that say who one is are ignored', async () => {
    const claims = { email_verified: true, amr: ['mfa'], roles: ['admin'], id: '1', second_factors: 0, user_id: '1' }
    const { username, email } = world.named()
    const registered = await world.post('/register', { username, email, password: another, ...claims })
    expect(registered.status).toBe(201)
    const { body } = await world.post('/login', { username, password: another, ...claims })
    const token = body.access_token as string
    expect((await world.nodes[0].call('GET', '/auth/me', { token })).body).toMatchObject({
      roles: [],
      email_verified: false,
    })
    expect(world.nodes[0].auth.jwt.decodeToken(token).amr).toEqual(['pwd'])
    const { token: link } = await world.inbox.next(email)
    await world.post('/email/verify', { token: link, email: stranger.email, ...claims })
    expect((await world.nodes[0].call('GET', '/auth/me', { token })).body).toMatchObject({
      email,
      email_verified: true,
    })
    expect((await world.nodes[0].auth.users.findByUsername(stranger.username))?.emailVerifiedAt).toBeNull()
  })
})
