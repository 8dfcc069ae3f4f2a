import { uuidv7 } from 'uuidv7'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HallpassError } from '../../src/errors.ts'
import type { Database } from '../../src/store/engine/database.ts'
import { openDatabase } from '../../src/store/engine/open-database.ts'
import { advanceSessions, revokeSessions } from '../../src/store/sessions/sessions.ts'

import { databases, type TestDatabase } from '../databases.ts'
import { password, type Service, startService } from './service.ts'

/** What JavaScript, a form or a body passes where the types say text. */
const values: [what: string, value: unknown][] = [
  ['undefined', undefined],
  ['null', null],
  ['an empty text', ''],
  ['NUL', '\0'],
  ['NUL in a text', 'a\0b'],
  ['half a character', '\ud800'],
  ['a long text', 'x'.repeat(10_000)],
  ['a number', 42],
  ['a number that is not exact', 2 ** 60],
  ['NaN', Number.NaN],
  ['true', true],
  ['an object', {}],
  ['an object that becomes an id', { toString: () => uuidv7() }],
  ['a list of an id', [uuidv7()]],
  ['a symbol', Symbol('id')],
]

/** A call, with a value where an id or a name belongs, and what it answers instead of finding something. */
type Row = [call: string, make: (auth: Service['auth'], value: never) => unknown, answer: unknown]

const rows: Row[] = [
  ['users.find', ({ users }, id) => users.find(id), undefined],
  ['users.findByUsername', ({ users }, name) => users.findByUsername(name), undefined],
  ['users.disable', ({ users }, id) => users.disable(id), undefined],
  ['users.enable', ({ users }, id) => users.enable(id), undefined],
  ['users.delete', ({ users }, id) => users.delete(id), undefined],
  ['users.setPassword', ({ users }, id) => users.setPassword(id, password), undefined],
  ['users.setRoles', ({ users }, id) => users.setRoles(id, ['admin']), undefined],
  ['users.details', ({ users }, id) => users.details(id), undefined],
  ['users.unlock', ({ users }, id) => users.unlock(id), undefined],
  ['users.verifyEmail', ({ users }, id) => users.verifyEmail(id), undefined],
  ['users.oneTimeLink', ({ users }, id) => users.oneTimeLink(id), undefined],
  ['users.factors', ({ users }, id) => users.factors(id), { totp: [], passkeys: [], recoveryCodesLeft: 0 }],
  ['users.resetFactors', ({ users }, id) => users.resetFactors(id), undefined],
  ['sessions.list', ({ sessions }, id) => sessions.list(id), { sessions: [], next: null }],
  ['sessions.end', ({ sessions }, id) => sessions.end(id), false],
  ['sessions.endAll', ({ sessions }, id) => sessions.endAll(id), 0],
  ['clients.remove', ({ clients }, id) => clients.remove(id), undefined],
  ['mails.find', ({ mails }, id) => mails.find(id), undefined],
  ['mails.retry', ({ mails }, id) => mails.retry(id), false],
  ['keyRing.revoke', ({ keyRing }, kid) => keyRing?.revoke(kid), false],
  ['startSession', ({ startSession }, id) => startSession(id), 'invalid_credentials'],
  ['refresh', ({ refresh }, token) => refresh({ cookie: `__Host-refresh_token=${String(token)}` }), expect.any(String)],
]

const passwordHash = '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'
const stated = { username: 'alice', password: 'wrong' }
const none = ['undefined', 'null']
const textual = ['an empty text', 'half a character', 'a long text']

/** Values that an imported account can have. */
const unlessOf: Readonly<Record<string, readonly string[]>> = {
  id: ['a number'],
  roles: ['a list of an id'],
  disabled: ['true'],
}

