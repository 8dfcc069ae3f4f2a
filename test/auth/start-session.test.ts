import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases, type TestDatabase } from '../databases.ts'
import { password, type Service, startService } from './service.ts'

describe.each(databases)('on $name', ({ open }) => {
  let test: TestDatabase
  let service: Service
  const calls: unknown[] = []
  beforeAll(async () => {
    test = await open()
    service = await startService(test.url, {
      claimsFor: async (user) => {
        calls.push(user)
        return { scope: user.roles.includes('admin') ? 'all' : 'read', sid: 'mine', client_id: 'mine', roles: ['root'] }
      },
    })
  })
  afterAll(async () => {
    await service.auth.close()
    await test.drop()
  })

  it('the application logs in whom it has recognised itself', async () => {
    const user = await service.auth.users.add({ username: 'alice', password, roles: ['admin'] })
    const client = { address: '203.0.113.9', userAgent: 'a browser' }
    const { accessToken, refreshToken, cookies } = await service.auth.startSession(user.id, client)
    expect((await service.call('GET', '/auth/me', { token: accessToken })).body).toMatchObject({ username: 'alice' })
    expect(cookies.map((line) => line.split('=')[0])).toEqual([
      '__Host-access_token',
      '__Host-csrf_access_token',
      '__Host-refresh_token',
      '__Host-csrf_refresh_token',
      '__Host-device_token',
    ])
    const [session] = (await service.auth.sessions.list(user.id)).sessions
    expect(session).toMatchObject(client)
    const refreshed = await service.call('POST', '/auth/refresh', { body: { refresh_token: refreshToken } })
    expect(refreshed.status).toBe(200)
    expect(service.events).toContain('login_succeeded')
  })

  it('but nobody who is not there, or disabled', async () => {
    const user = await service.auth.users.add({ username: 'bob', password })
    await service.auth.users.disable(user.id)
    for (const id of [user.id, 'nobody', '']) {
      await expect(service.auth.startSession(id)).rejects.toMatchObject({ code: 'invalid_credentials' })
    }
  })

  it('claims of the application are in each token of a session, and replace none of ours', async () => {
    const tokens = await service.newcomer('carol')
    const { access_token } = (await service.call('POST', '/auth/refresh', { body: tokens }))
      .body as unknown as typeof tokens
    for (const token of [tokens.access_token, access_token]) {
      const claims = service.auth.jwt.decodeToken(token)
      expect(claims).toMatchObject({ scope: 'read', roles: ['root'], client_id: 'hallpass' })
      expect(claims.sid).not.toBe('mine')
    }
    expect(calls.at(-1)).toMatchObject({ username: 'carol', email: null, roles: [], disabledAt: null })
    expect(JSON.stringify(calls)).not.toMatch(/hash/i)
  })

  it('accounts of an older system keep their ids', async () => {
    const passwordHash = '$2b$04$abcdefghijklmnopqrstuuuKqCwz6PqLrTEbhyMBsLZ1IZzpmG0Sy'
    const { users } = service.auth
    const [old] = await users.importAll([{ id: '7', username: 'dora', passwordHash }])
    expect(old?.user?.id).toBe('7')
    const again = await users.importAll([{ id: '7', username: 'dora', passwordHash }])
    expect(again).toMatchObject([{ wasThere: true }])
    const refused = await users.importAll([
      { id: '7', username: 'erin', passwordHash },
      { id: '8', username: 'dora', passwordHash },
      { id: '', username: 'f1', passwordHash },
      { id: 'a b', username: 'f2', passwordHash },
      { id: 'x'.repeat(129), username: 'f3', passwordHash },
      { id: 'ä', username: 'f4', passwordHash },
    ])
    expect(refused.map(({ refusal }) => refusal?.code)).toEqual([
      'invalid_request',
      'username_taken',
      'invalid_request',
      'invalid_request',
      'invalid_request',
      'invalid_request',
    ])
  })
})
