import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { endpoints } from '../../../src/routes/index.ts'
import { databases, type TestDatabase } from '../../databases.ts'
import { type Call, password, type Reply, refusal, type Service, startService } from '../service.ts'
import { challengeOf, codeNow, type Enrolled, enroll, verify } from './authenticator.ts'

const invalid = '401 mfa_token_invalid'
const newPassword = 'quite another password'

describe.each(databases)('an mfa_token on $name', ({ open }) => {
  let test: TestDatabase
  let nodes: readonly [Service, Service]
  let service: Service
  let count = 0
  beforeAll(async () => {
    test = await open()
    nodes = [
      await startService(test.url, { mfaRoles: ['admin'] }),
      await startService(test.url, { mfaRoles: ['admin'] }),
    ]
    service = nodes[0]
  })
  afterAll(async () => {
    for (const { auth } of nodes) await auth.close()
    await test.drop()
  })
  const pass = (seconds: number) => {
    for (const node of nodes) node.elapsed += seconds
  }
  async function newUser(): Promise<Enrolled> {
    const user = await enroll(service, `user${count++}`)
    pass(60)
    return user
  }
  async function newAdministrator(): Promise<string> {
    const username = `admin${count++}`
    await service.auth.users.add({ username, password, roles: ['admin'] })
    return username
  }
  const idOf = async ({ username }: { readonly username: string }) =>
    (await service.auth.users.findByUsername(username))?.id ?? ''

  const forgeries: [what: string, forge: (token: string) => string][] = [
    ['is cut', (token) => token.slice(0, -1)],
    ['is cut in front', (token) => token.slice(1)],
    ['is extended', (token) => `${token}A`],
    ['has a blank behind it', (token) => `${token} `],
    [
      'is in other letters',
      (token) => token.replace(/[a-z]/gi, (one) => (one === one.toLowerCase() ? one.toUpperCase() : one.toLowerCase())),
    ],
    ['has another prefix', (token) => token.replace('hp_mfa_', 'hp_ot_')],
    ['has one other letter', (token) => token.replace(/.$/, (one) => (one === 'A' ? 'B' : 'A'))],
    ['is empty', () => ''],
    ['is of no one', () => `hp_mfa_${'A'.repeat(50)}`],
  ]
  it.each(forgeries)('that %s is invalid, and the right one stays good', async (_, forge) => {
    const user = await newUser()
    const token = await challengeOf(service, user.username)
    const code = codeNow(service, user.secret)
    expect(refusal(await verify(nodes[1], forge(token), code))).toBe(invalid)
    expect((await verify(nodes[1], token, code)).status).toBe(200)
  })

  it('is good for ten minutes, and not a millisecond longer', async () => {
    const user = await newUser()
    const [good, expired] = [await challengeOf(service, user.username), await challengeOf(service, user.username)]
    pass(599.999)
    expect((await verify(nodes[1], good, codeNow(service, user.secret))).status).toBe(200)
    pass(0.001)
    expect(refusal(await verify(nodes[1], expired, codeNow(service, user.secret, 1)))).toBe(invalid)
  })

  it('completes the login of its own user, whose code it needs', async () => {
    const [one, other] = [await newUser(), await newUser()]
    const token = await challengeOf(service, one.username)
    expect(refusal(await verify(service, token, codeNow(service, other.secret)))).toBe('401 mfa_code_invalid')
    const recovery = other.recoveryCodes[0] ?? ''
    expect(refusal(await verify(service, token, recovery, 'recovery_code'))).toBe('401 mfa_code_invalid')
    const { body } = await verify(service, token, codeNow(service, one.secret))
    expect(service.auth.jwt.decodeToken(String(body.access_token)).sub).toBe(await idOf(one))
  })

  it('of a login that needs a factor enrolls none, and the other way round', async () => {
    const user = await newUser()
    const mfa_token = await challengeOf(service, user.username)
    const begin = await service.call('POST', '/auth/mfa/totp', { body: { mfa_token } })
    expect(refusal(begin)).toBe(invalid)
    const enrollment = await challengeOf(service, await newAdministrator())
    expect(refusal(await verify(service, enrollment, '123456'))).toBe(invalid)
  })

  const changes: [what: string, change: (user: Enrolled) => Promise<unknown>][] = [
    ['the password is set', async (user) => service.auth.users.setPassword(await idOf(user), newPassword)],
    [
      'the password is changed',
      ({ access_token: token }) =>
        service.call('POST', '/auth/password', {
          token,
          body: { current_password: password, new_password: newPassword },
        }),
    ],
    ['the factors are reset', async (user) => service.auth.users.resetFactors(await idOf(user))],
    ['the user is disabled', async (user) => service.auth.users.disable(await idOf(user))],
    ['the user is deleted', async (user) => service.auth.users.delete(await idOf(user))],
    [
      'the factor is removed',
      ({ access_token: token, id }) => service.call('DELETE', `/auth/mfa/totp/${id}`, { token }),
    ],
    [
      'recovery codes are made',
      ({ access_token: token }) => service.call('POST', '/auth/mfa/recovery_codes', { token }),
    ],
  ]
  it.each(changes)('is invalid after %s', async (_, change) => {
    const user = await newUser()
    const token = await challengeOf(service, user.username)
    await change(user)
    expect(refusal(await verify(nodes[1], token, codeNow(service, user.secret)))).toBe(invalid)
  })

  it('of an enrollment adds the first factor, once, and no second one', async () => {
    const username = await newAdministrator()
    const [first, second] = [await challengeOf(service, username), await challengeOf(service, username)]
    const { body } = await service.call('POST', '/auth/mfa/totp', { body: { mfa_token: first } })
    const code = codeNow(service, String(body.secret))
    const confirm = (node: Service, mfa_token: string) =>
      node.call('POST', `/auth/mfa/totp/${body.id}/confirm`, { body: { mfa_token, code } })
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, index) => confirm(nodes[index % 2] as Service, index % 4 < 2 ? first : second)),
    )
    const confirmed = replies.filter(({ status }) => status === 200)
    expect(confirmed).toHaveLength(1)
    const others = replies.filter((reply) => !confirmed.includes(reply)).map(refusal)
    for (const outcome of others) expect(['401 mfa_token_invalid', '404 factor_not_found']).toContain(outcome)
    expect(confirmed[0]?.body.recovery_codes).toHaveLength(10)
    const claims = service.auth.jwt.decodeToken(String(confirmed[0]?.body.access_token))
    expect(claims).toMatchObject({ amr: ['pwd', 'otp', 'mfa'], acr: 'aal2' })
    for (const token of [first, second]) {
      expect(refusal(await service.call('POST', '/auth/mfa/totp', { body: { mfa_token: token } }))).toBe(invalid)
    }
  })

  it('opens no other endpoint, wherever it is', async () => {
    const tokens = [
      await challengeOf(service, (await newUser()).username),
      await challengeOf(service, await newAdministrator()),
    ]
    const opened: string[] = []
    for (const { id, method, path: pattern, guard, credentials } of endpoints) {
      if (guard === undefined && credentials === undefined) continue
      const path = `/auth${pattern.replace(/:\w+/g, '01a2097a-4775-7927-b3ee-e7e2b8ae2143')}`
      for (const token of tokens) {
        const body = method === 'get' ? {} : { body: bodies[id] ?? {} }
        const ways: Call[] = [
          { ...body, token },
          {
            ...body,
            headers: { cookie: `__Host-access_token=${token}; __Host-refresh_token=${token}`, 'x-csrf-token': token },
          },
          // Anonymous requests pass a guard that is optional.
          ...(method === 'get' || guard?.optional
            ? []
            : [{ body: { ...(bodies[id] ?? {}), refresh_token: token, access_token: token } }]),
        ]
        for (const way of ways) {
          const reply: Reply = await service.call(method.toUpperCase(), path, way)
          // Of a token that names no session, a logout has nothing to end.
          const isNothing = id === 'logout' && reply.status === 204
          if (reply.status < 400 && !isNothing) opened.push(`${id} ${reply.status}`)
          // Others read their body first, which may lack what they need.
          else if (!isNothing && guard !== undefined && !guard.optional)
            expect(refusal(reply)).toMatch(/^401 |^403 csrf_mismatch$/)
        }
      }
    }
    expect(opened).toEqual([])
  })

  const bodies: Record<string, object> = {
    reauthenticate: { password },
    changePassword: { current_password: password, new_password: newPassword },
    confirmTotp: { code: '123456' },
  }
})
