import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { databases } from '../databases.ts'
import { password, refusal, type Service, start, startService, type Tokens } from './service.ts'

describe.each(databases)('an account on $name', ({ open }) => {
  let service: Service
  let drop: () => Promise<void>
  let username: string
  let tokens: Tokens
  let count = 0

  beforeAll(async () => {
    const database = await open()
    drop = database.drop
    service = await startService(database.url, {
      limits: { attemptsPerAccount: 1000, attemptsPerAddress: 100_000, registrationsPerAddress: 1000 },
    })
  })
  beforeEach(async () => {
    username = `member ${count++}`
    tokens = await service.newcomer(username)
  })
  afterAll(async () => {
    await service.auth.close()
    await drop()
  })

  it('is registered once', async () => {
    const alice = { username: 'Alice', password, email: 'Alice@example.com' }
    const { status, body } = await service.call('POST', '/auth/register', { body: alice })
    expect(status).toBe(201)
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
      username: 'Alice',
      email: 'Alice@example.com',
      created_at: new Date(start * 1000).toISOString(),
    })
    const again = [
      [{ username: 'Alice', password }, '409 username_taken'],
      [{ username: 'ａｌｉｃｅ', password }, '409 username_taken'],
    ] as const
    for (const [body, expected] of again) {
      expect(refusal(await service.call('POST', '/auth/register', { body }))).toBe(expected)
    }
  })

  it('logs in with its password, and with no other', async () => {
    const wrong = { username, password: 'another password' }
    const refused = await service.call('POST', '/auth/login', { body: wrong })
    expect(refused.status).toBe(401)
    expect(refused.body).toEqual({ code: 'invalid_credentials', msg: 'Bad username or password' })
    const { status, body, headers } = await service.call('POST', '/auth/login', {
      body: { username: username.toUpperCase(), password },
    })
    expect(status).toBe(200)
    expect(body).toEqual({
      access_token: expect.any(String),
      refresh_token: expect.stringMatching(/^hp_rt_[\w-]{70}$/),
      device_token: expect.stringMatching(/^hp_dv_[\w-]{64}$/),
      token_type: 'Bearer',
      expires_in: 900,
    })
    expect(headers.get('cache-control')).toBe('no-store')
  })

  it('is shown to itself', async () => {
    const { status, body } = await service.call('GET', '/auth/me', { token: tokens.access_token })
    expect(status).toBe(200)
    expect(body).toMatchObject({ username, email: null, roles: [] })
    expect(refusal(await service.call('GET', '/auth/me'))).toBe('401 token_missing')
  })

  it('lists its sessions, and ends one or all others', async () => {
    const log = () => service.call('POST', '/auth/login', { body: { username, password } })
    const others = [await log(), await log(), await log()].map(({ body }) => body as unknown as Tokens)
    const list = async () => (await service.call('GET', '/auth/sessions', { token: tokens.access_token })).body.sessions
    const sessions = (await list()) as { id: string; current: boolean; address: string }[]
    expect(sessions.map(({ current }) => current)).toEqual([false, false, false, true])
    expect(sessions[0]).toMatchObject({ address: '127.0.0.1', user_agent: null })

    const newest = `/auth/sessions/${sessions[0]?.id}`
    for (const expected of [204, 204]) {
      expect((await service.call('DELETE', newest, { token: tokens.access_token })).status).toBe(expected)
    }
    expect(refusal(await service.call('GET', '/auth/me', { token: others[2]?.access_token }))).toBe('401 token_revoked')
    expect((await service.call('DELETE', '/auth/sessions', { token: tokens.access_token })).status).toBe(204)
    expect(await list()).toMatchObject([{ current: true }])
    for (const { access_token, refresh_token } of others) {
      expect(refusal(await service.call('GET', '/auth/me', { token: access_token }))).toBe('401 token_revoked')
      expect(refusal(await service.call('POST', '/auth/refresh', { body: { refresh_token } }))).toBe(
        '401 refresh_token_invalid',
      )
    }
  })

  it('ends nobody else’s session', async () => {
    const { access_token } = await service.newcomer('mallory')
    const sessions = (await service.call('GET', '/auth/sessions', { token: tokens.access_token })).body.sessions
    const [{ id }] = sessions as [{ id: string }]
    for (const path of [id, 'nobody', "' OR 1=1 --", '%00', '%', 'x'.repeat(2000)]) {
      const reply = await service.call('DELETE', `/auth/sessions/${path}`, { token: access_token })
      expect(refusal(reply)).toBe('404 session_not_found')
    }
    expect((await service.call('GET', '/auth/me', { token: tokens.access_token })).status).toBe(200)
  })

  it('changes its password only freshly, and with the one that it has', async () => {
    const change = (token: string, current_password: string, new_password: string) =>
      service.call('POST', '/auth/password', { token, body: { current_password, new_password } })
    const newPassword = 'a password that nobody knows yet'
    const { body } = await service.call('POST', '/auth/refresh', { body: { refresh_token: tokens.refresh_token } })
    const { access_token, refresh_token } = body as unknown as Tokens
    expect(refusal(await change(access_token, password, newPassword))).toBe('401 token_not_fresh')
    const again = await service.call('POST', '/auth/reauthenticate', { token: access_token, body: { password } })
    const fresh = again.body.access_token as string
    expect(refusal(await change(fresh, 'not the password', newPassword))).toBe('401 invalid_credentials')
    expect(refusal(await change(fresh, password, 'password'))).toBe('422 invalid_request')
    expect(refusal(await change(fresh, password, password))).toBe('422 invalid_request')

    const other = (await service.call('POST', '/auth/login', { body: { username, password } })).body
    expect((await change(fresh, password, newPassword)).status).toBe(204)
    for (const token of [fresh, access_token, tokens.access_token, other.access_token as string]) {
      expect(refusal(await service.call('GET', '/auth/me', { token }))).toBe('401 token_revoked')
    }
    const ended = await service.call('POST', '/auth/refresh', { body: { refresh_token: other.refresh_token } })
    expect(refusal(ended)).toBe('401 refresh_token_invalid')
    expect(refusal(await service.call('POST', '/auth/login', { body: { username, password } }))).toBe(
      '401 invalid_credentials',
    )
    // In the very second of the change: its own session goes on, with a new access token.
    const next = (await service.call('POST', '/auth/refresh', { body: { refresh_token } })).body as unknown as Tokens
    expect((await service.call('GET', '/auth/me', { token: next.access_token })).status).toBe(200)
  })

  it('logs out twice as well as once, also with a token that was taken back or is expired', async () => {
    const { access_token, refresh_token } = tokens
    for (const _ of [1, 2]) {
      expect((await service.call('POST', '/auth/logout', { token: access_token })).status).toBe(204)
    }
    expect(refusal(await service.call('GET', '/auth/me', { token: access_token }))).toBe('401 token_revoked')
    expect(refusal(await service.call('POST', '/auth/refresh', { body: { refresh_token } }))).toBe(
      '401 refresh_token_invalid',
    )
    const bob = await service.newcomer('bob')
    service.elapsed += 1000
    expect(refusal(await service.call('GET', '/auth/me', { token: bob.access_token }))).toBe('401 token_expired')
    expect((await service.call('POST', '/auth/logout', { token: bob.access_token })).status).toBe(204)
    const spent = await service.call('POST', '/auth/refresh', { body: { refresh_token: bob.refresh_token } })
    expect(refusal(spent)).toBe('401 refresh_token_invalid')
    expect(refusal(await service.call('POST', '/auth/logout'))).toBe('401 token_missing')
  })

  const operators: [what: string, act: (service: Service, id: string) => Promise<unknown>][] = [
    ['disabled', ({ auth }, id) => auth.users.disable(id)],
    ['deleted', ({ auth }, id) => auth.users.delete(id)],
    ['given another password', ({ auth }, id) => auth.users.setPassword(id, 'what the operator chose')],
    ['ended everywhere', ({ auth }, id) => auth.sessions.endAll(id)],
  ]
  it.each(operators)('is out from the next request on when it is %s', async (what, act) => {
    const tokens = await service.newcomer(`carol ${what}`)
    const { id } = (await service.call('GET', '/auth/me', { token: tokens.access_token })).body as { id: string }
    const own = service.auth.jwt.createAccessToken(id)
    service.elapsed += 1
    await act(service, id)
    expect(refusal(await service.call('GET', '/auth/me', { token: tokens.access_token }))).toBe('401 token_revoked')
    if (what !== 'ended everywhere') {
      expect(refusal(await service.call('GET', '/auth/me', { token: own }))).toBe('401 token_revoked')
    }
    const refreshed = await service.call('POST', '/auth/refresh', { body: { refresh_token: tokens.refresh_token } })
    expect(refusal(refreshed)).toBe('401 refresh_token_invalid')
  })

  it('has its new roles from its next access token on', async () => {
    const tokens = await service.newcomer('dave')
    const { id } = (await service.call('GET', '/auth/me', { token: tokens.access_token })).body as { id: string }
    await service.auth.users.setRoles(id, ['admin'])
    expect(refusal(await service.call('GET', '/auth/me', { token: tokens.access_token }))).toBe('401 token_revoked')
    const { body } = await service.call('POST', '/auth/refresh', { body: { refresh_token: tokens.refresh_token } })
    expect(service.auth.jwt.decodeToken(body.access_token as string).roles).toEqual(['admin'])
    expect((await service.call('GET', '/auth/me', { token: body.access_token as string })).body.roles).toEqual([
      'admin',
    ])
  })

  it('stays out after a restart', async () => {
    const database = await open()
    const before = await startService(database.url)
    const ended = await before.newcomer('erin')
    const living = await before.newcomer('frank')
    await before.call('POST', '/auth/logout', { token: ended.access_token })
    await before.auth.close()
    const after = await startService(database.url)
    expect(refusal(await after.call('GET', '/auth/me', { token: ended.access_token }))).toBe('401 token_revoked')
    expect((await after.call('GET', '/auth/me', { token: living.access_token })).status).toBe(200)
    await after.auth.close()
    await database.drop()
  })
})