/** Calls that refuse such a value, and the values that they do not refuse. */
const refusing: [...row: Row, unless?: readonly string[]][] = [
  ['users.list', ({ users }, after) => users.list({ after }), 'invalid_request', ['undefined', ...textual]],
  [
    'users.listWithHashes',
    ({ users }, after) => users.listWithHashes({ after }),
    'invalid_request',
    ['undefined', ...textual],
  ],
  ['sessions.list', ({ sessions }, after) => sessions.list('nobody', { after }), 'invalid_request', ['undefined']],
  ['mails.list', ({ mails }, after) => mails.list({ after }), 'invalid_request', ['undefined']],
  ['mails.list of a state', ({ mails }, state) => mails.list({ state }), 'invalid_request', ['undefined']],
  ['clients.add', ({ clients }, name) => clients.add(name), 'invalid_request'],
  ['users.add, a name', ({ users }, username) => users.add({ username, password }), 'invalid_request'],
  ['users.add, a password', ({ users }, given) => users.add({ username: 'x', password: given }), 'invalid_request'],
  [
    'users.add, an address',
    ({ users }, email) => users.add({ username: 'x', password, email }),
    'invalid_request',
    ['undefined'],
  ],
  [
    'users.add, roles',
    ({ users }, roles) => users.add({ username: 'x', password, roles }),
    'invalid_request',
    ['undefined', 'a list of an id'],
  ],
  [
    'users.setPassword',
    async ({ users }, given) => users.setPassword(await idOfAlice(users), given),
    'invalid_request',
  ],
  [
    'users.setRoles',
    async ({ users }, roles) => users.setRoles(await idOfAlice(users), roles),
    'invalid_request',
    ['a list of an id'],
  ],
  [
    'users.oneTimeLink, hours',
    async ({ users }, hours) => users.oneTimeLink(await idOfAlice(users), { hours }),
    'invalid_request',
    ['undefined'],
  ],
  ['users.import, a name', ({ users }, username) => users.import({ username, passwordHash }), 'invalid_request'],
  [
    'users.import, a hash',
    ({ users }, given) => users.import({ username: 'x', passwordHash: given }),
    'invalid_request',
  ],
  [
    'users.import, a password',
    ({ users }, given) => users.import({ username: 'x', plainPassword: given }),
    'invalid_request',
    [...textual, 'NUL', 'NUL in a text'],
  ],
  ...['id', 'email', 'emailVerified', 'roles', 'disabled', 'createdAt', 'identities', 'totp'].map(
    (member): (typeof refusing)[number] => [
      `users.import, ${member}`,
      ({ users }, value) => users.import({ username: 'x', passwordHash, [member]: value }),
      'invalid_request',
      ['undefined', ...(unlessOf[member] ?? [])],
    ],
  ),
  ['login, credentials', ({ login }, given) => login(given), 'invalid_request'],
  [
    'login, a name',
    ({ login }, username) => login({ username, password }),
    'invalid_request',
    [...textual, 'NUL', 'NUL in a text'],
  ],
  [
    'login, an address',
    ({ login }, address) => login(stated, {}, { address }),
    'option_invalid',
    [...none, ...textual],
  ],
  [
    'login, a browser',
    ({ login }, userAgent) => login(stated, {}, { userAgent }),
    'option_invalid',
    [...none, ...textual],
  ],
  [
    'startSession, an address',
    async ({ startSession, users }, address) => startSession(await idOfAlice(users), { address }),
    'option_invalid',
    [...none, ...textual],
  ],
  [
    'startSession, amr',
    async ({ startSession, users }, amr) => startSession(await idOfAlice(users), {}, { amr }),
    'option_invalid',
    ['undefined', 'a list of an id'],
  ],
  [
    'getSession',
    ({ getSession }, headers) => getSession(headers),
    'option_invalid',
    ['an object', 'an object that becomes an id', 'a list of an id'],
  ],
]

async function idOfAlice(users: Service['auth']['users']): Promise<string> {
  return (await users.findByUsername('alice'))?.id ?? 'nobody'
}

