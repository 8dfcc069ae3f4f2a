import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { databases } from '../../../../test/databases.ts'
import type { Database } from '../../../store/engine/database.ts'
import { openDatabase } from '../../../store/engine/open-database.ts'
import { counterMaker, type MakeCounter } from './counters.ts'
import { Tries } from './tries.ts'

/** Longer than any moment in which a busy machine lets this process do nothing. */
const stillMilliseconds = 3000

describe.each(databases)('tries on $name', ({ open }) => {
  let database: Database
  let drop: () => Promise<void>
  let make: MakeCounter
  let tries: Tries
  let hasty: Tries
  const count = () => make({ name: 'tries', points: Number.MAX_SAFE_INTEGER, seconds: 60 })
  beforeAll(async () => {
    const test = await open()
    drop = test.drop
    database = await openDatabase(test.url)
    make = counterMaker(database.query, undefined)
    tries = new Tries(make, 3, stillMilliseconds)
    hasty = new Tries(make, 3, 500)
  })
  afterAll(async () => {
    await database.close()
    await drop()
  })

  it('begin while too few were wrong, and leave no trace if they were right', async () => {
    for (let i = 0; i < 20; i++) {
      expect(await tries.begin('right')).toBe(0)
      await tries.end('right', false)
    }
  })

  it('count as wrong once they have failed', async () => {
    for (let wrong = 0; wrong < 3; wrong++) {
      expect(await tries.begin('wrong')).toBe(wrong)
      await tries.end('wrong', true)
    }
    expect(await tries.begin('wrong')).toBeUndefined()
  })

  it('wait for those in progress, which may be right', async () => {
    for (let i = 0; i < 3; i++) await tries.begin('busy')
    const fourth = tries.begin('busy')
    expect(await Promise.race([fourth, sleep(100, 'waits')])).toBe('waits')
    await tries.end('busy', false)
    expect(await fourth).toBe(0)
  })

  it('end if a counter stays full and is read elsewhere, and do not ask without a pause', async () => {
    // As a Valkey does that refuses every other command.
    let counted = 0
    const flapping: MakeCounter = (options) => {
      const [full, empty] = [make({ ...options, name: 'full' }), make({ ...options, name: 'empty' })]
      return {
        consume: (key) => full.consume(key),
        penalty: (key, points) => {
          counted++
          return full.penalty(key, points)
        },
        reward: (key, points) => full.reward(key, points),
        delete: (key) => full.delete(key),
        get: (key) => empty.get(key),
      }
    }
    for (let i = 0; i < 3; i++) await flapping({ name: '', points: 1, seconds: 60 }).penalty('flapping')
    counted = 0
    const began = performance.now()
    const clock = vi.spyOn(performance, 'now')
    try {
      const attempt = new Tries(flapping, 2).begin('flapping')
      await sleep(1000)
      const took = performance.now() - began
      // Each pause lasts ten milliseconds at least.
      expect(counted).toBeLessThan(took / 10 + 2)
      const late = performance.now() + 5 * 60_000
      clock.mockImplementation(() => late)
      expect(await attempt).toBeUndefined()
    } finally {
      clock.mockRestore()
    }
  })

  it('wait until those in progress have failed', async () => {
    for (let i = 0; i < 3; i++) await tries.begin('bad')
    const fourth = tries.begin('bad')
    for (let i = 0; i < 3; i++) await tries.end('bad', true)
    expect(await fourth).toBeUndefined()
  })

  it('free no room in a counter that they did not begin in', async () => {
    for (let i = 0; i < 3; i++) await tries.begin('lost')
    await tries.forget('lost')
    for (let i = 0; i < 3; i++) await tries.end('lost', i === 0)
    expect(await tries.begin('lost')).toBe(1)
    expect(await tries.begin('lost')).toBe(1)
    expect(await Promise.race([tries.begin('lost'), sleep(100, 'waits')])).toBe('waits')
    await tries.end('lost', false)
  })

  /** What a process leaves behind that is killed while it checks three passwords. */
  const killed = (key: string) => count().penalty(key, 3 * 2 ** 17)

  it('wait for those of a process that is alive, however long they take', async () => {
    for (let i = 0; i < 3; i++) await tries.begin('slow')
    const fourth = tries.begin('slow')
    expect(await Promise.race([fourth, sleep(1.5 * stillMilliseconds, 'waits')])).toBe('waits')
    for (let i = 0; i < 3; i++) await tries.end('slow', false)
    expect(await fourth).toBe(0)
    expect(await tries.count('slow')).toBe(0)
  })

  it('count the attempts of a killed process as wrong after a while, and then for good', async () => {
    await killed('killed')
    expect(await hasty.begin('killed')).toBeUndefined()
    // If it waited again, it would wait for a minute.
    const patient = new Tries(make, 3, 60_000)
    const start = performance.now()
    expect(await patient.begin('killed')).toBeUndefined()
    expect(performance.now() - start).toBeLessThan(50_000)
  })

  it('are counted once if one that was given up ends after all', async () => {
    await killed('late')
    expect(await Promise.all([hasty.begin('late'), hasty.begin('late')])).toEqual([undefined, undefined])
    await tries.end('late', false)
    expect(await tries.force('late')).toEqual({ failures: 3, underWay: 1 })
  })
})
