import { hostname, userInfo } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openAccounts } from '../../src/accounts/accounts.ts'
import type { AuditEvent, AuditEventName } from '../../src/store/audit.ts'
import type { Database } from '../../src/store/engine/database.ts'
import { openDatabase } from '../../src/store/engine/open-database.ts'
import { listAuditEvents } from '../audit-events.ts'
import { databases, type TestDatabase } from '../databases.ts'
import { runHallpass } from '../server/process.ts'
import { password, type Service, startService, type Tokens } from './service.ts'

const form = { 'content-type': 'application/x-www-form-urlencoded' }

const onlyAnnounced: ReadonlySet<AuditEventName> = new Set(['login_limited', 'session_refreshed', 'refresh_refused'])

describe.each(databases)('the audit on $name', ({ open }) => {
  let test: TestDatabase
  let service: Service
  let database: Database
  const heard: AuditEvent[] = []
  beforeAll(async () => {
    test = await open()
    service = await startService(test.url, { sessionsPerUser: 2, onEvent: (event) => heard.push(event) })
    database = await openDatabase(test.url)
  })
  afterAll(async () => {
    await database.close()
    await service.auth.close()
    await test.drop()
  })

  /** The person whom the rows below are about. */
  interface Person {
    readonly id: string
    readonly username: string
    readonly tokens: Tokens
    readonly sessionId: string
  }
  let count = 0
  async function newPerson(): Promise<Person> {
    const username = `user ${count++}`
    const tokens = await service.newcomer(username)
    const { sub = '', sid } = service.auth.jwt.decodeToken(tokens.access_token)
    return { id: sub, username, tokens, sessionId: sid as string }
  }
  const logIn = ({ username }: Person, secret = password) =>
    service.call('POST', '/auth/login', { body: { username, password: secret }, requestId })

  const requestId = 'request-1'
  /** What is done to a person by requests of one id, and what is said of it. */
  const requests: [what: string, act: (person: Person) => Promise<unknown>, says: (person: Person) => object[]][] = [
    ['a login', (person) => logIn(person), () => [{ event: 'login_succeeded', sessionId: expect.any(String) }]],
    ['a wrong password', (person) => logIn(person, 'wrong'), () => [{ event: 'login_failed', sessionId: null }]],
    [
      'one session too many',
      async (person) => {
        await logIn(person)
        await logIn(person)
      },
      ({ sessionId }) => [
        { event: 'login_succeeded' },
        { event: 'session_ended', sessionId, details: { why: 'session_limit' } },
        { event: 'login_succeeded' },
      ],
    ],
    [
      'a logout',
      ({ tokens }) => service.call('POST', '/auth/logout', { token: tokens.access_token, requestId }),
      ({ sessionId }) => [{ event: 'logout', sessionId }],
    ],
    [
      'a logout by the refresh token',
      ({ tokens: { refresh_token } }) => service.call('POST', '/auth/logout', { body: { refresh_token }, requestId }),
      ({ sessionId }) => [{ event: 'logout', sessionId }],
    ],
    [
      'a session that its user ends',
      ({ tokens, sessionId }) =>
        service.call('DELETE', `/auth/sessions/${sessionId}`, { token: tokens.access_token, requestId }),
      ({ sessionId }) => [{ event: 'session_ended', sessionId, details: { why: 'ended_by_user' } }],
    ],
    [
      'a change of password',
      ({ tokens }) =>
        service.call('POST', '/auth/password', {
          token: tokens.access_token,
          body: { current_password: password, new_password: 'another tea time' },
          requestId,
        }),
      ({ sessionId }) => [{ event: 'password_changed', sessionId }],
    ],
    [
      'a password that is proven again',
      ({ tokens }) =>
        service.call('POST', '/auth/reauthenticate', { token: tokens.access_token, body: { password }, requestId }),
      ({ sessionId }) => [{ event: 'reauthenticated', sessionId }],
    ],
    [
      'a token that is revoked',
      ({ tokens }) =>
        service.call('POST', '/auth/revoke', { body: `token=${tokens.access_token}`, headers: form, requestId }),
      ({ sessionId }) => [{ event: 'token_revoked', sessionId, details: { jti: expect.any(String) } }],
    ],
    [
      'a spent refresh token',
      async ({ tokens: { refresh_token } }) => {
        const spend = (text: unknown) =>
          service.call('POST', '/auth/refresh', { body: { refresh_token: text }, requestId })
        await spend((await spend(refresh_token)).body.refresh_token)
        service.elapsed += 100
        await spend(refresh_token)
      },
      ({ sessionId }) => [{ event: 'refresh_token_reused', sessionId }],
    ],
  ]
  it.each(requests)('names user and request of %s, written and announced', async (_what, act, says) => {
    const person = await newPerson()
    const before = await eventsOf(person)
    heard.length = 0
    await act(person)
    const events = (await eventsOf(person)).slice(before.length)
    const expected = says(person).map((event) => ({ ...event, userId: person.id, requestId, actor: null }))
    expect(events).toMatchObject(expected)
    expect(heard.filter(({ event }) => !onlyAnnounced.has(event))).toMatchObject(expected)
  })

  async function eventsOf({ id }: { readonly id: string }): Promise<AuditEvent[]> {
    return (await listAuditEvents(database.sql, { userId: id, limit: 100 })).toReversed()
  }

  it('names the client that revokes a token', async () => {
    const person = await newPerson()
    const { id, secret } = await service.auth.clients.add('billing')
    const [added] = await listAuditEvents(database.sql, { limit: 1 })
    expect(added).toMatchObject({ event: 'client_added', actor: null, details: { name: 'billing' } })
    const headers = { ...form, authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` }
    for (const token of [person.tokens.access_token, person.tokens.refresh_token]) {
      await service.call('POST', '/auth/revoke', { body: `token=${token}`, headers })
    }
    expect((await eventsOf(person)).slice(-2)).toMatchObject([
      { event: 'token_revoked', actor: 'client billing' },
      { event: 'logout', actor: 'client billing', userId: person.id },
    ])
  })

  it('names who runs a command, behind sudo too', async () => {
    const person = await newPerson()
    const options = (env: NodeJS.ProcessEnv) => ({ env: { HALLPASS_DATABASE: test.url, ...env } })
    await runHallpass(['users', 'roles', person.username, 'admin'], options({ SUDO_USER: 'carol' }))
    await runHallpass(['sessions', 'revoke', '--user', person.username], options({}))
    expect((await eventsOf(person)).slice(-2)).toMatchObject([
      { event: 'roles_changed', actor: `carol@${hostname()}`, details: { roles: ['admin'] } },
      { event: 'session_ended', actor: `${userInfo().username}@${hostname()}`, sessionId: person.sessionId },
    ])
  })

  it('names who issues a token at the command line, and what it is', async () => {
    const identity = `bot ${crypto.randomUUID()}`
    const args = ['token', 'issue', '--identity', identity, '--fresh', '--expires-in', '60', '--claim', 'role=deploy']
    const HALLPASS_ENCRYPTION_SECRET = 'a secret of more than thirty-two bytes, for tests'
    const { stdout } = await runHallpass(args, { env: { HALLPASS_DATABASE: test.url, HALLPASS_ENCRYPTION_SECRET } })
    const { jti, exp } = JSON.parse(Buffer.from(stdout.split('.')[1] ?? '', 'base64url').toString())
    expect(await listAuditEvents(database.sql, { userId: identity, limit: 10 })).toMatchObject([
      {
        event: 'token_issued',
        actor: `${userInfo().username}@${hostname()}`,
        details: { jti, expires_at: exp, fresh: true, claims: ['role'] },
      },
    ])
  })

  it('names who acts, what roles became, and who a deleted user was', async () => {
    const actor = 'root@node-1'
    const person = await newPerson()
    const { users, sessions, clients, close } = await openAccounts({ database: test.url, actor })
    const added = await users.add({ username: 'an admin', password, roles: ['admin'] })
    const client = await clients.add('reports')
    await clients.remove(client.id)
    await users.setRoles(person.id, ['editor', 'reader'])
    await users.setRoles(person.id, [])
    await sessions.end(person.sessionId)
    await users.disable(person.id)
    await users.enable(person.id)
    await users.setPassword(person.id, 'another tea time')
    await users.delete(person.id)
    await close()
    const about = { userId: person.id, actor, requestId: null, address: null }
    expect((await eventsOf(person)).slice(2)).toMatchObject([
      { ...about, event: 'roles_changed', details: { roles: ['editor', 'reader'], previous_roles: [] } },
      { ...about, event: 'roles_changed', details: { roles: [], previous_roles: ['editor', 'reader'] } },
      { ...about, event: 'session_ended', sessionId: person.sessionId, details: { why: 'ended_by_operator' } },
      { ...about, event: 'user_disabled' },
      { ...about, event: 'user_enabled' },
      { ...about, event: 'password_changed' },
      { ...about, event: 'user_deleted', details: { username: person.username } },
    ])
    expect(await eventsOf(added)).toMatchObject([{ event: 'user_registered', actor, details: { roles: ['admin'] } }])
    const named = (await listAuditEvents(database.sql, { limit: 100 })).filter(({ event }) => /^client_/.test(event))
    expect(named.slice(0, 2).map(({ event, actor, details }) => [event, actor, details.name])).toEqual([
      ['client_removed', actor, 'reports'],
      ['client_added', actor, 'reports'],
    ])
  })
})
