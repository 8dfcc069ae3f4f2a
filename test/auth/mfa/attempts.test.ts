import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openDatabase } from '../../../src/store/engine/open-database.ts'
import { databases, type TestDatabase } from '../../databases.ts'
import { password, type Reply, refusal, type Service, startService } from '../service.ts'
import { mostCompared } from '../turns.ts'
import { addApp, challengeOf, codeNow, type Enrolled, enroll, verify, wrongCode } from './authenticator.ts'

describe.each(databases)('attempts at codes on $name', ({ open }) => {
  let test: TestDatabase
  let service: Service
  beforeAll(async () => {
    // The limits ask the machine what time it is: a turn must not come while a slow machine is at work.
    vi.useFakeTimers({ toFake: ['Date'] })
    test = await open()
    // As it is by default: ten for an account.
    service = await startService(test.url, { limits: { attemptsPerAddress: 100_000 } })
  })
  afterAll(async () => {
    vi.useRealTimers()
    await service.auth.close()
    await test.drop()
  })
  const compared = (replies: readonly Reply[]) => replies.filter(({ body }) => body.code === 'mfa_code_invalid').length
  const give = (mfa_token: string, code: string, index: number, method = 'totp') =>
    service.call('POST', '/auth/mfa/verify', {
      body: { mfa_token, method, code },
      address: `198.51.${index >> 8}.${index & 255}`,
    })

  it('kill a challenge after five, and no other', async () => {
    const user = await enroll(service, 'anna')
    service.elapsed += 60
    const [token, other] = [await challengeOf(service, 'anna'), await challengeOf(service, 'anna')]
    for (let count = 0; count < 5; count++) {
      expect(refusal(await verify(service, token, wrongCode(service, user.secret)))).toBe('401 mfa_code_invalid')
    }
    const right = codeNow(service, user.secret)
    expect(refusal(await verify(service, token, right))).toBe('401 mfa_token_invalid')
    expect((await verify(service, other, right)).status).toBe(200)
  })

  it.each(['totp', 'recovery_code'])(
    'are ten of two hundred at once, whatever the challenge and the address: %s',
    async (method) => {
      const user = await enroll(service, `burst-${method}`)
      service.elapsed += 60
      const tokens: string[] = []
      for (let count = 0; count < 10; count++) tokens.push(await challengeOf(service, user.username))
      const wrong = method === 'totp' ? wrongCode(service, user.secret) : 'AAAA-BBBB-CCCC-DDDD'
      const begun = performance.now()
      const replies = await Promise.all(
        Array.from({ length: 200 }, (_, index) => give(tokens[index % 10] ?? '', wrong, index, method)),
      )
      const most = mostCompared(begun)
      expect(compared(replies)).toBeLessThanOrEqual(most)
      expect(replies.filter(({ status }) => status === 429).length).toBeGreaterThanOrEqual(200 - most)
      // A new challenge begins no new count: the right code is not compared.
      const next = await give(await challengeOf(service, user.username), codeNow(service, user.secret), 999)
      expect([next.status, next.headers.has('retry-after')]).toEqual([429, true])
      expect(service.events).toContain('login_limited')
    },
  )

  it('are counted together at a login and a re-authentication, and apart from passwords', async () => {
    const user = await enroll(service, 'cora')
    service.elapsed += 60
    const wrong = wrongCode(service, user.secret)
    const again = (body: object) => service.call('POST', '/auth/reauthenticate', { token: user.access_token, body })
    for (let count = 0; count < 10; count++) await again({ method: 'totp', code: wrong })
    expect(refusal(await again({ method: 'totp', code: codeNow(service, user.secret) }))).toBe('429 rate_limited')
    // Where the owner was never logged in.
    const elsewhere = await give(await challengeOf(service, 'cora'), codeNow(service, user.secret), 998)
    expect(refusal(elsewhere)).toBe('429 rate_limited')
    expect((await again({ password })).status).toBe(200)
  })

  it('are counted also where their request fails afterwards', async () => {
    const user: Enrolled = await enroll(service, 'dora')
    service.elapsed += 60
    const wrong = wrongCode(service, user.secret)
    const token = await challengeOf(service, 'dora')
    // The client goes away at once: what it sent is compared and counted all the same.
    for (let count = 0; count < 4; count++) await verify(service, token, wrong)
    for (const odd of ['١٢٣٤٥٦', '12345', '1234567', '', 'null', ' 123456', '123456\n', '1e5000']) {
      expect(refusal(await verify(service, token, odd))).toMatch(/401 mfa_(?:code|token)_invalid/)
    }
    expect(refusal(await verify(service, token, codeNow(service, user.secret)))).toBe('401 mfa_token_invalid')
  })

  it('are a hundred in a row at most, but on devices that proved a factor before', async () => {
    const user = await enroll(service, 'gerd')
    const database = await openDatabase(test.url)
    const row = () =>
      database.sql
        .selectFrom('hallpass_users')
        .select(['id', 'wrong_factors'])
        .where('username', '=', 'gerd')
        .executeTakeFirstOrThrow()
    const count = async (set?: number) => {
      if (set !== undefined)
        await database.sql
          .updateTable('hallpass_users')
          .set({ wrong_factors: set })
          .where('username', '=', 'gerd')
          .execute()
      return (await row()).wrong_factors
    }
    const tryFrom = async (index: number, code: string) =>
      refusal(await give(await challengeOf(service, 'gerd'), code, 600 + index))
    await count(97)
    service.elapsed += 60
    const wrong = wrongCode(service, user.secret)
    const replies = await Promise.all([0, 1, 2, 3, 4].map((index) => tryFrom(index, wrong)))
    expect(new Set(replies)).toEqual(new Set(['401 mfa_code_invalid']))
    expect(await count()).toBe(100)
    expect(service.events.filter((event) => event === 'factor_locked')).toHaveLength(1)
    expect(await tryFrom(5, codeNow(service, user.secret))).toBe('401 mfa_code_invalid')

    // The owner's session is not counted, and a factor that is proven in it begins a new count.
    const body = { method: 'totp', code: codeNow(service, user.secret) }
    const again = await service.call('POST', '/auth/reauthenticate', { token: user.access_token, body })
    expect([again.status, await count()]).toEqual([200, 0])
    await count(100)
    await service.auth.users.unlock((await row()).id)
    expect(await count()).toBe(0)
    service.elapsed += 60
    await tryFrom(6, wrongCode(service, user.secret))
    expect(await count()).toBe(1)
    expect(await tryFrom(7, codeNow(service, user.secret))).toBe('200 undefined')
    expect(await count()).toBe(0)
    await database.close()
  })

  it('at a first code are counted too, and are none at a login', async () => {
    const { access_token: token } = await service.newcomer('emil')
    const { body } = await service.call('POST', '/auth/mfa/totp', { token, body: {} })
    const confirm = (code: string) =>
      service.call('POST', `/auth/mfa/totp/${body.id}/confirm`, { token, body: { code } })
    const wrong = wrongCode(service, String(body.secret))
    const begun = performance.now()
    const replies = await Promise.all(Array.from({ length: 50 }, () => confirm(wrong)))
    expect(new Set(replies.map(refusal))).toEqual(new Set(['401 mfa_code_invalid', '429 rate_limited']))
    expect(compared([...replies, await confirm(wrong)])).toBeLessThanOrEqual(mostCompared(begun))
    const other = await service.newcomer('fritz')
    expect((await addApp(service, other.access_token)).confirmed.status).toBe(200)
  })
})
