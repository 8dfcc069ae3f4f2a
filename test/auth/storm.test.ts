import { describe, expect, it } from 'vitest'
import { Passwords } from '../../src/accounts/passwords/passwords.ts'
import { operatorsTurn } from '../../src/accounts/passwords/queue/hash-turn.ts'
import { databases } from '../databases.ts'
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

describe.each(databases)('a storm of right passwords from one address, on $name', ({ open }) => {
  it('refuses none of the logins of others', async () => {
    const test = await open()
    const service = await startService(test.url, { passwords: { memoryKiB: 8192, passes: 2, hashQueue: 64 } })
    const stored = await new Passwords({ memoryKiB: 8192, passes: 2 }).hash(password, operatorsTurn)
    const names = Array.from({ length: 80 }, (_, n) => `user ${n}`)
    await service.auth.users.importAll(names.map((username) => ({ username, passwordHash: stored })))
    const robots = names.slice(40)
    const logIn = (username: string, address: string) =>
      service.call('POST', '/auth/login', { body: { username, password }, address })
    let isOver = false
    const storm = Promise.all(
      Array.from({ length: 120 }, async (_, n) => {
        const statuses: number[] = []
        while (!isOver) statuses.push((await logIn(robots[n % robots.length] as string, '203.0.113.9')).status)
        return statuses
      }),
    )
    while (service.auth.hashLoad.waiting < 64) await new Promise((resolve) => setImmediate(resolve))
    const others = await Promise.all(names.slice(0, 40).map((name, n) => logIn(name, `198.51.100.${n}`)))
    isOver = true
    expect(others.map(({ status }) => status)).toEqual(Array(40).fill(200))
    const statuses = (await storm).flat()
    expect(new Set(statuses)).toEqual(new Set([200, 503]))
    await service.auth.close()
    await test.drop()
  })
})
