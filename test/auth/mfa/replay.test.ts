import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases, type TestDatabase } from '../../databases.ts'
import { password, type Reply, refusal, type Service, startService } from '../service.ts'
import { challengeOf, codeNow, type Enrolled, enroll, verify } from './authenticator.ts'

const times = 50

/** What is used up by a code, once. */
type Use = (service: Service, user: Enrolled, method: string, code: string) => Promise<Reply>

describe.each(databases)('a code on $name', ({ open }) => {
  let test: TestDatabase
  let nodes: readonly [Service, Service]
  let count = 0
  beforeAll(async () => {
    test = await open()
    nodes = [await startService(test.url), await startService(test.url)]
  })
  afterAll(async () => {
    for (const { auth } of nodes) await auth.close()
    await test.drop()
  })
  const pass = (seconds: number) => {
    for (const node of nodes) node.elapsed += seconds
  }
  async function newUser(): Promise<Enrolled> {
    const user = await enroll(nodes[0], `user${count++}`)
    pass(60)
    return user
  }
  const outcomeOf = (reply: Reply) => (reply.status < 400 ? String(reply.status) : refusal(reply))
  const tally = (replies: readonly Reply[]) =>
    Object.fromEntries([...Map.groupBy(replies, outcomeOf)].map(([outcome, { length }]) => [outcome, length]))

  const uses: [name: string, use: Use][] = [
    [
      'a login',
      async (service, { username }, method, code) =>
        verify(service, await challengeOf(service, username), code, method),
    ],
    [
      'a re-authentication',
      (service, { access_token: token }, method, code) =>
        service.call('POST', '/auth/reauthenticate', { token, body: { method, code } }),
    ],
    [
      'a re-authentication with the password',
      (service, { access_token: token }, method, code) =>
        service.call('POST', '/auth/reauthenticate', { token, body: { password, method, code } }),
    ],
  ]

  it.each(uses)('is good for %s once', async (_, use) => {
    const user = await newUser()
    const code = codeNow(nodes[0], user.secret)
    expect(outcomeOf(await use(nodes[0], user, 'totp', code))).toBe('200')
    for (const node of nodes) expect(outcomeOf(await use(node, user, 'totp', code))).toBe('401 mfa_code_invalid')
  })

  it.each(uses)('of an earlier step is refused after a later one, at %s', async (_, use) => {
    const user = await newUser()
    const [earlier, now, later] = [-1, 0, 1].map((steps) => codeNow(nodes[0], user.secret, steps))
    expect(outcomeOf(await use(nodes[0], user, 'totp', now ?? ''))).toBe('200')
    expect(outcomeOf(await use(nodes[1], user, 'totp', earlier ?? ''))).toBe('401 mfa_code_invalid')
    expect(outcomeOf(await use(nodes[1], user, 'totp', later ?? ''))).toBe('200')
  })

  it.each(uses)('is good for one of fifty at once on two nodes, at %s', async (name, use) => {
    const user = await newUser()
    const both: [method: string, code: string][] = [
      ['totp', codeNow(nodes[0], user.secret)],
      ['recovery_code', user.recoveryCodes[0] ?? ''],
    ]
    for (const [method, code] of both) {
      // Made beforehand: logins of one account wait for each other. A user has ten, good for five codes each.
      const challenges: string[] = []
      while (name === 'a login' && challenges.length < times / 5)
        challenges.push(await challengeOf(nodes[0], user.username))
      const replies = await Promise.all(
        Array.from({ length: times }, (_, index) => {
          const node = nodes[index % 2] as Service
          const challenge = challenges[index % (times / 5)]
          return challenge === undefined ? use(node, user, method, code) : verify(node, challenge, code, method)
        }),
      )
      // Of the challenge that became a login: it is used up too.
      const { '401 mfa_token_invalid': late = 0, ...others } = tally(replies)
      expect(late).toBeLessThanOrEqual(name === 'a login' ? 4 : 0)
      expect(others).toEqual({ 200: 1, '401 mfa_code_invalid': times - 1 - late })
    }
  })

  it('is good for one of the uses, whichever comes first', async () => {
    for (const [, first] of uses) {
      const user = await newUser()
      const code = codeNow(nodes[0], user.secret)
      expect(outcomeOf(await first(nodes[0], user, 'totp', code))).toBe('200')
      for (const [, other] of uses) {
        expect(outcomeOf(await other(nodes[1], user, 'totp', code))).toBe('401 mfa_code_invalid')
      }
    }
  })

  it('that set an app up is used by that', async () => {
    const user = await enroll(nodes[0], `user${count++}`)
    const code = codeNow(nodes[0], user.secret)
    for (const [, use] of uses) expect(outcomeOf(await use(nodes[1], user, 'totp', code))).toBe('401 mfa_code_invalid')
  })

  it('completes one login, of fifty at once with one challenge', async () => {
    const user = await newUser()
    const token = await challengeOf(nodes[0], user.username)
    const code = codeNow(nodes[0], user.secret)
    const replies = await Promise.all(
      Array.from({ length: times }, (_, index) => verify(nodes[index % 2] as Service, token, code)),
    )
    expect(tally(replies)).toEqual({ 200: 1, '401 mfa_token_invalid': times - 1 })
    const { id } = (await nodes[0].auth.users.findByUsername(user.username)) ?? { id: '' }
    // That of the enrollment, and one more.
    expect((await nodes[0].auth.sessions.list(id)).sessions).toHaveLength(2)
  })

  it('sets an app up once, of fifty confirmations at once', async () => {
    const { access_token: token } = await nodes[0].newcomer(`user${count++}`)
    const { body } = await nodes[0].call('POST', '/auth/mfa/totp', { token, body: {} })
    const code = codeNow(nodes[0], String(body.secret))
    const replies = await Promise.all(
      Array.from({ length: times }, (_, index) =>
        (nodes[index % 2] as Service).call('POST', `/auth/mfa/totp/${body.id}/confirm`, { token, body: { code } }),
      ),
    )
    const confirmed = replies.filter(({ status }) => status === 200)
    expect(confirmed).toHaveLength(1)
    const user = await nodes[0].auth.users.find(String(nodes[0].auth.jwt.decodeToken(token).sub))
    expect(user?.secondFactors).toBe(1)
    // The codes that were shown are those that are good.
    const shown = (confirmed[0]?.body.recovery_codes as string[] | undefined)?.[0] ?? ''
    const login = await verify(nodes[1], await challengeOf(nodes[1], user?.username ?? ''), shown, 'recovery_code')
    expect(login.status).toBe(200)
  })
})
