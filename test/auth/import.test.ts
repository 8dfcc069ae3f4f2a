import { JwtManager } from 'hallpass'
import type { ImportedUser, ImportOutcome } from 'hallpass/auth'
import { jwtRequired } from 'hallpass/hono'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { resolveUser } from '../../src/cli/commands/users/resolve-user.ts'
import { openDatabase } from '../../src/store/engine/open-database.ts'
import { databases, type TestDatabase } from '../databases.ts'
import { type Service, secret, startService } from './service.ts'

describe.each(databases)('accounts of a system with plain passwords and numbers, on $name', ({ open }) => {
  let database: TestDatabase
  let service: Service
  beforeAll(async () => {
    database = await open()
    service = await startService(database.url, {
      passwords: { memoryKiB: 64, passes: 1, hashesAtOnce: 1, hashQueue: 0 },
    })
  })
  afterAll(async () => {
    await service?.auth.close()
    await database.drop()
  })

  const codeOf = (outcome: ImportOutcome): string => {
    if (outcome.user !== undefined) return outcome.wasThere ? 'there' : 'added'
    return outcome.refusal.members[0]?.member ?? outcome.refusal.code
  }
  const importAll = async (users: readonly ImportedUser[]) => (await service.auth.users.importAll(users)).map(codeOf)
  const login = (username: string, password: string) =>
    service.call('POST', '/auth/login', { body: { username, password } })

  it('are added with what they have, and found there once more', async () => {
    const createdAt = new Date('2024-03-01T12:00:00.123Z')
    const users: ImportedUser[] = [
      { id: 1, username: 'alice', plainPassword: 'test', createdAt },
      { id: '2', username: 'bob', plainPassword: '123456' },
      { id: 2, username: 'bob', plainPassword: '123456' },
      { username: 'carol', plainPassword: 'carol' },
      { username: 'Carol', plainPassword: 'another' },
      { id: 1, username: 'dora', plainPassword: 'test' },
    ]
    expect(await importAll(users)).toEqual(['added', 'added', 'there', 'added', 'username_taken', 'id'])
    expect(await service.auth.users.find(1)).toMatchObject({ id: '1', username: 'alice', createdAt })
    for (const [username, password] of [
      ['alice', 'test'],
      ['carol', 'carol'],
    ] as const) {
      expect((await login(username, password)).status).toBe(200)
    }
    expect(await importAll(users)).toEqual(['there', 'there', 'there', 'there', 'there', 'id'])
    expect((await login('carol', 'another')).status).toBe(401)
    const { sql, close } = await openDatabase(database.url)
    const rows = await sql.selectFrom('hallpass_users').select('password_hash').execute()
    await close()
    for (const { password_hash } of rows) expect(password_hash).toMatch(/^\$argon2id\$/)
  })

  it('are refused where an operator names one by what is the name of another', async () => {
    const { users } = service.auth
    await importAll([
      { id: 50, username: 'gil', plainPassword: 'test' },
      { id: 51, username: '50', plainPassword: 'test' },
      { id: 52, username: '52', plainPassword: 'test' },
    ])
    await expect(resolveUser({ users }, '50')).rejects.toThrow(/id of gil and the username of 51/)
    for (const [named, id] of [
      ['gil', '50'],
      ['51', '51'],
      ['52', '52'],
    ] as const) {
      expect((await resolveUser({ users }, named)).id).toBe(id)
    }
  })

  const refused: [what: string, user: object, member: string][] = [
    ['no password', {}, 'password'],
    ['an empty password', { plainPassword: '' }, 'password'],
    [
      'two kinds of password',
      { plainPassword: 'test', passwordHash: `${'0'.repeat(32)}:${'0'.repeat(128)}` },
      'password',
    ],
    ['a password that is too long to log in with', { plainPassword: 'x'.repeat(129) }, 'password'],
    ['a password that is a hash', { plainPassword: '5f4dcc3b5aa765d61d8327deb882cf99' }, 'password'],
    ['a hash that is a password', { passwordHash: 'test' }, 'password_hash'],
    ['a number for an id that is not exact', { plainPassword: 'test', id: 2 ** 53 }, 'id'],
    ['a fraction for an id', { plainPassword: 'test', id: 1.5 }, 'id'],
    ['an empty id', { plainPassword: 'test', id: '' }, 'id'],
    ['a time to come', { plainPassword: 'test', createdAt: new Date('2999-01-01') }, 'created_at'],
    [
      'an address that will be verified',
      { plainPassword: 'test', email: 'x@example.com', emailVerified: new Date('2999-01-01') },
      'email_verified',
    ],
    ['no address that could be verified', { plainPassword: 'test', emailVerified: true }, 'email_verified'],
    ['a time that is none', { plainPassword: 'test', createdAt: new Date(Number.NaN) }, 'created_at'],
  ]
  it('are refused with what cannot be kept', async () => {
    const users = refused.map(([, user], number) => ({ username: `refused${number}`, ...user }) as ImportedUser)
    expect(await importAll(users)).toEqual(refused.map(([, , member]) => member))
  })

  it('are refused where a record is none, without an effect on the others', async () => {
    const none = [null, undefined, 'a name', ['a name']] as never[]
    const whole = { username: 'beside none', plainPassword: 'test' }
    expect(await importAll([...none, whole])).toEqual(['username', 'username', 'username', 'username', 'added'])
    for (const record of none) {
      await expect(service.auth.users.add(record)).rejects.toMatchObject({ code: 'invalid_request' })
    }
  })

  it('have their addresses verified as the file says, each for one of them', async () => {
    const at = new Date('2024-03-01T12:00:00Z')
    const users: ImportedUser[] = [
      { username: 'typed', plainPassword: 'test', email: 'Nina@example.com' },
      { username: 'nina', plainPassword: 'test', email: 'nina@example.com', emailVerified: at },
      { username: 'other', plainPassword: 'test', email: 'NINA@example.com', emailVerified: true },
      { username: 'late', plainPassword: 'test', email: 'nina@EXAMPLE.com' },
      { username: 'olga', plainPassword: 'test', email: 'olga@example.com', emailVerified: true },
      { username: 'petra', plainPassword: 'test', email: 'petra@example.com', emailVerified: false },
    ]
    const outcomes = await service.auth.users.importAll(users)
    expect(outcomes.map(codeOf)).toEqual(['added', 'added', 'email', 'email', 'added', 'added'])
    expect(outcomes.slice(2, 4).map(({ refusal }) => refusal?.message)).toEqual([
      'NINA@example.com is the verified address of nina',
      'nina@EXAMPLE.com is the verified address of nina',
    ])
    const times = outcomes.map(({ user }) => user?.emailVerifiedAt?.getTime() ?? null)
    expect(times).toEqual([null, at.getTime(), null, null, expect.any(Number), null])
    expect(await importAll(users)).toEqual(['there', 'there', 'email', 'email', 'there', 'there'])
    // What is said later is not taken silently: the account may be someone else's by then.
    const [petra] = users.slice(-1) as [ImportedUser]
    expect(await importAll([{ ...petra, emailVerified: true }])).toEqual(['email_verified'])
  })

  it('are one account by number and by digits, wherever an id is taken and a token is judged', async () => {
    const { auth } = service
    await importAll([
      { id: 70, username: 'eve', plainPassword: 'test' },
      { id: 71, username: 'fay', plainPassword: 'test' },
    ])
    const both = new JwtManager({
      secret,
      preset: 'flask',
      verifySub: false,
      clock: () => auth.jwt.settings.clock(),
      isRevoked: (claims, header, how) => auth.jwt.callbacks.isRevoked?.(claims, header, how) ?? true,
      loadUser: ({ sub }) => auth.users.find(sub ?? ''),
    })
    const app = new Hono()
      .get('/', jwtRequired(both), (c) => c.json(c.var.jwt.identity))
      .get('/strict', jwtRequired(both, { revocation: 'strict' }), (c) => c.json(c.var.jwt.identity))
      .post('/', jwtRequired(both, { refresh: true }), (c) => c.json(both.createAccessToken(c.var.jwt.identity)))
    const ask = async (path: string, token: string, method = 'GET') => {
      const response = await app.request(path, { method, headers: { authorization: `Bearer ${token}` } })
      return response.status === 200 ? ((await response.json()) as string | number) : response.status
    }
    /** What each token of a user opens: as a number and as text, access and refresh. */
    const open = async (id: number) => [
      await ask('/', both.createAccessToken(id)),
      await ask('/strict', both.createAccessToken(id)),
      await ask('/', String(await ask('/', both.createRefreshToken(id), 'POST'))),
      await ask('/', both.createAccessToken(String(id))),
    ]
    expect(await open(70)).toEqual([70, 70, 70, '70'])
    const access = both.createAccessToken(70)
    const refresh = both.createRefreshToken(70)

    const session = await auth.startSession(70)
    expect((await service.call('GET', '/auth/me', { token: session.accessToken })).body.id).toBe('70')
    expect((await auth.sessions.list(70)).sessions).toHaveLength(1)
    expect(await auth.sessions.endAll(70)).toBe(1)
    expect(await auth.users.setPassword(70, 'wonderland at tea time')).toMatchObject({ id: '70' })
    // Tokens from before the change end with it, those that belong to no session, too.
    expect([await ask('/', access), await ask('/strict', access), await ask('/', refresh, 'POST')]).toEqual([
      401, 401, 401,
    ])
    service.elapsed += 2
    expect(await open(70)).toEqual([70, 70, 70, '70'])
    expect(await auth.users.setRoles(70, ['admin'])).toMatchObject({ roles: ['admin'] })
    service.elapsed += 2
    expect(await auth.users.disable(70)).toMatchObject({ id: '70' })
    for (const path of ['/', '/strict']) expect(await ask(path, both.createAccessToken(70))).toBe(401)
    expect(await auth.users.enable(70)).toMatchObject({ id: '70' })
    service.elapsed += 2
    expect(await open(70)).toEqual([70, 70, 70, '70'])
    expect(await auth.users.delete(70)).toMatchObject({ id: '70', disabledAt: null })
    for (const path of ['/', '/strict']) expect(await ask(path, both.createAccessToken(70))).toBe(401)
    expect(await ask('/', both.createRefreshToken(70), 'POST')).toBe(401)
    expect(await open(71)).toEqual([71, 71, 71, '71'])
    const disabled = await auth.users.disable(71)
    expect(await auth.users.delete(71)).toEqual(disabled)
    // No account is called so, and not the one that the number would be rounded to.
    for (const id of [2 ** 53, 71.5, Number.NaN]) expect(await auth.users.find(id)).toBeUndefined()
  })
})