describe.each(databases)('called with what is no id, on $name', ({ open }) => {
  let test: TestDatabase
  let service: Service
  let database: Database
  beforeAll(async () => {
    test = await open()
    service = await startService(test.url, { secret: undefined, keyRing: { encryptionSecret: 'x'.repeat(32) } })
    database = await openDatabase(test.url)
    await service.newcomer('alice')
    await service.newcomer('bob')
    await service.auth.clients.add('api')
  })
  afterAll(async () => {
    await database.close()
    await service.auth.close()
    await test.drop()
  })

  const tables = ['hallpass_users', 'hallpass_sessions', 'hallpass_clients', 'hallpass_audit'] as const
  const everything = async () =>
    Promise.all(tables.map((table) => database.sql.selectFrom(table).selectAll().orderBy('id').execute()))

  async function answerOf(work: () => unknown): Promise<unknown> {
    try {
      return await work()
    } catch (error) {
      if (error instanceof HallpassError) return error.code
      throw error
    }
  }

  it.each(rows)('%s finds nothing, and changes nothing', async (_call, make, answer) => {
    const before = await everything()
    for (const [what, value] of values) {
      expect([what, await answerOf(() => make(service.auth, value as never))]).toEqual([what, answer])
    }
    expect(await everything()).toEqual(before)
  })

  it.each(refusing)('%s is refused, and nothing changes', async (_call, make, code, unless = []) => {
    const before = await everything()
    for (const [what, value] of values.filter(([what]) => !unless.includes(what))) {
      expect([what, await answerOf(() => make(service.auth, value as never))]).toEqual([what, code])
    }
    expect(await everything()).toEqual(before)
  })

  it('empty roles, and those that no token can state, are refused', async () => {
    const { users } = service.auth
    for (const roles of [['\ud800'], ['admin', 'a\udc00'], ['admin', '']]) {
      const id = await idOfAlice(users)
      expect(await answerOf(() => users.setRoles(id, roles))).toBe('invalid_request')
      expect(await answerOf(() => users.add({ username: 'x', password, roles }))).toBe('invalid_request')
      expect(await answerOf(() => users.import({ username: 'x', passwordHash, roles }))).toBe('invalid_request')
    }
  })

  it('the statements that change sessions are not run without a choice of them', async () => {
    const before = await everything()
    for (const choice of [{}, { id: undefined }, { userId: null }, { exceptId: uuidv7() }] as never[]) {
      await expect(revokeSessions(database.sql, choice, 'logout', new Date())).rejects.toThrow(TypeError)
      await expect(advanceSessions(database.sql, choice)).rejects.toThrow(TypeError)
    }
    expect(await everything()).toEqual(before)
  })

  it('an origin whose members are undefined is that of the request', async () => {
    const { users, sessions, startSession, login } = service.auth
    const id = await idOfAlice(users)
    await startSession(id, { address: undefined, userAgent: undefined } as never)
    const headers = { 'user-agent': 'a browser' }
    await login({ username: 'alice', password }, headers, { userAgent: undefined } as never)
    const [last, first] = (await sessions.list(id)).sessions
    expect([first, last]).toMatchObject([{ address: null, userAgent: null }, { userAgent: 'a browser' }])
  })

  const stored: [roles: string, read: string[]][] = [
    ['"admin"', []],
    ['{"0":"admin"}', []],
    ['null', []],
    ['[1,"editor",null]', ['editor']],
  ]
  it.each(stored)('a user whose stored roles are %s logs in with %j', async (roles, read) => {
    const name = `roles ${roles.length}`
    const { refresh_token } = await service.newcomer(name)
    await database.sql.updateTable('hallpass_users').set({ roles }).where('username', '=', name).execute()
    const answers = [
      await service.call('POST', '/auth/login', { body: { username: name, password } }),
      await service.call('POST', '/auth/refresh', { body: { refresh_token } }),
    ]
    for (const { status, body } of answers) {
      expect(status).toBe(200)
      expect(service.auth.jwt.decodeToken(String(body.access_token)).roles ?? []).toEqual(read)
    }
    const { id } = (await service.auth.users.findByUsername(name)) ?? { id: '' }
    expect((await service.auth.users.setRoles(id, ['admin']))?.roles).toEqual(['admin'])
  })
})
