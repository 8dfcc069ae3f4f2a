import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { databases } from '../databases.ts'
import { password, type Reply, type Service, startService } from './service.ts'

/** Whoever tries names learns nothing from the answers. */
describe.each(databases)('an unknown user, a wrong password and a disabled account on $name', ({ open }) => {
  let service: Service
  let drop: () => Promise<void>

  beforeAll(async () => {
    const database = await open()
    drop = database.drop
    // Hashes of a cost that stands out of the noise.
    service = await startService(database.url, { passwords: { memoryKiB: 8192, passes: 1 } })
    await service.newcomer('alice')
    await service.newcomer('bob')
    const bob = await service.auth.users.findByUsername('bob')
    await service.auth.users.disable(bob?.id ?? '')
  })
  afterAll(async () => {
    await service.auth.close()
    await drop()
  })

  const attempts: Record<string, { username: string; password: string }> = {
    'an unknown user': { username: 'nobody', password },
    'a name that nobody can have': { username: ' \u202e ', password },
    'a wrong password': { username: 'alice', password: 'a wrong password' },
    'a password that cannot be one': { username: 'alice', password: 'x'.repeat(2000) },
    'a disabled account': { username: 'bob', password },
  }
  const attempt = (body: object) => service.call('POST', '/auth/login', { body })

  it('are answered alike, to the last header', async () => {
    const replies: Reply[] = []
    for (const body of Object.values(attempts)) replies.push(await attempt(body))
    const [first, ...others] = replies.map(({ status, body, headers }) => [status, body, Object.fromEntries(headers)])
    for (const other of others) expect(other).toEqual(first)
  })

  it('take the same time', async () => {
    const times = new Map(Object.keys(attempts).map((name) => [name, [] as number[]]))
    for (let round = 0; round < 60; round++) {
      for (const [name, body] of Object.entries(attempts)) {
        const start = performance.now()
        await attempt(body)
        times.get(name)?.push(performance.now() - start)
      }
    }
    const medians = [...times.values()].map((samples) => samples.sort((a, b) => a - b)[30] as number)
    // Without the decoy an unknown user would be answered in a tenth of the time.
    expect(Math.max(...medians) / Math.min(...medians)).toBeLessThan(2)
  })
})
