import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases, type TestDatabase } from '../../databases.ts'
import { password, type Reply, refusal, type Service, startService } from '../service.ts'
import { addApp, challengeOf, codeNow, type Enrolled, enroll, verify } from './authenticator.ts'

const insufficient = '401 insufficient_user_authentication'
const never = '01a2097a-4775-7927-b3ee-e7e2b8ae2143'

describe.each(databases)('a change of how a user logs in, on $name', ({ open }) => {
  let test: TestDatabase
  let nodes: readonly [Service, Service]
  let service: Service
  let count = 0
  beforeAll(async () => {
    test = await open()
    nodes = [await startService(test.url), await startService(test.url)]
    service = nodes[0]
  })
  afterAll(async () => {
    for (const { auth } of nodes) await auth.close()
    await test.drop()
  })
  const pass = (seconds: number) => {
    for (const node of nodes) node.elapsed += seconds
  }
  const claimsOf = (token: unknown) => service.auth.jwt.decodeToken(String(token)) as Record<string, unknown>
  const named = () => `user${count++}`
  async function newUser(): Promise<Enrolled> {
    const user = await enroll(service, named())
    pass(60)
    return user
  }
  const reauthenticate = (token: string, body: object) => service.call('POST', '/auth/reauthenticate', { token, body })
  const tokenOf = ({ body }: Reply) => String(body.access_token)
  const refresh = (refresh_token: string) => service.call('POST', '/auth/refresh', { body: { refresh_token } })

  const changes: [name: string, send: (token: string, id: string) => Promise<Reply>, done: number][] = [
    ['beginning an app', (token) => service.call('POST', '/auth/mfa/totp', { token }), 200],
    [
      'confirming an app',
      (token) => service.call('POST', `/auth/mfa/totp/${never}/confirm`, { token, body: { code: '123456' } }),
      404,
    ],
    ['removing an app', (token, id) => service.call('DELETE', `/auth/mfa/totp/${id}`, { token }), 204],
    ['new recovery codes', (token) => service.call('POST', '/auth/mfa/recovery_codes', { token }), 200],
    [
      'a change of the password',
      (token) =>
        service.call('POST', '/auth/password', {
          token,
          body: { current_password: password, new_password: 'quite another password' },
        }),
      204,
    ],
  ]
  const isOfPassword = (name: string) => name.includes('password')

  it.each(changes)('needs the second factor: %s', async (name, send, done) => {
    const { access_token, id, secret } = await newUser()
    // The password alone proves one factor, however fresh.
    const weak = tokenOf(await reauthenticate(access_token, { password }))
    const refused = await send(weak, id)
    expect(refusal(refused)).toBe(insufficient)
    expect(refused.headers.get('www-authenticate')).toContain('acr_values="aal2"')
    // The token of before says two, and the session no longer does.
    expect(refusal(await send(access_token, id))).toBe(insufficient)
    expect((await service.call('GET', '/auth/mfa', { token: weak })).body).toMatchObject({ totp: [{ id }] })
    const both = await reauthenticate(weak, { password, method: 'totp', code: codeNow(service, secret) })
    expect([name, (await send(tokenOf(both), id)).status]).toEqual([name, done])
  })

  it.each(changes)('needs an authentication of the last five minutes: %s', async (name, send, done) => {
    const again = await enroll(service, named())
    pass(300.001)
    const token = tokenOf(await refresh(again.refresh_token))
    const late = await send(isOfPassword(name) ? again.access_token : token, again.id)
    expect(refusal(late)).toBe(insufficient)
    expect(late.headers.get('www-authenticate')).toContain('max_age="300"')
    const code = codeNow(service, again.secret)
    const fresh = tokenOf(await reauthenticate(token, { method: 'totp', code }))
    expect([name, (await send(fresh, again.id)).status]).toEqual([name, done])
  })

  it.each(changes)('is of its own user alone: %s', async (_, send) => {
    const [user, other] = [await newUser(), await newUser()]
    await send(other.access_token, user.id)
    expect((await service.auth.users.findByUsername(user.username))?.secondFactors).toBe(1)
    const login = await verify(service, await challengeOf(service, user.username), codeNow(service, user.secret))
    expect(login.status).toBe(200)
  })

  it('needs the password of the last five minutes, of a user without a factor', async () => {
    const { access_token, refresh_token } = await service.newcomer(named())
    pass(300.001)
    const token = tokenOf(await refresh(refresh_token))
    for (const one of [access_token, token]) {
      expect(refusal(await service.call('POST', '/auth/mfa/totp', { token: one }))).toBe(insufficient)
    }
    const fresh = tokenOf(await reauthenticate(token, { password }))
    expect((await addApp(service, fresh)).confirmed.status).toBe(200)
  })

  it('takes no authentication for recent that is ahead, because the clock was set back since', async () => {
    const { refresh_token } = await service.newcomer(named())
    pass(-300.001)
    const token = tokenOf(await refresh(refresh_token))
    expect(refusal(await service.call('POST', '/auth/mfa/totp', { token }))).toBe(insufficient)
    const fresh = tokenOf(await reauthenticate(token, { password }))
    expect((await service.call('POST', '/auth/mfa/totp', { token: fresh })).status).toBe(200)
    pass(300.001)
  })

  const ends: [name: string, change: (user: Enrolled) => Promise<Reply>][] = [
    ['an app is added', async ({ access_token }) => (await addApp(service, access_token)).confirmed],
    ['an app is removed', ({ access_token: token, id }) => service.call('DELETE', `/auth/mfa/totp/${id}`, { token })],
    [
      'recovery codes are made',
      ({ access_token: token }) => service.call('POST', '/auth/mfa/recovery_codes', { token }),
    ],
  ]
  it.each(ends)('ends the other sessions on every node when %s, and its own goes on', async (_, change) => {
    const user = await newUser()
    const { body } = await verify(nodes[1], await challengeOf(service, user.username), codeNow(service, user.secret))
    const other = String(body.access_token)
    expect((await nodes[1].call('GET', '/auth/me', { token: other })).status).toBe(200)
    expect((await change(user)).status).toBeLessThan(300)
    expect(refusal(await service.call('GET', '/auth/me', { token: other }))).toBe('401 token_revoked')
    await expect
      .poll(async () => refusal(await nodes[1].call('GET', '/auth/me', { token: other })), { timeout: 600_000 })
      .toBe('401 token_revoked')
    const refused = await nodes[1].call('POST', '/auth/refresh', { body: { refresh_token: body.refresh_token } })
    expect(refusal(refused)).toBe('401 refresh_token_invalid')
    expect((await refresh(user.refresh_token)).status).toBe(200)
  })

  it('leaves a session with a second app at the assurance that it had', async () => {
    const user = await newUser()
    const second = await addApp(service, user.access_token)
    const token = tokenOf(second.confirmed)
    expect((await service.call('DELETE', `/auth/mfa/totp/${user.id}`, { token })).status).toBe(204)
    expect((await service.call('GET', '/auth/me', { token })).status).toBe(200)
    expect(claimsOf((await refresh(user.refresh_token)).body.access_token)).toMatchObject({ acr: 'aal2' })
    expect((await service.call('DELETE', `/auth/mfa/totp/${second.id}`, { token })).status).toBe(204)
    expect(refusal(await service.call('GET', '/auth/me', { token }))).toBe('401 token_revoked')
  })

  const proofs: [what: string, body: (user: Enrolled) => object, amr: string[], acr: string][] = [
    ['the password', () => ({ password }), ['pwd'], 'aal1'],
    [
      'the password and a code',
      ({ secret }) => ({ password, method: 'totp', code: codeNow(service, secret) }),
      ['pwd', 'otp', 'mfa'],
      'aal2',
    ],
    [
      'the password and a recovery code',
      ({ recoveryCodes }) => ({ password, method: 'recovery_code', code: recoveryCodes[0] }),
      ['pwd', 'recovery', 'mfa'],
      'aal2',
    ],
    ['a code', ({ secret }) => ({ method: 'totp', code: codeNow(service, secret) }), ['pwd', 'otp', 'mfa'], 'aal2'],
  ]
  it.each(proofs)(
    'can follow a re-authentication with %s, which its tokens state, those of refreshes too',
    async (_, body, amr, acr) => {
      const user = await newUser()
      pass(120)
      const reply = await reauthenticate(user.access_token, body(user))
      const first = claimsOf(tokenOf(reply))
      expect(first).toMatchObject({ amr, acr, fresh: true, auth_time: first.iat })
      pass(60)
      const next = claimsOf((await refresh(user.refresh_token)).body.access_token)
      expect(next).toMatchObject({ amr, acr, fresh: false, auth_time: first.auth_time })
    },
  )

  it('is not allowed by a password alone that comes after a factor of long ago', async () => {
    const user = await newUser()
    pass(3600)
    const token = tokenOf(await refresh(user.refresh_token))
    await reauthenticate(token, { password })
    const claims = claimsOf((await refresh(user.refresh_token)).body.access_token)
    expect(claims).toMatchObject({ amr: ['pwd'], acr: 'aal1' })
  })

  const wrongs: [what: string, body: object, outcome: string][] = [
    ['nothing', {}, '422 invalid_request'],
    ['a method without a code', { password, method: 'totp' }, '422 invalid_request'],
    ['a code without a method', { password, code: '123456' }, '422 invalid_request'],
    ['another method', { method: 'mail', code: '123456' }, '422 invalid_request'],
    ['a wrong password and a right code', { password: 'not that', method: 'recovery_code' }, '401 invalid_credentials'],
    ['a right password and a wrong code', { password, method: 'totp', code: 'x' }, '401 mfa_code_invalid'],
    ['a claim of its own', { password: 'not that', amr: ['mfa'], acr: 'aal2' }, '401 invalid_credentials'],
  ]
  it.each(wrongs)('follows no re-authentication with %s', async (what, body, outcome) => {
    const user = await newUser()
    const code = what.includes('right code') ? { code: user.recoveryCodes[0] } : {}
    expect(refusal(await reauthenticate(user.access_token, { ...body, ...code }))).toBe(outcome)
    const listed = await service.call('GET', '/auth/mfa', { token: user.access_token })
    expect(listed.body.recovery_codes_left).toBe(10)
  })
})
