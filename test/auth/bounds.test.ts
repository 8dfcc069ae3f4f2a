import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../src/store/engine/database.ts'
import { openDatabase } from '../../src/store/engine/open-database.ts'
import { listAuditEvents } from '../audit-events.ts'
import { databases, type TestDatabase } from '../databases.ts'
import { addSessions } from './many-sessions.ts'
import { password, refusal, type Service, startService, type Tokens } from './service.ts'

const sessionsPerUser = 5

describe.each(databases)('bounds on $name', ({ open }) => {
  let test: TestDatabase
  let service: Service
  let database: Database
  let count = 0
  beforeAll(async () => {
    test = await open()
    service = await startService(test.url, { sessionsPerUser })
    database = await openDatabase(test.url)
  })
  afterAll(async () => {
    await database.close()
    await service.auth.close()
    await test.drop()
  })

  async function newcomer() {
    const username = `user ${count++}`
    const tokens = await service.newcomer(username)
    const { id } = (await service.call('GET', '/auth/me', { token: tokens.access_token })).body as { id: string }
    return { username, id, tokens, sessionId: sessionOf(tokens) }
  }
  const sessionOf = ({ access_token }: Tokens) => service.auth.jwt.decodeToken(access_token).sid as string
  const logIn = async (username: string) =>
    (await service.call('POST', '/auth/login', { body: { username, password } })).body as unknown as Tokens
  const me = async ({ access_token }: Tokens) => (await service.call('GET', '/auth/me', { token: access_token })).status
  const refresh = async ({ refresh_token }: Tokens) => {
    const reply = await service.call('POST', '/auth/refresh', { body: { refresh_token } })
    return reply.status === 200 ? (reply.body as unknown as Tokens) : refusal(reply)
  }
  const rowsOf = (userId: string) =>
    database.sql.selectFrom('hallpass_sessions').selectAll().where('user_id', '=', userId).execute()
  const livingOf = async (userId: string) => (await rowsOf(userId)).filter(({ revoked_at }) => revoked_at === null)
  const eventsOf = async (userId: string, limit = 10_000) => {
    const events = await listAuditEvents(database.sql, { userId, limit })
    return events.map(({ event, sessionId, details }) => [event, sessionId, details.why])
  }
  const endedWhy = async (userId: string) => (await eventsOf(userId)).filter(([event]) => event === 'session_ended')
  const revocationsOf = async (ids: readonly string[]) => {
    const rows = await database.sql.selectFrom('hallpass_revocations').select(['id', 'valid_from']).execute()
    return rows.filter(({ id }) => ids.includes(id))
  }
  const revoke = (token: string, to = service) =>
    to.call('POST', '/auth/revoke', {
      body: `token=${token}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })

  describe('the sessions of a user', () => {
    it('are no more than allowed: the least recently used ends, at once and for good', async () => {
      const { username, id, tokens: first } = await newcomer()
      const others: Tokens[] = []
      for (let n = 1; n < sessionsPerUser; n++) {
        service.elapsed++
        others.push(await logIn(username))
      }
      service.elapsed++
      const kept = (await refresh(first)) as Tokens
      service.elapsed++
      const last = await logIn(username)
      const [second, ...rest] = others as [Tokens, ...Tokens[]]
      expect(await me(second)).toBe(401)
      expect(await refresh(second)).toBe('401 refresh_token_invalid')
      expect(await Promise.all([kept, last, ...rest].map(me))).toEqual(Array(sessionsPerUser).fill(200))
      expect((await rowsOf(id)).map((row) => row.id)).not.toContain(sessionOf(second))
      expect(await endedWhy(id)).toEqual([['session_ended', sessionOf(second), 'session_limit']])
      expect(service.auth.jwt.callbacks.isRevoked).toBeDefined()
      const claims = service.auth.jwt.decodeToken(second.access_token)
      expect(await service.auth.jwt.callbacks.isRevoked?.(claims, {}, { strict: true })).toBe(true)
    })

    it('are no more than allowed after many logins at once', async () => {
      const { username, id } = await newcomer()
      const all = await Promise.all(Array.from({ length: 20 }, () => logIn(username)))
      expect(await livingOf(id)).toHaveLength(sessionsPerUser)
      expect(await endedWhy(id)).toHaveLength(21 - sessionsPerUser)
      const statuses = await Promise.all(all.map(me))
      expect(statuses.filter((status) => status === 200)).toHaveLength(sessionsPerUser)
    })

    it('leave no more rows than as many again, however often a client logs in and out', async () => {
      const { username, id } = await newcomer()
      for (let n = 0; n < 4 * sessionsPerUser; n++) {
        const { access_token } = await logIn(username)
        await service.call('POST', '/auth/logout', { token: access_token })
      }
      expect((await rowsOf(id)).length).toBeLessThanOrEqual(2 * sessionsPerUser)
      expect((await eventsOf(id)).filter(([event]) => event === 'login_succeeded')).toHaveLength(
        4 * sessionsPerUser + 1,
      )
    })

    it('that are far too many are brought down a batch at each login', async () => {
      const { username, id, sessionId } = await newcomer()
      const many = await addSessions(test.url, id, 250)
      const remaining: number[] = []
      for (let n = 0; n < 4; n++) {
        service.elapsed++
        await logIn(username)
        remaining.push((await livingOf(id)).length)
      }
      expect(remaining).toEqual([152, 53, sessionsPerUser, sessionsPerUser])
      const left = (await livingOf(id)).map((row) => row.id)
      expect(left).not.toContain(many[0])
      expect(left).not.toContain(many.at(-2))
      expect(await endedWhy(id)).toHaveLength(251 + 4 - sessionsPerUser)
      expect([left.length, left.includes(sessionId)]).toEqual([sessionsPerUser, true])
    })

    it('that ran out go first, and are not said to end', async () => {
      const { username, id, tokens } = await newcomer()
      const ids = await addSessions(test.url, id, sessionsPerUser - 1)
      await database.sql
        .updateTable('hallpass_sessions')
        .set({ expires_at: 1 })
        .where('id', '=', ids.at(-1) as string)
        .execute()
      await logIn(username)
      expect((await rowsOf(id)).map((row) => row.id)).not.toContain(ids.at(-1))
      expect([await endedWhy(id), await me(tokens)]).toEqual([[], 200])
    })
  })

  describe('a list of sessions', () => {
    const list = async (token: string, query = '') => {
      const { status, body } = await service.call('GET', `/auth/sessions${query}`, { token })
      return { status, ids: (body.sessions as { id: string }[] | undefined)?.map(({ id }) => id), next: body.next }
    }

    it('comes in pages, the newest first', async () => {
      const { id, tokens, sessionId } = await newcomer()
      const all = [...(await addSessions(test.url, id, 250)), sessionId].toReversed()
      const first = await list(tokens.access_token)
      expect([first.ids, first.next]).toEqual([all.slice(0, 100), all[99]])
      const second = await list(tokens.access_token, `?after=${first.next}`)
      const third = await list(tokens.access_token, `?after=${second.next}&limit=51`)
      expect([...(second.ids ?? []), ...(third.ids ?? [])]).toEqual(all.slice(100))
      expect(third.next).toBe(null)
      const few = await list(tokens.access_token, '?limit=2')
      expect([few.ids, few.next]).toEqual([all.slice(0, 2), all[1]])
      const page = await service.auth.sessions.list(id, { after: all[199] as string, limit: 2 })
      expect([page.sessions.map((one) => one.id), page.next]).toEqual([all.slice(200, 202), all[201]])
    })

    it('passes over what ran out, and reads a bounded number of rows', async () => {
      const { id, tokens, sessionId } = await newcomer()
      const many = await addSessions(test.url, id, 700)
      await database.sql
        .updateTable('hallpass_sessions')
        .set({ idle_expires_at: 1 })
        .where('user_id', '=', id)
        .where('id', '<>', sessionId)
        .where('id', '<>', many[0] as string)
        .execute()
      const found: unknown[] = []
      const nexts: unknown[] = []
      for (let query = ''; ; ) {
        const { ids, next } = await list(tokens.access_token, query)
        found.push(...(ids ?? []))
        nexts.push(next)
        if (next === null) break
        query = `?after=${next}`
      }
      expect(found).toEqual([sessionId, many[0]])
      expect(nexts).toHaveLength(3)
    })

    const unfit: [query: string, members: string[]][] = [
      ['?limit=0', ['limit']],
      ['?limit=101', ['limit']],
      ['?limit=-1', ['limit']],
      ['?limit=1.5', ['limit']],
      ['?limit=', ['limit']],
      ['?limit=1e1', ['limit']],
      ['?limit=99999999999999999999', ['limit']],
      ['?after=', ['after']],
      ['?after=x', ['after']],
      ["?after=' OR 1=1 --", ['after']],
      ['?after=%00', ['after']],
      ['?after=x&limit=x', ['limit', 'after']],
    ]
    it.each(unfit)('refuses %s', async (query, members) => {
      const { tokens } = await newcomer()
      const reply = await service.call('GET', `/auth/sessions${query}`, { token: tokens.access_token })
      expect(refusal(reply)).toBe('422 invalid_request')
      expect((reply.body.members as { member: string }[]).map(({ member }) => member)).toEqual(members)
    })

    it('of users is bounded too', async () => {
      expect(await service.auth.users.list({ limit: 1 })).toHaveLength(1)
      await expect(service.auth.users.list({ limit: 1001 })).rejects.toMatchObject({ code: 'invalid_request' })
    })
  })

  describe('1,200 sessions at once', () => {
    const many = 1200
    const endings: [
      what: string,
      end: (user: Awaited<ReturnType<typeof newcomer>>) => Promise<unknown>,
      own: boolean,
    ][] = [
      [
        'DELETE /auth/sessions',
        ({ tokens }) => service.call('DELETE', '/auth/sessions', { token: tokens.access_token }),
        false,
      ],
      ['sessions.endAll', ({ id }) => service.auth.sessions.endAll(id), true],
    ]
    it.each(endings)('end by %s, each with its audit row', async (_what, end, own) => {
      const user = await newcomer()
      const ids = await addSessions(test.url, user.id, many)
      await end(user)
      const ended = own ? [...ids, user.sessionId] : ids
      const events = await endedWhy(user.id)
      expect(new Set(events.map(([, id]) => id))).toEqual(new Set(ended))
      expect(events).toHaveLength(ended.length)
      expect(await livingOf(user.id)).toHaveLength(own ? 0 : 1)
      expect(await revocationsOf(ended)).toHaveLength(ended.length)
      expect(await me(user.tokens)).toBe(own ? 401 : 200)
    })

    const changes: [
      what: string,
      change: (user: Awaited<ReturnType<typeof newcomer>>) => Promise<unknown>,
      left: number,
    ][] = [
      ['disable', ({ id }) => service.auth.users.disable(id), 0],
      ['setPassword', ({ id }) => service.auth.users.setPassword(id, 'what the operator chose'), 0],
      ['delete', ({ id }) => service.auth.users.delete(id), 0],
      [
        'changePassword',
        ({ tokens }) =>
          service.call('POST', '/auth/password', {
            token: tokens.access_token,
            body: { current_password: password, new_password: 'what the user chose' },
          }),
        1,
      ],
    ]
    it.each(changes)('end with users.%s', async (_what, change, left) => {
      const user = await newcomer()
      const ids = await addSessions(test.url, user.id, many)
      await change(user)
      expect(await livingOf(user.id)).toHaveLength(left)
      expect(await revocationsOf(ids)).toHaveLength(many)
      expect(await me(user.tokens)).toBe(401)
    })

    it('have other roles', async () => {
      const user = await newcomer()
      const ids = await addSessions(test.url, user.id, many)
      await service.auth.users.setRoles(user.id, ['editor'])
      expect((await livingOf(user.id)).filter(({ generation }) => generation === 2)).toHaveLength(many + 1)
      expect(await revocationsOf(ids)).toHaveLength(many)
      expect(await me(user.tokens)).toBe(401)
      expect(await me((await refresh(user.tokens)) as Tokens)).toBe(200)
    })
  })

  describe('POST /auth/revoke', () => {
    const written = async (jti: string, userId: string) => ({
      rows: (await revocationsOf([jti])).length,
      events: (await eventsOf(userId)).filter(([event]) => event === 'token_revoked').length,
      announced: service.events.filter((event) => event === 'token_revoked').length,
    })

    it('writes nothing for a token that is revoked already', async () => {
      const { id, tokens } = await newcomer()
      const { jti } = service.auth.jwt.decodeToken(tokens.access_token)
      service.events.length = 0
      for (let n = 0; n < 3; n++) expect((await revoke(tokens.access_token)).status).toBe(200)
      expect(await written(jti as string, id)).toEqual({ rows: 1, events: 1, announced: 1 })
      expect(await me(tokens)).toBe(401)
    })

    it('writes once for 20 at once, on two nodes', async () => {
      const other = await startService(test.url, { sessionsPerUser }, service.elapsed)
      const { id, tokens } = await newcomer()
      const { jti } = service.auth.jwt.decodeToken(tokens.access_token)
      service.events.length = 0
      const nodes = Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? service : other))
      const replies = await Promise.all(nodes.map((node) => revoke(tokens.access_token, node)))
      expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]))
      const { rows, events } = await written(jti as string, id)
      expect([rows, events]).toEqual([1, 1])
      const asked = await Promise.all(
        [service, other].map((node) => node.call('GET', '/auth/me', { token: tokens.access_token })),
      )
      expect(asked.map(({ status }) => status)).toEqual([401, 401])
      await other.auth.close()
    })

    it('writes nothing for a token whose session has ended', async () => {
      const { id, tokens } = await newcomer()
      await service.call('POST', '/auth/logout', { token: tokens.access_token })
      const { jti } = service.auth.jwt.decodeToken(tokens.access_token)
      await revoke(tokens.access_token)
      expect(await written(jti as string, id)).toMatchObject({ rows: 0, events: 0 })
    })
  })
})
