import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/store/engine/open-database.ts'
import { databases, type TestDatabase } from '../databases.ts'
import { refusal, type Service, startService, type Tokens } from './service.ts'

const hour = 60 * 60

/**
 * What is presented and what it gets: `1>2` token 1 gets token 2; `+5` five seconds later; `1!` token 1 ends the session.
 * The default grace is ten seconds.
 */
const stories: [what: string, story: string][] = [
  ['one after the other', '1>2 2>3 3>4'],
  // Two tabs, a 401 handler and an app that starts.
  ['again at once', '1>2 1>2 2>3'],
  ['again, when its successor was spent too', '1>2 2>3 +1 1>3'],
  ['again, three behind', '1>2 2>3 3>4 4>5 +9 1>5 2>5 3>5 4>5 5>6'],
  ['again, each within its own grace', '1>2 +6 2>3 +6 2>3'],
  ['again, beyond its own grace, when its successor was spent', '1>2 +6 2>3 +6 1! 3!'],
  ['again, within the grace of others', '1>2 +6 2>3 +6 3>4 +6 2!'],
  ['again, 30 behind', `${Array.from({ length: 30 }, (_, index) => `${index + 1}>${index + 2}`).join(' ')} 1>31 31>32`],
  // The answer was lost: its successor was never used.
  ['again, after the grace', '1>2 +11 1>2 2>3'],
  ['again, after 23 hours', `1>2 +${23 * hour} 1>2 2>3`],
  ['again, after more than a day', `1>2 +${24 * hour + 1} 1! 2!`],
  ['again, and that answer was lost too', '1>2 +11 1>2 +3600 1>2 +3600 1>2 2>3'],
  ['again, by a client that races with itself after it', '1>2 +11 1>2 2>3 +1 1>3'],
  ['again, beyond the grace of that', '1>2 +11 1>2 2>3 +11 1! 3!'],
  ['again, and the next one too', '1>2 +11 1>2 +11 2>3 +11 2! 3!'],
  ['again, and the one after the next', '1>2 +11 1>2 +11 2>3 +11 3>4 +11 3>4 4>5'],
  // Token 1 was stolen.
  ['used by the thief first, who goes on', '1>2 2>3 +11 1! 3!'],
  ['used by the thief first, who goes on later', '1>2 +11 1>2 2>3 +11 2! 3!'],
  ['used by the thief first, whose owner goes on', '1>2 +11 1>2 2>3 3>4 +11 2! 4!'],
  ['used by the thief last', '1>2 2>3 +11 1! 3!'],
  ['used by the thief in the grace, who goes on', '1>2 +5 1>2 2>3 +11 2>3 3>4 +11 3! 4!'],
]

