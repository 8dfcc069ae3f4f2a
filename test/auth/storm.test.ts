import { describe, expect, it } from 'vitest'
import { password, refusal, startService } from './service.ts'

describe('a storm of logins', () => {
  it('is told to come again beyond what can wait, while guarded routes answer', async () => {
    const passwords = { memoryKiB: 8192, passes: 2, hashesAtOnce: 2, hashQueue: 8 }
    const service = await startService('sqlite::memory:', { passwords })
    const { access_token } = await service.newcomer('alice')
    const body = { username: 'alice', password }
    const logins = Promise.all(Array.from({ length: 60 }, () => service.call('POST', '/auth/login', { body })))
    const guarded = await Promise.all(
      Array.from({ length: 60 }, () => service.call('GET', '/auth/me', { token: access_token })),
    )
    expect(guarded.map(({ status }) => status)).toEqual(Array(60).fill(200))
    const outcomes = Map.groupBy(await logins, ({ status }) => status)
    expect([...outcomes.keys()].sort()).toEqual([200, 503])
    // Two at work and eight that wait; and whoever came when one of them was done.
    expect(outcomes.get(200)?.length).toBeGreaterThanOrEqual(10)
    for (const refused of outcomes.get(503) ?? []) {
      expect([refusal(refused), refused.headers.get('retry-after')]).toEqual(['503 overloaded', '1'])
    }
    // Whoever was turned away was not counted as wrong.
    expect((await service.call('POST', '/auth/login', { body })).status).toBe(200)
    expect(service.auth.hashLoad).toEqual({ running: 0, waiting: 0, capacity: 8 })
    await service.auth.close()
  })
})