describe.each(databases)('a refresh token on $name is answered', ({ open }) => {
  let test: TestDatabase
  let service: Service
  let other: Service
  let count = 0
  beforeAll(async () => {
    test = await open()
    service = await startService(test.url)
    other = await startService(test.url, { clock: () => service.auth.jwt.settings.clock() })
  })
  afterAll(async () => {
    await service.auth.close()
    await other.auth.close()
    await test.drop()
  })

  const refresh = (refresh_token: string, on: Service) => on.call('POST', '/auth/refresh', { body: { refresh_token } })

  it.each(stories)('%s: %s', async (_what, story) => {
    const tokens: string[] = ['', (await service.newcomer(`user ${count++}`)).refresh_token]
    for (const [index, step] of story.split(' ').entries()) {
      const [, wait, presented = '', wanted] = /^(?:\+(\d+)|(\d+)(?:>(\d+)|!))$/.exec(step) ?? []
      if (wait !== undefined) {
        service.elapsed += Number(wait)
        continue
      }
      const reply = await refresh(tokens[Number(presented)] ?? '', index % 2 === 0 ? service : other)
      if (wanted === undefined) expect([step, refusal(reply)]).toEqual([step, '401 refresh_token_invalid'])
      else {
        const { access_token, refresh_token } = reply.body as unknown as Tokens
        tokens[Number(wanted)] ??= refresh_token
        expect([step, reply.status, refresh_token]).toEqual([step, 200, tokens[Number(wanted)]])
        expect((await other.call('GET', '/auth/me', { token: access_token })).status).toBe(200)
      }
    }
  })

  it('after the grace with a note in the audit', async () => {
    const { refresh_token } = await service.newcomer(`user ${count++}`)
    await refresh(refresh_token, service)
    service.elapsed += 11
    service.events.length = 0
    await refresh(refresh_token, service)
    expect(service.events).toEqual(['refresh_token_recovered', 'session_refreshed'])
  })

  it('with one successor by 50 at once, also after the grace, on two processes', async () => {
    const { refresh_token } = await service.newcomer(`user ${count++}`)
    const second = (await refresh(refresh_token, service)).body.refresh_token as string
    service.elapsed += 11
    const replies = await Promise.all(
      Array.from({ length: 50 }, (_, index) => refresh(refresh_token, index % 2 === 0 ? service : other)),
    )
    expect(new Set(replies.map(({ body }) => body.refresh_token))).toEqual(new Set([second]))
    expect((await refresh(second, other)).status).toBe(200)
  })

  it('with nothing in the database that opens it', async () => {
    const { refresh_token } = await service.newcomer(`user ${count++}`)
    for (let token = refresh_token, i = 0; i < 3; i++)
      token = (await refresh(token, service)).body.refresh_token as string
    const database = await openDatabase(test.url)
    const { rows } = await sql<Record<string, unknown>>`SELECT * FROM hallpass_sessions`.execute(database.sql)
    await database.close()
    expect(rows.map(({ sealed_successor }) => sealed_successor)).toEqual(rows.map(() => null))
    expect(rows.map(({ spends }) => spends)).toContainEqual(expect.stringMatching(/^(?:[0-9a-f]{16}\.\d{13};){2}$/))
  })
})

describe.each(databases)('when the secret changes, a refresh token on $name', ({ open }) => {
  let test: TestDatabase
  beforeAll(async () => {
    test = await open()
  })
  afterAll(() => test.drop())

  const [old, next] = ['a secret of yesterday, of 32 bytes or more', 'a secret of today, of 32 bytes or more']
  const start = (encryptionSecret: string, previousEncryptionSecret?: string) => {
    const keyRing = {
      encryptionSecret,
      ...(previousEncryptionSecret !== undefined && { previousEncryptionSecret }),
    }
    return startService(test.url, { secret: undefined, keyRing })
  }
  const refresh = (refresh_token: string, on: Service) => on.call('POST', '/auth/refresh', { body: { refresh_token } })

  it('is repeated by nodes of the new one, over several successors', async () => {
    const before = await start(old)
    const { refresh_token } = await before.newcomer('alice')
    const second = (await refresh(refresh_token, before)).body.refresh_token as string
    const after = await start(next, old)
    expect((await refresh(refresh_token, after)).body.refresh_token).toBe(second)
    const third = (await refresh(second, after)).body.refresh_token as string
    expect((await refresh(refresh_token, after)).body.refresh_token).toBe(third)
    expect((await refresh(second, after)).body.refresh_token).toBe(third)
    // A node that was not given the new secret yet does no harm.
    expect(refusal(await refresh(second, before))).toBe('503 unavailable')
    expect((await refresh(third, before)).status).toBe(200)
    await before.auth.close()
    await after.auth.close()
  })

  it('whose answer was lost is not answered by a node without the new one, and its session goes on', async () => {
    const before = await start(old)
    const after = await start(next, old)
    const { refresh_token } = await before.newcomer('bob')
    const second = (await refresh(refresh_token, after)).body.refresh_token as string
    before.elapsed = 11
    after.elapsed = 11
    expect(refusal(await refresh(refresh_token, before))).toBe('401 refresh_token_invalid')
    expect((await refresh(refresh_token, after)).body.refresh_token).toBe(second)
    expect((await refresh(second, after)).status).toBe(200)
    await before.auth.close()
    await after.auth.close()
  })
})
